import { createServer, type IncomingHttpHeaders, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A request to AWS, as it came. */
export interface ProxiedRequest {
  /** Counted from 1 over all requests of this proxy. */
  readonly number: number;
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  /** The action, where the protocol names it: `PutUserPolicy`, `AssumeRole`. Empty for REST services (S3, Lambda). */
  readonly action: string;
}

/** What may happen to a request. Both may take their time. */
export interface Faults {
  /** Before the server sees it. `refuse`: the connection is cut. A number: that status is answered. Nothing was done, either way. */
  before?(request: ProxiedRequest): Promise<Fault> | Fault;
  /** After the server acted, before its answer is passed on. `cut`: the answer is lost. A number: that status is answered in its place. */
  after?(request: ProxiedRequest, status: number): Promise<LostAnswer> | LostAnswer;
}

type Fault = 'refuse' | number | ErrorAnswer | undefined;

/** An error in AWS's own words. */
export interface ErrorAnswer {
  readonly status: number;
  /** Such as `AccessDenied`. */
  readonly code: string;
  readonly message: string;
}

type LostAnswer = 'cut' | number | undefined;

export interface FaultProxy {
  readonly endpoint: string;
  /** Every request that came, in their order. */
  readonly requests: readonly ProxiedRequest[];
  stop(): Promise<void>;
}

/** A proxy before a server of AWS's APIs that loses requests and answers. Signatures stay valid: the Host header is passed on. */
export async function startFaultProxy(target: string, faults: Faults): Promise<FaultProxy> {
  const requests: ProxiedRequest[] = [];
  const server = createServer((incoming, outgoing) => {
    serve(incoming, outgoing).catch(() => outgoing.destroy());
  });

  async function serve(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const body = await bytesOf(incoming);
    const seen = describe(requests.length + 1, incoming, body.toString('utf8'));
    requests.push(seen);
    const fault = await faults.before?.(seen);
    if (fault === 'refuse') return void outgoing.destroy();
    if (typeof fault === 'number') return fail(outgoing, fault);
    if (fault !== undefined) return failAs(outgoing, fault, seen);
    const answer = await pass(target, incoming, body);
    const lost = await faults.after?.(seen, answer.status);
    if (lost === 'cut') return void outgoing.destroy();
    if (lost !== undefined) return fail(outgoing, lost);
    outgoing.writeHead(answer.status, answer.headers).end(answer.body);
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function describe(number: number, { method = '', url = '', headers }: IncomingMessage, body: string): ProxiedRequest {
  const target = headers['x-amz-target'];
  const action = new URLSearchParams(body).get('Action') ?? (typeof target === 'string' ? (target.split('.').at(-1) ?? '') : '');
  return { number, method, path: url, headers, body, action };
}

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

function pass(target: string, { method, url, headers }: IncomingMessage, body: Buffer): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const passed = request(new URL(url ?? '/', target), { method, headers, agent: false }, (answer) => {
      bytesOf(answer).then(
        (bytes) => resolve({ status: answer.statusCode ?? 0, headers: hopFree(answer.headers), body: bytes }),
        reject,
      );
    });
    passed.on('error', reject);
    passed.end(body);
  });
}

/** Without what concerns one connection only. https://www.rfc-editor.org/rfc/rfc9110#section-7.6.1 */
function hopFree({
  connection,
  'transfer-encoding': encoding,
  'keep-alive': alive,
  ...headers
}: IncomingHttpHeaders): IncomingHttpHeaders {
  return headers;
}

function fail(outgoing: ServerResponse, status: number): void {
  outgoing.writeHead(status, { 'content-length': 0 }).end();
}

/** In the protocol of the request: REST-JSON, EC2's or the query protocol's XML. https://smithy.io/2.0/aws/protocols/ */
function failAs(outgoing: ServerResponse, { status, code, message }: ErrorAnswer, { action, body }: ProxiedRequest): void {
  const error = `<Code>${code}</Code><Message>${message}</Message>`;
  const isEc2 = new URLSearchParams(body).get('Version') === '2016-11-15';
  const answer =
    action === ''
      ? JSON.stringify({ message })
      : isEc2
        ? `<Response><Errors><Error>${error}</Error></Errors><RequestID>0</RequestID></Response>`
        : `<ErrorResponse><Error><Type>Sender</Type>${error}</Error><RequestId>0</RequestId></ErrorResponse>`;
  const headers = { 'content-length': Buffer.byteLength(answer), 'x-amzn-errortype': code };
  outgoing.writeHead(status, { ...headers, 'content-type': action === '' ? 'application/json' : 'text/xml' }).end(answer);
}

async function bytesOf(stream: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

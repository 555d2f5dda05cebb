import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What stands in for AWS on this machine: it answers what a host asks of its own account, and tells of each call when it comes. */
export interface StandIn {
  readonly url: string;
  stop(): void;
}

interface Call {
  readonly service: string;
  readonly method: string;
  readonly body: string;
}

/** @param called is told the service of a call, such as `sts`. */
export async function standIn(called: (service: string) => void): Promise<StandIn> {
  const server = createServer(async (request, response) => {
    const call = { service: serviceOf(request), method: request.method ?? '', body: await bodyOf(request) };
    called(call.service);
    const { status = 200, body } = answer(call);
    response.writeHead(status, { etag: '"e"' }).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop() {
      server.close();
      server.closeAllConnections();
    },
  };
}

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html: the scope of the credential. */
function serviceOf({ headers }: IncomingMessage): string {
  return /Credential=[^/]+\/\d+\/[^/]+\/([^/]+)\//.exec(headers.authorization ?? '')?.[1] ?? '';
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

/** As an account where nothing has happened yet. */
function answer({ service, method, body }: Call): { readonly status?: number; readonly body?: string } {
  switch (service) {
    case 'secretsmanager':
      return { body: JSON.stringify({ SecretString: JSON.stringify(secret) }) };
    case 'sqs':
      return { body: JSON.stringify({ MessageId: 'm', MD5OfMessageBody: md5(JSON.parse(body).MessageBody) }) };
    case 'sns':
      return { body: xml('PublishResponse', xml('PublishResult', xml('MessageId', 'm'))) };
    case 's3':
      return method === 'GET' ? { status: 404, body: xml('Error', xml('Code', 'NoSuchKey')) } : {};
    case 'sts':
      return { body: body.includes('Action=AssumeRole&') ? session : caller };
    default:
      return { status: 500 };
  }
}

export const secret = { requestExternalId: 'of-requests', memberExternalId: 'of-members' };

const session = xml(
  'AssumeRoleResponse',
  xml(
    'AssumeRoleResult',
    xml('AssumedRoleUser', xml('Arn', 'arn:aws:sts::111122223333:assumed-role/EntityLockdown/bench')),
    xml(
      'Credentials',
      xml('AccessKeyId', 'ASIAIOSFODNN7EXAMPLE'),
      xml('SecretAccessKey', 'none'),
      xml('SessionToken', 'none'),
      xml('Expiration', '2100-01-01T00:00:00Z'),
    ),
  ),
);

const caller = xml(
  'GetCallerIdentityResponse',
  xml('GetCallerIdentityResult', xml('Arn', 'arn:aws:sts::999988887777:assumed-role/Responder/bench')),
);

function xml(name: string, ...content: readonly string[]): string {
  return `<${name}>${content.join('')}</${name}>`;
}

function md5(text: string): string {
  return createHash('md5').update(text).digest('hex');
}

import { AwsError } from './operation.ts';
import { type ErrorRegistry, sdkError } from './sdk-error.ts';
import type { Services } from './service-calls.ts';

/** What every client of the AWS SDK for JavaScript v3 has. */
export interface AwsClient {
  readonly config: object;
  readonly middlewareStack: object;
  destroy(): void;
}

/** What is used of a client, whose types differ from one version of the SDK to the next. */
interface Inside {
  readonly config: { readonly protocolSettings?: { readonly errorTypeRegistries?: readonly ErrorRegistry[] } };
  readonly middlewareStack: {
    add(middleware: Middleware, options: { step: string; name: string; priority?: string; override: boolean }): void;
    addRelativeTo(
      middleware: Middleware,
      options: { relation: string; toMiddleware: string; name: string; override: boolean },
    ): void;
  };
}

interface Arguments {
  readonly input: object;
  readonly sandboxInput?: object;
  readonly request?: { readonly headers: { readonly [name: string]: string } };
}
type Handler = (args: Arguments) => Promise<{ response: object; output: object }>;
interface HandlerContext {
  readonly commandName?: string;
  readonly __smithy_context?: { readonly operationSchema?: readonly unknown[] };
}
type Middleware = (next: Handler, context: HandlerContext) => Handler;

/**
 * Has a client's requests answered by the sandbox. The middleware sits right above the one that would read the answer from the wire,
 * so that the SDK's own validation, credentials, endpoints, signing and retries have run, and run again after an error.
 */
export function attach<C extends AwsClient>(services: Services, client: C): C {
  const { config, middlewareStack } = client as unknown as Inside;
  const registries = config.protocolSettings?.errorTypeRegistries ?? [];
  // Later middleware rewrites the input for the wire (S3 does); what the operation gets is what the caller gave.
  middlewareStack.add((next) => (args) => next({ ...args, sandboxInput: args.input }), {
    step: 'initialize',
    name: 'entityLockdownSandboxInput',
    priority: 'high',
    override: true,
  });
  middlewareStack.addRelativeTo(
    (_next, context) => async (args) => {
      const requestId = services.requestId();
      const headers = args.request?.headers ?? {};
      try {
        const answer = await services.handle({
          ...signedBy(headers.authorization),
          operation: (context.commandName ?? '').replace(/Command$/, ''),
          sessionToken: headers['x-amz-security-token'],
          input: args.sandboxInput ?? args.input,
          answer: context.__smithy_context?.operationSchema?.[5],
        });
        const $metadata = { httpStatusCode: 200, requestId, attempts: 1, totalRetryDelay: 0 };
        return { response: { statusCode: 200, headers: {} }, output: { ...answer, $metadata } };
      } catch (error) {
        throw error instanceof AwsError ? sdkError(registries, error, requestId) : error;
      }
    },
    { relation: 'before', toMiddleware: 'deserializerMiddleware', name: 'entityLockdownSandbox', override: true },
  );
  return client;
}

/** Who signed a request, for which service and Region. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-auth-methods.html */
function signedBy(authorization: string | undefined): { accessKeyId: string; region: string; service: string } {
  const [, accessKeyId, region, service] =
    /Credential=([^/]+)\/\d+\/([^/]+)\/([^/]+)\/aws4_request/.exec(authorization ?? '') ?? [];
  if (accessKeyId === undefined || region === undefined || service === undefined)
    throw new Error('the sandbox answers only requests signed with Signature Version 4');
  return { accessKeyId, region, service };
}

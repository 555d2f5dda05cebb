import type * as Iam from '@aws-sdk/client-iam';
import type { Operations } from '../operation.ts';
import { newSecret } from '../secrets.ts';
import { settable } from './access-keys.ts';
import { anything, reads, writes } from './define.ts';
import { state, theUser, userOf } from './entities.ts';
import { limitExceeded, noSuchEntity } from './errors.ts';
import { page } from './paging.ts';
import type { ServiceCredential, User } from './state.ts';

/**
 * Services whose credentials are API keys: an alias and a secret in place of a user name and a password.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_api_keys_for_aws_services.html
 */
const withApiKeys: ReadonlySet<string> = new Set([
  'bedrock.amazonaws.com',
  'aws-external-anthropic.amazonaws.com',
  'cloudwatch.amazonaws.com',
  'logs.amazonaws.com',
]);

const withPasswords: ReadonlySet<string> = new Set(['codecommit.amazonaws.com', 'cassandra.amazonaws.com']);

function credentialOf(user: User, id = ''): ServiceCredential {
  const found = user.serviceCredentials.find((each) => each.id === id);
  if (found === undefined) throw noSuchEntity(`No such credential ${id} exists`);
  return found;
}

/** What lists show: no password, no secret. */
function shape(user: User, each: ServiceCredential): Iam.ServiceSpecificCredentialMetadata {
  return {
    UserName: user.name,
    ServiceName: each.service,
    ServiceSpecificCredentialId: each.id,
    Status: each.status as Iam.StatusType,
    CreateDate: new Date(each.created),
    ...(each.userName !== undefined && { ServiceUserName: each.userName }),
    ...(each.alias !== undefined && { ServiceCredentialAlias: each.alias }),
    ...(each.expires !== undefined && { ExpirationDate: new Date(each.expires) }),
  };
}

function withSecret(user: User, each: ServiceCredential): Iam.ServiceSpecificCredential {
  const secret = each.alias === undefined ? { ServicePassword: each.password } : { ServiceCredentialSecret: each.password };
  return { ...shape(user, each), ...secret } as Iam.ServiceSpecificCredential;
}

export const serviceCredentialOperations: Operations = {
  CreateServiceSpecificCredential: writes<
    Iam.CreateServiceSpecificCredentialRequest,
    Iam.CreateServiceSpecificCredentialResponse
  >(
    'CreateServiceSpecificCredential',
    (call, input) => ({
      ...theUser(call, input),
      context: { 'iam:ServiceSpecificCredentialServiceName': input.ServiceName ?? '' },
    }),
    (call, input) => {
      const user = userOf(call, input);
      const service = input.ServiceName ?? '';
      if (!withApiKeys.has(service) && !withPasswords.has(service))
        throw noSuchEntity(`No such service ${service} is supported for Service Specific Credentials`);
      const limit = state(call).limits.serviceCredentialsPerService;
      if (user.serviceCredentials.filter((each) => each.service === service).length >= limit)
        throw limitExceeded(`Cannot exceed quota for ServiceSpecificCredentialsPerUser: ${limit}`);
      const id = call.id('ACCA');
      const made: ServiceCredential = {
        id,
        service,
        created: call.now,
        status: 'Active',
        password: newSecret(call.id('')),
        ...(withApiKeys.has(service)
          ? { alias: `${user.name}-at-${call.account}-${id}` }
          : { userName: `${user.name}-at-${call.account}` }),
        ...(input.CredentialAgeDays !== undefined && { expires: call.now + input.CredentialAgeDays * 86_400_000 }),
      };
      user.serviceCredentials.push(made);
      return { ServiceSpecificCredential: withSecret(user, made) };
    },
  ),
  ListServiceSpecificCredentials: reads<Iam.ListServiceSpecificCredentialsRequest, Iam.ListServiceSpecificCredentialsResponse>(
    'ListServiceSpecificCredentials',
    (call, input) => (input.AllUsers === true ? anything() : theUser(call, input)),
    (call, input) => {
      const users = input.AllUsers === true ? [...state(call).users.values()] : [userOf(call, input)];
      const all = users
        .flatMap((user) => user.serviceCredentials.map((each) => shape(user, each)))
        .filter(({ ServiceName }) => input.ServiceName === undefined || ServiceName === input.ServiceName);
      const { items, more } = page(call, input, all, ({ ServiceSpecificCredentialId }) => ServiceSpecificCredentialId ?? '');
      return { ServiceSpecificCredentials: items, ...more };
    },
  ),
  UpdateServiceSpecificCredential: writes<Iam.UpdateServiceSpecificCredentialRequest, object>(
    'UpdateServiceSpecificCredential',
    theUser,
    (call, input) => {
      credentialOf(userOf(call, input), input.ServiceSpecificCredentialId).status = settable(input.Status);
      return {};
    },
  ),
  DeleteServiceSpecificCredential: writes<Iam.DeleteServiceSpecificCredentialRequest, object>(
    'DeleteServiceSpecificCredential',
    theUser,
    (call, input) => {
      const user = userOf(call, input);
      user.serviceCredentials.splice(user.serviceCredentials.indexOf(credentialOf(user, input.ServiceSpecificCredentialId)), 1);
      return {};
    },
  ),
};

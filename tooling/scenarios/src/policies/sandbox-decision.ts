import {
  CreatePolicyCommand,
  PutRolePermissionsBoundaryCommand,
  PutRolePolicyCommand,
  PutUserPermissionsBoundaryCommand,
  PutUserPolicyCommand,
} from '@aws-sdk/client-iam';
import { PutBucketPolicyCommand } from '@aws-sdk/client-s3';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { type Actor, createSandbox } from '@entity-lockdown/sandbox';
import type { Decision, PolicyCase } from './policy-case.ts';
import { bucket, type PolicyWorld, region, sessionName } from './world.ts';

/** What the sandbox decides. The call is one of the test's own, which demands whatever the case is about. */
export async function sandboxDecision(world: PolicyWorld, given: PolicyCase): Promise<Decision> {
  const { action, resource, context, caller, owner } = given;
  let now = given.issued;
  const ask = { page: '', mutates: false, demands: () => [{ action, resource, context }], run: () => ({}) };
  const sandbox = createSandbox({ accounts: [], from: world.data, now: () => now, services: { sqs: { SendMessage: ask } } });
  attach(sandbox.as(`admin:${caller.account}`), given);
  if (given.bucket !== undefined) {
    const command = new PutBucketPolicyCommand({ Bucket: bucket, Policy: JSON.stringify(given.bucket) });
    sandbox.as(`admin:${owner}`).run(command, region);
  }
  const credentials = sandbox.credentials(caller.arn, {
    session: given.temporary,
    sessionName,
    context: given.carried,
    policies: given.session === undefined ? [] : [JSON.stringify(given.session)],
  });
  now = given.now;
  const client = sandbox.directClient(SQSClient, { region, credentials });
  try {
    await client.send(new SendMessageCommand({ QueueUrl: '', MessageBody: '' }));
    return 'Allowed';
  } catch (error) {
    if (!(error instanceof Error) || error.name !== 'AccessDenied') throw error;
    return error.message.includes('with an explicit deny') ? 'ExplicitlyDenied' : 'ImplicitlyDenied';
  }
}

function attach(admin: Actor, { caller: { kind, name }, identity, boundary }: PolicyCase): void {
  for (const [at, document] of identity.entries()) {
    const policy = { PolicyName: `p${at}`, PolicyDocument: JSON.stringify(document) };
    if (kind === 'user') admin.run(new PutUserPolicyCommand({ UserName: name, ...policy }));
    else admin.run(new PutRolePolicyCommand({ RoleName: name, ...policy }));
  }
  if (boundary === undefined) return;
  const { Policy } = admin.run(new CreatePolicyCommand({ PolicyName: 'edge', PolicyDocument: JSON.stringify(boundary) }));
  const PermissionsBoundary = Policy?.Arn ?? '';
  if (kind === 'user') admin.run(new PutUserPermissionsBoundaryCommand({ UserName: name, PermissionsBoundary }));
  else admin.run(new PutRolePermissionsBoundaryCommand({ RoleName: name, PermissionsBoundary }));
}

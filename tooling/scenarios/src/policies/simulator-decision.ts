import { runSimulation } from '@cloud-copilot/iam-simulate';
import { callerArn, type Decision, type PolicyCase } from './policy-case.ts';
import { region, sessionName } from './world.ts';

/**
 * What `@cloud-copilot/iam-simulate` decides. It is told the condition keys as AWS documents them, so that those of the sandbox are
 * checked as well. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
 */
export async function simulatorDecision(given: PolicyCase): Promise<Decision> {
  const { action, resource, owner, identity, boundary, session, bucket } = given;
  const named = (policy: object, at: number): { name: string; policy: object } => ({ name: `p${at}`, policy });
  const answer = await runSimulation(
    {
      request: {
        principal: callerArn(given),
        action,
        resource: { resource, accountId: owner },
        contextVariables: contextOf(given),
      },
      identityPolicies: identity.map(named),
      ...(boundary !== undefined && { permissionBoundaryPolicies: [boundary].map(named) }),
      sessionPolicy: session,
      resourcePolicy: bucket,
      serviceControlPolicies: [],
      resourceControlPolicies: [],
    },
    { simulationMode: 'Strict' },
  );
  if (answer.resultType !== 'single') throw new Error(`the simulator did not decide: ${JSON.stringify(answer)}`);
  const ignored = answer.result.ignoredContextKeys ?? [];
  if (ignored.length > 0) throw new Error(`the simulator ignored ${ignored.join(', ')}`);
  return answer.overallResult;
}

function contextOf({ caller, temporary, carried, context, owner, issued, now }: PolicyCase): Record<string, string | string[]> {
  const user = caller.kind === 'user';
  return {
    'aws:PrincipalArn': caller.arn,
    'aws:PrincipalAccount': caller.account,
    'aws:PrincipalType': user ? 'User' : 'AssumedRole',
    'aws:PrincipalTag/team': caller.team,
    'aws:userid': user ? caller.id : `${caller.id}:${sessionName}`,
    ...(user && { 'aws:username': caller.name }),
    ...(temporary && { 'aws:TokenIssueTime': new Date(issued).toISOString(), 'aws:MultiFactorAuthPresent': 'false' }),
    'aws:CurrentTime': new Date(now).toISOString(),
    'aws:EpochTime': String(Math.floor(now / 1_000)),
    'aws:RequestedRegion': region,
    'aws:ResourceAccount': owner,
    'aws:SecureTransport': 'true',
    'aws:ViaAWSService': 'false',
    ...carried,
    ...Object.fromEntries(Object.entries(context).map(([key, value]) => [key, typeof value === 'string' ? value : [...value]])),
  };
}

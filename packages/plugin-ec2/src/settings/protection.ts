import { EC2Client, ModifyInstanceAttributeCommand, type ModifyInstanceAttributeCommandInput } from '@aws-sdk/client-ec2';
import { bool, type Context, oneOf, type Setting } from '@entity-lockdown/plugin-api';
import type { InstanceState, Protection } from '../state.ts';
import { idIn } from '../symbol.ts';

/**
 * Whether the API may terminate the instance; `on` is the instance's ARN.
 * https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/Using_ChangingDisableAPITermination.html
 */
export const terminationProtection: Setting<InstanceState, boolean> = {
  value: bool,
  read: (now, on) => protectionOf(now, on)?.termination ?? undefined,
  write: async (ctx, on, value) => modify(ctx, on, { DisableApiTermination: { Value: value } }),
};

/**
 * Whether the API may stop the instance; `on` is the instance's ARN.
 * https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-stop-protection.html
 */
export const stopProtection: Setting<InstanceState, boolean> = {
  value: bool,
  read: (now, on) => protectionOf(now, on)?.stop ?? undefined,
  write: async (ctx, on, value) => modify(ctx, on, { DisableApiStop: { Value: value } }),
};

/**
 * What becomes of the instance when its own system shuts down; `on` is the instance's ARN.
 * https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/Using_ChangingInstanceInitiatedShutdownBehavior.html
 */
export const shutdownBehavior: Setting<InstanceState, 'stop' | 'terminate'> = {
  value: oneOf('stop', 'terminate'),
  read: (now, on) => protectionOf(now, on)?.shutdownBehavior ?? undefined,
  write: async (ctx, on, value) => modify(ctx, on, { InstanceInitiatedShutdownBehavior: { Value: value } }),
};

function protectionOf(now: InstanceState, on: string): Protection | undefined {
  return now.instance === null || on !== now.arn ? undefined : now.protection;
}

/** One attribute a call: https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ModifyInstanceAttribute.html */
async function modify(
  ctx: Context,
  on: string,
  attribute: Omit<ModifyInstanceAttributeCommandInput, 'InstanceId'>,
): Promise<void> {
  await ctx.client(EC2Client).send(new ModifyInstanceAttributeCommand({ InstanceId: idIn(on), ...attribute }));
}

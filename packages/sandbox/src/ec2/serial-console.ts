import type {
  DisableSerialConsoleAccessResult,
  EnableSerialConsoleAccessResult,
  GetSerialConsoleAccessStatusResult,
} from '@aws-sdk/client-ec2';
import type { Call, Operations } from '../operation.ts';
import { ec2Operation, ec2Read } from './operation.ts';
import { ec2State } from './state.ts';

function set(name: string, enabled: boolean) {
  return ec2Operation<object, EnableSerialConsoleAccessResult | DisableSerialConsoleAccessResult>(name, {
    mutates: true,
    demands: (call: Call) => [{ action: `ec2:${name}`, resource: '*', context: { 'ec2:Region': call.region } }],
    run(call) {
      ec2State(call).serialConsole = enabled;
      return { SerialConsoleAccessEnabled: enabled };
    },
  });
}

/** The serial console passes by groups and network ACLs: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/configure-access-to-serial-console.html */
export const serialConsoleOperations: Operations = {
  GetSerialConsoleAccessStatus: ec2Read<object, GetSerialConsoleAccessStatusResult>('GetSerialConsoleAccessStatus', (call) => ({
    SerialConsoleAccessEnabled: ec2State(call).serialConsole,
    ManagedBy: 'account',
  })),
  EnableSerialConsoleAccess: set('EnableSerialConsoleAccess', true),
  DisableSerialConsoleAccess: set('DisableSerialConsoleAccess', false),
};

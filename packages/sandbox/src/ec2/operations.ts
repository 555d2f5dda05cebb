import type { Operations } from '../operation.ts';
import { instanceAttributeOperations } from './instance-attributes.ts';
import { instanceOperations } from './instances.ts';
import { interfaceOperations } from './interfaces.ts';
import { profileOperations } from './profiles.ts';
import { ruleOperations } from './rule-operations.ts';
import { runInstances } from './run-instances.ts';
import { securityGroupOperations } from './security-groups.ts';
import { serialConsoleOperations } from './serial-console.ts';
import { taggingOperations } from './tagging.ts';
import { vpcOperations } from './vpcs.ts';

/** The operations of Amazon EC2 that the sandbox knows, by name. */
export const ec2Operations: Operations = {
  RunInstances: runInstances,
  ...instanceOperations,
  ...instanceAttributeOperations,
  ...interfaceOperations,
  ...securityGroupOperations,
  ...ruleOperations,
  ...profileOperations,
  ...taggingOperations,
  ...vpcOperations,
  ...serialConsoleOperations,
};

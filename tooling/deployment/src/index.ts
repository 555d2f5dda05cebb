export { type Account, administrator, assume, createRole } from './accounts.ts';
export { type BetweenParts, type BetweenPartsOptions, betweenParts, type Invocation, type Mail } from './between-parts.ts';
export { type DeployedFunction, deployedFunction } from './deployed-function.ts';
export { type ResolvedResource, resolveTemplate, type StackPlace } from './resolve.ts';
export { deploy, type Outputs, type Parameters, remove } from './stack.ts';
export { unzip, zipOf } from './zip.ts';

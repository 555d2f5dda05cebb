import type { World } from '../world.ts';
import { defaultLimits, type IamLimits } from './limits.ts';

/** What IAM keeps of an account. Names are keys in lower case: they are unique whatever their case. */
export interface IamState {
  limits: IamLimits;
  readonly users: Map<string, User>;
  readonly roles: Map<string, Role>;
  readonly groups: Map<string, Group>;
  /** Customer-managed policies, by ARN. Those of AWS are in `aws-managed.ts`. */
  readonly policies: Map<string, ManagedPolicy>;
  readonly profiles: Map<string, InstanceProfile>;
}

/** What users, roles and groups have in common: policies. */
export interface Holder {
  name: string;
  path: string;
  readonly id: string;
  readonly created: number;
  /** Inline policies by name; the document as it was put. */
  readonly inline: Map<string, string>;
  /** ARNs of attached managed policies. */
  readonly attached: string[];
}

export interface Principal extends Holder {
  tags: Map<string, string>;
  boundary?: string;
}

export type Status = 'Active' | 'Inactive' | 'Expired';

export interface AccessKey {
  readonly id: string;
  readonly secret: string;
  status: Status;
  readonly created: number;
  lastUsed?: { at: number; region: string; service: string };
}

export interface ServiceCredential {
  readonly id: string;
  readonly service: string;
  readonly created: number;
  status: Status;
  readonly userName?: string;
  readonly alias?: string;
  password: string;
  readonly expires?: number;
}

export interface SshKey {
  readonly id: string;
  readonly body: string;
  readonly fingerprint: string;
  readonly uploaded: number;
  status: Status;
}

export interface Certificate {
  readonly id: string;
  readonly body: string;
  readonly uploaded: number;
  status: Status;
}

export interface User extends Principal {
  /** Names of groups in lower case. */
  readonly groups: string[];
  readonly accessKeys: AccessKey[];
  readonly serviceCredentials: ServiceCredential[];
  readonly sshKeys: SshKey[];
  readonly certificates: Certificate[];
  login?: { readonly created: number; password: string; resetRequired: boolean };
}

export interface Role extends Principal {
  trust: string;
  description?: string;
  maxSession: number;
  lastUsed?: { at: number; region: string };
}

export interface Group extends Holder {}

export interface ManagedPolicy {
  readonly arn: string;
  readonly id: string;
  readonly name: string;
  readonly path: string;
  readonly created: number;
  updated: number;
  readonly description?: string;
  tags: Map<string, string>;
  readonly versions: { readonly id: string; readonly document: string; readonly created: number }[];
  defaultVersion: string;
  nextVersion: number;
}

export interface InstanceProfile {
  readonly name: string;
  readonly path: string;
  readonly id: string;
  readonly created: number;
  tags: Map<string, string>;
  /** The role's name in lower case: a profile has one role at most. */
  role?: string;
}

/** IAM's state of an account. */
export function iamOf(world: World, account: string): IamState {
  return world.slot('iam', account, '', () => ({
    limits: { ...defaultLimits },
    users: new Map(),
    roles: new Map(),
    groups: new Map(),
    policies: new Map(),
    profiles: new Map(),
  }));
}

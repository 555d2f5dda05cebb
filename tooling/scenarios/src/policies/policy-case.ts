import { type Principal, sessionName } from './world.ts';

export type Document = { readonly Version: '2012-10-17' | '2008-10-17'; readonly Statement: readonly object[] };

/** One request, and every policy that has a say in it. */
export interface PolicyCase {
  readonly caller: Principal;
  /** With temporary credentials. A role's always are. */
  readonly temporary: boolean;
  /** What the session carries: `ec2:SourceInstanceARN`, `lambda:SourceFunctionArn`. */
  readonly carried: { readonly [key: string]: string };
  readonly action: string;
  readonly resource: string;
  /** The account of the resource. */
  readonly owner: string;
  /** Condition keys of this request alone. */
  readonly context: { readonly [key: string]: string | readonly string[] };
  /** Milliseconds since the epoch. */
  readonly issued: number;
  readonly now: number;
  readonly identity: readonly Document[];
  readonly boundary?: Document;
  readonly session?: Document;
  /** The policy of the bucket, where the resource is in it. */
  readonly bucket?: Document;
}

export type Decision = 'Allowed' | 'ImplicitlyDenied' | 'ExplicitlyDenied';

/** The ARN that a service sees: a session's has no path. */
export function callerArn({ caller }: PolicyCase): string {
  return caller.kind === 'user' ? caller.arn : `arn:aws:sts::${caller.account}:assumed-role/${caller.name}/${sessionName}`;
}

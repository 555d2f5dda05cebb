import { IAMClient } from '@aws-sdk/client-iam';
import {
  arnOf,
  awsErrorCode,
  bool,
  type Context,
  iamName,
  nullOr,
  oneOf,
  resourceOf,
  type Setting,
  text,
  unavailable,
} from '@entity-lockdown/plugin-api';
import { deleteManagedDeny, putManagedDeny } from './managed-deny.ts';
import {
  conditionalDenyName,
  conditionalManagedDenyArn,
  denyAllArn,
  denyEverything,
  denyToSource,
  inlineDenyName,
  markTag,
  markValue,
  sourceOf,
} from './policy.ts';
import { type PrincipalKind, principalKind } from './principal.ts';
import { principalCalls } from './principal-calls.ts';
import { unlessGone } from './read.ts';
import type { DenyPolicy, PrincipalState } from './state.ts';

// Types, not interfaces: only these fit the index signature of `Settings`.

/** The unconditional deny: for all that acts as the principal. */
export type UnconditionalDenySettings<S> = {
  /** An inline policy of ours that denies everything. */
  readonly 'iam.principal.inline-deny': Setting<S, DenyPolicy>;
  /** Whether AWSDenyAll is attached. */
  readonly 'iam.principal.attached-deny': Setting<S, boolean>;
  /** The permissions boundary: the ARN of a policy. */
  readonly 'iam.principal.boundary': Setting<S, string | null>;
  /** The tag that names the ledger. */
  readonly 'iam.principal.mark': Setting<S, 'marked' | null>;
};

/** The deny for one instance or function that acts as a role. `on` is `<role>#<source ARN>`. */
export type ConditionalDenySettings<S> = {
  /** An inline policy of ours that denies everything to one source. */
  readonly 'iam.role.conditional-deny': Setting<S, DenyPolicy>;
  /** The same as a managed policy of ours. */
  readonly 'iam.role.conditional-managed-deny': Setting<S, DenyPolicy>;
};

/** All settings of the deny on IAM principals: their names and `on` are the same in each plugin. */
export type DenySettings<S> = UnconditionalDenySettings<S> & ConditionalDenySettings<S>;

/** Finds in a plugin's own state what `readPrincipal` read of the principal named `on` (without `#part`); undefined where nothing was. */
export type FindPrincipal<S> = (now: S, on: string) => PrincipalState | undefined;

/** Both kinds of deny, over a plugin's own state. */
export function denySettings<S>(find: FindPrincipal<S>): DenySettings<S> {
  return { ...unconditionalDenySettings(find), ...conditionalDenySettings(find) };
}

/** The settings that `unconditionalDeny` and `markPrincipal` want, over a plugin's own state. */
export function unconditionalDenySettings<S>(find: FindPrincipal<S>): UnconditionalDenySettings<S> {
  return {
    'iam.principal.inline-deny': {
      value: nullOr(oneOf('deny', 'altered')),
      marked: true,
      read: (now, on) => there(find, now, on)?.inlineDeny,
      write: async (ctx, on, value, now) => {
        await writeInline(ctx, called(find, now, on), inlineDenyName(ctx.mark), value, denyEverything);
      },
    },
    'iam.principal.attached-deny': {
      value: bool,
      read: (now, on) => {
        const principal = there(find, now, on);
        if (principal === undefined || principal.unread?.includes(principalCalls[principal.kind].actions.attached))
          return undefined;
        return principal.attached.includes(denyAllArn(arnOf(on).partition));
      },
      write: async (ctx, on, value, now) => {
        await writeAttached(ctx, called(find, now, on), denyAllArn(arnOf(on).partition), value);
      },
    },
    'iam.principal.boundary': {
      value: nullOr(text),
      read: (now, on) => there(find, now, on)?.boundary,
      write: async (ctx, on, value, now) => {
        await writeBoundary(ctx, called(find, now, on), value);
      },
    },
    'iam.principal.mark': {
      value: nullOr(oneOf('marked')),
      marked: true,
      read: (now, on) => {
        const principal = there(find, now, on);
        return principal === undefined ? undefined : principal.marked ? 'marked' : null;
      },
      write: async (ctx, on, value, now) => {
        await writeMark(ctx, called(find, now, on), value);
      },
    },
  };
}

/** The settings that `conditionalDeny` wants, over a plugin's own state. */
export function conditionalDenySettings<S>(find: FindPrincipal<S>): ConditionalDenySettings<S> {
  return {
    'iam.role.conditional-deny': {
      value: nullOr(oneOf('deny', 'altered')),
      marked: true,
      read: (now, on) => valueFor(there(find, now, on)?.conditionalDeny, on),
      write: async (ctx, on, value, now) => {
        const source = sourceOf(on);
        await writeInline(ctx, called(find, now, on), conditionalDenyName(ctx.mark, source), value, denyToSource(source));
      },
    },
    'iam.role.conditional-managed-deny': {
      value: nullOr(oneOf('deny', 'altered')),
      marked: true,
      read: (now, on) => valueFor(there(find, now, on)?.conditionalManagedDeny, on),
      write: async (ctx, on, value, now) => {
        const iam = ctx.client(IAMClient);
        const { name } = called(find, now, on);
        const policyArn = conditionalManagedDenyArn(ctx.mark, on);
        if (value === null) await deleteManagedDeny(iam, name, policyArn);
        else await putManagedDeny(iam, name, policyArn, denyToSource(sourceOf(on)));
      },
    },
  };
}

function there<S>(find: FindPrincipal<S>, now: S, on: string): PrincipalState | undefined {
  // Immediate changes are written before anything was read: then there is no state to look in.
  const principal = now == null ? undefined : find(now, resourceOf(on));
  return principal?.exists ? principal : undefined;
}

function called<S>(find: FindPrincipal<S>, now: S, on: string): Called {
  // A user may have been renamed since it was first named.
  const name = there(find, now, on)?.name ?? iamName(arnOf(resourceOf(on)).resource);
  return { kind: principalKind(resourceOf(on)), name };
}

interface Called {
  readonly kind: PrincipalKind;
  readonly name: string;
}

/** Not listed by the ledger yet, so not read: nobody but us could have put it there. */
function valueFor(denies: { readonly [source: string]: DenyPolicy } | undefined, on: string): DenyPolicy | undefined {
  return denies === undefined ? undefined : (denies[sourceOf(on)] ?? null);
}

async function writeInline(ctx: Context, { kind, name }: Called, policy: string, value: DenyPolicy, document: unknown) {
  const iam = ctx.client(IAMClient);
  const calls = principalCalls[kind];
  if (value === null) await unlessGone(calls.deleteInline(iam, name, policy));
  else
    await orUnavailable(
      calls.putInline(iam, name, policy, JSON.stringify(document)),
      `the inline policies of the ${kind} ${name} leave no room for another`,
    );
}

async function writeAttached(ctx: Context, { kind, name }: Called, policyArn: string, value: boolean) {
  const iam = ctx.client(IAMClient);
  const calls = principalCalls[kind];
  if (!value) {
    await unlessGone(calls.detach(iam, name, policyArn));
    return;
  }
  try {
    await orUnavailable(
      calls.attach(iam, name, policyArn),
      `the ${kind} ${name} has as many managed policies as its quota allows`,
    );
  } catch (error) {
    // A partition may lack the policy; the answer is the same code as for a principal that is gone, but names the policy.
    const lacking = awsErrorCode(error) === 'NoSuchEntity' && (error as Error).message.includes(policyArn);
    if (lacking) throw unavailable(`${policyArn} does not exist in this partition`, error);
    throw error;
  }
}

async function writeBoundary(ctx: Context, { kind, name }: Called, value: string | null) {
  const iam = ctx.client(IAMClient);
  const calls = principalCalls[kind];
  if (value === null) await unlessGone(calls.deleteBoundary(iam, name));
  else await calls.putBoundary(iam, name, value);
}

async function writeMark(ctx: Context, { kind, name }: Called, value: 'marked' | null) {
  const iam = ctx.client(IAMClient);
  const calls = principalCalls[kind];
  if (value === 'marked')
    await orUnavailable(
      calls.tag(iam, name, markTag(ctx.mark), markValue),
      `the ${kind} ${name} has as many tags as its quota allows`,
    );
  else await unlessGone(calls.untag(iam, name, markTag(ctx.mark)));
}

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html: quotas differ by account, so AWS is asked, not counted. */
async function orUnavailable(written: Promise<unknown>, message: string): Promise<void> {
  try {
    await written;
  } catch (error) {
    if (awsErrorCode(error) === 'LimitExceeded') throw unavailable(message, error);
    throw error;
  }
}

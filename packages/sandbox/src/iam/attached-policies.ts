import type { Operations } from '../operation.ts';
import { reads, writes } from './define.ts';
import { type Kind, state } from './entities.ts';
import { limitExceeded, noSuchEntity } from './errors.ts';
import { type Paged, page } from './paging.ts';
import { policyWith, requirePolicy } from './policy-lookup.ts';
import type { Holder } from './state.ts';

interface OnePolicy {
  readonly PolicyArn?: string;
  readonly [member: string]: unknown;
}

/** Managed policies attached to a user, role or group. */
export function attachedPolicyOperations<H extends Holder>(kind: Kind<H>): Operations {
  const { word } = kind;
  const resource: typeof kind.resource = (call, input) => ({
    ...kind.resource(call, input),
    context: { 'iam:PolicyARN': String(input.PolicyArn ?? '') },
  });
  return {
    [`Attach${word}Policy`]: writes<OnePolicy, object>(`Attach${word}Policy`, resource, (call, input) => {
      const holder = kind.change(call, input);
      const { PolicyArn = '' } = input;
      requirePolicy(call, PolicyArn);
      if (holder.attached.includes(PolicyArn)) return {};
      const limit = kind.attachedLimit(state(call).limits);
      if (holder.attached.length >= limit) throw limitExceeded(`Cannot exceed quota for PoliciesPer${word}: ${limit}`);
      holder.attached.push(PolicyArn);
      return {};
    }),
    [`Detach${word}Policy`]: writes<OnePolicy, object>(`Detach${word}Policy`, resource, (call, input) => {
      const holder = kind.change(call, input);
      const at = holder.attached.indexOf(input.PolicyArn ?? '');
      if (at === -1) throw noSuchEntity(`Policy ${input.PolicyArn} was not found.`);
      holder.attached.splice(at, 1);
      return {};
    }),
    [`ListAttached${word}Policies`]: reads<Paged & { readonly PathPrefix?: string; readonly [member: string]: unknown }, object>(
      `ListAttached${word}Policies`,
      kind.resource,
      (call, input) => {
        const all = kind.find(call, input).attached.map((arn) => ({ arn, policy: policyWith(call, arn) }));
        const wanted = all.filter(({ policy }) => (policy?.path ?? '/').startsWith(input.PathPrefix ?? '/'));
        const { items, more } = page(call, input, wanted, ({ arn }) => arn);
        return {
          AttachedPolicies: items.map(({ arn, policy }) => ({ PolicyName: policy?.name, PolicyArn: arn })),
          ...more,
        };
      },
    ),
  };
}

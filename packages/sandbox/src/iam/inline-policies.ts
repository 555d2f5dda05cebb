import type { Operations } from '../operation.ts';
import { checkPolicy } from '../policy/document.ts';
import { reads, writes } from './define.ts';
import { encoded, type Kind, state } from './entities.ts';
import { limitExceeded, malformedPolicy, noSuchEntity, validationError } from './errors.ts';
import { type Paged, page } from './paging.ts';
import type { Holder } from './state.ts';

interface OnePolicy {
  readonly PolicyName?: string;
  readonly [member: string]: unknown;
}

/** The policies in a user, role or group itself. */
export function inlinePolicyOperations<H extends Holder>(kind: Kind<H>): Operations {
  const { word } = kind;
  const found = (holder: H, name = ''): string => {
    const document = holder.inline.get(name);
    if (document === undefined) throw noSuchEntity(`The ${word.toLowerCase()} policy with name ${name} cannot be found.`);
    return document;
  };
  return {
    [`Put${word}Policy`]: writes<OnePolicy & { readonly PolicyDocument?: string }, object>(
      `Put${word}Policy`,
      kind.resource,
      (call, input) => {
        const holder = kind.change(call, input);
        const { PolicyName = '', PolicyDocument = '' } = input;
        if (!/^[\w+=,.@-]{1,128}$/.test(PolicyName)) throw validationError('The specified value for policyName is invalid.');
        const fault = checkPolicy(PolicyDocument, 'identity');
        if (fault !== undefined) throw malformedPolicy(fault);
        const after = new Map(holder.inline).set(PolicyName, PolicyDocument);
        const limit = kind.inlineLimit(state(call).limits);
        // The sum of all inline policies counts, "not including white space": https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html#reference_iam-quotas-entity-length
        const size = [...after.values()].reduce((sum, document) => sum + document.replace(/\s/g, '').length, 0);
        if (size > limit)
          throw limitExceeded(`Maximum policy size of ${limit} bytes exceeded for ${word.toLowerCase()} ${holder.name}`);
        holder.inline.set(PolicyName, PolicyDocument);
        return {};
      },
    ),
    [`Get${word}Policy`]: reads<OnePolicy, object>(`Get${word}Policy`, kind.resource, (call, input) => {
      const holder = kind.find(call, input);
      const document = found(holder, input.PolicyName);
      return { [`${word}Name`]: holder.name, PolicyName: input.PolicyName, PolicyDocument: encoded(document) };
    }),
    [`Delete${word}Policy`]: writes<OnePolicy, object>(`Delete${word}Policy`, kind.resource, (call, input) => {
      const holder = kind.change(call, input);
      found(holder, input.PolicyName);
      holder.inline.delete(input.PolicyName ?? '');
      return {};
    }),
    [`List${word}Policies`]: reads<Paged & { readonly [member: string]: unknown }, object>(
      `List${word}Policies`,
      kind.resource,
      (call, input) => {
        const { items, more } = page(call, input, kind.find(call, input).inline.keys(), (name) => name);
        return { PolicyNames: items, ...more };
      },
    ),
  };
}

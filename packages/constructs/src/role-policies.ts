import { type PolicyDocument, type Purpose, policyFor } from '@entity-lockdown/core';
import type { Manifest } from '@entity-lockdown/plugin-api';
import { Aws } from 'aws-cdk-lib';

type Statement = PolicyDocument['Statement'][number];

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html: of all inline policies of a role together. */
const inlineLimit = 10_240;
/** The same page: of one managed policy. */
const managedLimit = 6_144;
/** What else stands in the inline policies: the statement that keeps the role from changing itself. */
const inlineReserve = 2_048;
/** The longest values in any partition, in place of the template's own. */
const longest: { readonly [token: string]: string } = { [Aws.PARTITION]: 'aws-us-gov', [Aws.ACCOUNT_ID]: '111122223333' };

/** What a role needs, in as many documents as IAM's limits ask for. */
export interface RolePolicies {
  /** The role's one inline policy; none where it would be too long. */
  readonly inline?: PolicyDocument;
  /** Managed policies to attach in its place. */
  readonly managed: readonly PolicyDocument[];
}

/** The least that the plugins need for a purpose, in this account, in all Regions. */
export function rolePolicies(manifests: readonly Manifest[], purpose: Purpose): RolePolicies {
  const document = policyFor(manifests, purpose, { partition: Aws.PARTITION, account: Aws.ACCOUNT_ID });
  if (sizeOf(document) <= inlineLimit - inlineReserve) return { inline: document, managed: [] };
  return { managed: packed(document.Statement, managedLimit) };
}

/** Statements in their order, in as few documents as that order allows. */
function packed(statements: readonly Statement[], limit: number): readonly PolicyDocument[] {
  const documents: PolicyDocument[] = [];
  for (const statement of statements.flatMap((whole) => fitting(whole, limit))) {
    const last = documents.at(-1);
    const longer = documentOf([...(last?.Statement ?? []), statement]);
    if (last === undefined || sizeOf(longer) > limit) documents.push(documentOf([statement]));
    else documents[documents.length - 1] = longer;
  }
  return documents;
}

/** A statement that is too long for a document of its own, by halves of its actions. */
function fitting(statement: Statement, limit: number): readonly Statement[] {
  if (sizeOf(documentOf([statement])) <= limit) return [statement];
  const { Action } = statement;
  if (Action.length === 1) throw new Error(`The resources of ${Action[0]} are too long for an IAM policy.`);
  const half = Math.ceil(Action.length / 2);
  return [Action.slice(0, half), Action.slice(half)].flatMap((part) => fitting({ ...statement, Action: part }, limit));
}

function documentOf(Statement: readonly Statement[]): PolicyDocument {
  return { Version: '2012-10-17', Statement };
}

function sizeOf(document: PolicyDocument): number {
  let text = JSON.stringify(document);
  for (const [token, value] of Object.entries(longest)) text = text.replaceAll(token, value);
  return text.length;
}

/** The actions on IAM that change something: all that the plugins need, less what only reads. */
export function iamChanges({ inline, managed }: RolePolicies): readonly string[] {
  const documents = inline === undefined ? managed : [inline, ...managed];
  const actions = new Set(documents.flatMap(({ Statement }) => Statement.flatMap(({ Action }) => Action)));
  return [...actions].filter((action) => action.startsWith('iam:') && !/^iam:(Get|List)/.test(action)).toSorted();
}

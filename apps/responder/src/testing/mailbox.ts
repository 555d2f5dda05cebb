import { CreateTopicCommand } from '@aws-sdk/client-sns';
import { type Actor, publishedTo, type Sandbox } from '@entity-lockdown/sandbox';

/** A mail as subscribers get it. */
export interface Received {
  readonly at: number;
  readonly subject: string;
  readonly body: string;
  readonly attributes: { readonly [name: string]: string };
}

/** Makes the topic that mails are published to, with somebody who reads them: they are in the answer, in their order, as they come. */
export function mailbox(sandbox: Sandbox, admin: Actor, name: string, region: string): readonly Received[] {
  const { TopicArn = '' } = admin.run(new CreateTopicCommand({ Name: name }), region);
  const mails: Received[] = [];
  sandbox.intercept({
    after() {
      for (const { at, subject = '', body, attributes } of publishedTo(sandbox.world, TopicArn).slice(mails.length)) {
        const values = Object.entries(attributes).map(([attribute, { value }]) => [attribute, value]);
        mails.push({ at, subject, body, attributes: Object.fromEntries(values) });
      }
      return undefined;
    },
  });
  return mails;
}

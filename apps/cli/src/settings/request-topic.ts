import { shown } from '@entity-lockdown/core';
import { isArnFault, parseArn } from '@entity-lockdown/plugin-api';
import type { Env } from '../io.ts';
import { usageError } from '../usage-error.ts';

/** The topic that the responder takes requests from. */
export interface RequestTopic {
  readonly arn: string;
  /** SNS answers for the topics of its own Region alone. */
  readonly region: string;
  readonly account: string;
}

const where = "Give --topic ARN (or LOCKDOWN_REQUEST_TOPIC): the outputs of the responder's stack name it.";

/** `--topic`, or LOCKDOWN_REQUEST_TOPIC. */
export function requestTopic(given: string | undefined, env: Env): RequestTopic {
  const text = given ?? (env.LOCKDOWN_REQUEST_TOPIC || undefined);
  if (text === undefined) throw usageError('No request topic was given.', where);
  const arn = parseArn(text);
  if (isArnFault(arn)) throw usageError(`${shown(text)} is not the ARN of a topic: ${arn.fault}.`, where);
  const { service, region, account, resource } = arn;
  if (service !== 'sns' || region === '' || account === '')
    throw usageError(`${shown(text)} is not the ARN of a topic of SNS.`, where);
  if (resource.includes(':'))
    throw usageError(`${shown(text)} is the ARN of a subscription, not of a topic.`, `Leave out what follows the name. ${where}`);
  // They deliver to queues alone: https://docs.aws.amazon.com/sns/latest/dg/fifo-message-delivery.html
  if (resource.endsWith('.fifo'))
    throw usageError(`${shown(text)} is a FIFO topic: those invoke no function, so it is not the responder's.`, where);
  // https://docs.aws.amazon.com/sns/latest/api/API_CreateTopic.html
  if (!/^[\w-]{1,256}$/.test(resource))
    throw usageError(`${shown(text)} is not the ARN of a topic: no topic has that name.`, where);
  return { arn: text, region, account };
}

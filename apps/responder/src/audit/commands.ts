import { shellWord } from '@entity-lockdown/core';
import { isArnFault, parseArn } from '@entity-lockdown/plugin-api';
import type { Settings } from '../settings.ts';

/** Commands for people to copy, exact for this deployment. */
export interface Commands {
  /** For the hold of one incident, where it has several. */
  release(record: string, incident?: string): string;
  status(record: string): string;
  /** Asks this deployment to contain something. The secret is a variable of the shell: it is in no mail. */
  request(arn: string): string;
  /** Has the dead continuations handled once more. */
  redrive(): string;
}

export function commandsFor(settings: Settings): Commands {
  const { ledger, requestTopic, releaseRoleName, region } = settings;
  const at = `--ledger ${shellWord(ledger.location)} --region ${region}`;
  const role = releaseRoleName === undefined ? '' : ` --role-name ${shellWord(releaseRoleName)}`;
  return {
    release: (record, incident) =>
      `lockdown release ${record}${incident === undefined ? '' : ` --incident ${shellWord(incident)}`} ${at}${role}`,
    status: (record) => `lockdown status ${record} ${at}`,
    request: (arn) =>
      `aws sns publish --region ${region} --topic-arn ${requestTopic} --message ${shellWord(asciiJson({ arn }))} --message-attributes "ExternalId={DataType=String,StringValue=\\"$EXTERNAL_ID\\"}"`,
    // Only for queues whose messages come from another queue: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_StartMessageMoveTask.html
    redrive: () =>
      `aws sqs start-message-move-task --region ${region} --source-arn ${queueArn(settings.deadContinuations, settings)}`,
  };
}

/** JSON in which no character hides or moves the text around it. */
function asciiJson(value: object): string {
  return JSON.stringify(value).replaceAll(/[^\x20-\x7e]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** The last two parts of a queue's URL are its account and its name: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-queue-message-identifiers.html */
function queueArn(url: string, { auditTopic, region }: Settings): string {
  const [account = '', name = ''] = url.split('/').slice(-2);
  const topic = parseArn(auditTopic);
  return shellWord(`arn:${isArnFault(topic) ? 'aws' : topic.partition}:sqs:${region}:${account}:${name}`);
}

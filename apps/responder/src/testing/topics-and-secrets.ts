import type * as SecretsManager from '@aws-sdk/client-secrets-manager';
import type * as Sns from '@aws-sdk/client-sns';
import { awsError, type Operations } from '@entity-lockdown/sandbox';

/** A mail as subscribers get it. */
export interface Received {
  readonly at: number;
  readonly subject: string;
  readonly body: string;
  readonly attributes: { readonly [name: string]: string };
}

/** The topic that mails are published to: they are in `mails`, in their order. */
export function auditTopic(arn: string, mails: Received[]): Operations {
  return {
    Publish: {
      page: 'https://docs.aws.amazon.com/sns/latest/api/API_Publish.html',
      mutates: true,
      demands: (_call, { TopicArn }: Sns.PublishInput) => [{ action: 'sns:Publish', resource: TopicArn ?? '' }],
      run({ now }, { TopicArn, Subject = '', Message = '', MessageAttributes = {} }: Sns.PublishInput): Sns.PublishResponse {
        if (TopicArn !== arn) throw awsError('NotFound', 'Topic does not exist', 404);
        const attributes = Object.fromEntries(
          Object.entries(MessageAttributes).map(([name, { StringValue = '' }]) => [name, StringValue]),
        );
        const size = Buffer.byteLength(Message + JSON.stringify(MessageAttributes));
        if (!/^[A-Za-z0-9!-/:-@[-`{-~][\x20-\x7e]{0,99}$/.test(Subject) || size > 262_144 || Message === '')
          throw awsError('InvalidParameter', 'Invalid parameter: Subject or Message');
        if (Object.values(attributes).includes('')) throw awsError('ParameterValueInvalid', 'An attribute is empty.');
        mails.push({ at: now, subject: Subject, body: Message, attributes });
        return { MessageId: `mail-${mails.length}` };
      },
    },
  };
}

/** One secret. `stages` may be changed meanwhile: that is how it is rotated. */
export function secretsManager(arn: string, stages: Map<string, string>): Operations {
  return {
    GetSecretValue: {
      page: 'https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetSecretValue.html',
      mutates: false,
      demands: (_call, { SecretId }: SecretsManager.GetSecretValueRequest) => [
        { action: 'secretsmanager:GetSecretValue', resource: SecretId ?? '' },
      ],
      run(
        _call,
        { SecretId, VersionStage = 'AWSCURRENT' }: SecretsManager.GetSecretValueRequest,
      ): SecretsManager.GetSecretValueResponse {
        const value = SecretId === arn ? stages.get(VersionStage) : undefined;
        if (value === undefined)
          throw awsError('ResourceNotFoundException', "Secrets Manager can't find the specified secret value for staging label");
        return { ARN: arn, SecretString: value, VersionStages: [VersionStage] };
      },
    },
  };
}

import type * as SecretsManager from '@aws-sdk/client-secrets-manager';
import { awsError, type Operations } from '@entity-lockdown/sandbox';

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

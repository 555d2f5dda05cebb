import { type ContainRequest, resolve } from '@entity-lockdown/core';
import type { Request } from '@entity-lockdown/intake';
import { expect, test } from 'vitest';
import { everything, intakesOf } from '../../../../packages/intake/src/testing/findings.ts';
import { requestsIn } from '../../../../packages/intake/src/testing/publish.ts';
import { sample, sampleNames } from '../../../../packages/intake/src/testing/samples.ts';
import { allPlugins } from '../harness.ts';

/** What the intake asks for is what the dispatcher takes, field by field. */
function asked(request: Request): ContainRequest {
  return request;
}

const expected: { readonly [name: string]: readonly [type: string, key: string] } = {
  'guardduty-mining-instance': ['aws.ec2.instance', 'aws:111122223333:eu-west-1:i-0123456789abcdef0'],
  'guardduty-user': ['aws.iam.user', 'aws:111122223333:testuser'],
  'guardduty-stolen-role': ['aws.iam.role', 'aws:111122223333:web-role'],
  'guardduty-function': ['aws.lambda.function', 'aws:111122223333:eu-west-1:worker'],
  'guardduty-bucket': ['aws.iam.user', 'aws:111122223333:alice'],
  'guardduty-sequence': ['aws.iam.user', 'aws:111122223333:alice'],
  'asff-custom-action': ['aws.iam.role', 'aws:111122223333:deploy'],
  'ocsf-user': ['aws.iam.user', 'aws:111122223333:compromised-user'],
};

test('each reference in a finding is exactly one entity of one type', async () => {
  const found: { [name: string]: readonly string[] } = {};
  for (const name of sampleNames()) {
    for (const request of requestsIn(intakesOf(sample(name), everything))) {
      const { entity, registered } = await resolve(allPlugins, asked(request).arn);
      found[name] = [registered.manifest.id, entity.key];
      // A role by its name alone may have a path: what is protected under some path is not denied before a look.
      if (registered.manifest.id === 'aws.iam.role') expect(entity.pathUnknown).toBe(true);
    }
  }
  expect(found).toEqual(expected);
});

import { AssumeRoleCommand, GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { HttpResponse } from '@smithy/core/protocols';
import { expect, test } from 'vitest';
import { DeadlineExceeded } from '../failure.ts';
import { ToyClient, ToyCommand, toyCloud } from '../testing/toy-cloud.ts';
import { type AwsCall, type CallGuard, callOf, commandName, guardedClient } from './guarded-client.ts';
import { lockdownRetryStrategy } from './retry.ts';

interface Watched {
  readonly guard: CallGuard;
  readonly before: AwsCall[];
  readonly unanswered: AwsCall[];
}

function watch(allow: (count: number) => boolean = () => true): Watched {
  const before: AwsCall[] = [];
  const unanswered: AwsCall[] = [];
  return {
    before,
    unanswered,
    guard: {
      before(call) {
        before.push(call);
        if (!allow(before.length)) throw new DeadlineExceeded(call.action);
      },
      unanswered: (call) => unanswered.push(call),
    },
  };
}

const body = `<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>arn:aws:iam::111122223333:user/x</Arn>
</GetCallerIdentityResult></GetCallerIdentityResponse>`;

/** A real client, whose network is a list of answers: a status, or an error of the network. */
function client(answers: readonly (number | Error)[], guard: CallGuard): { sts: STSClient; requests: () => number } {
  let requests = 0;
  const sts = new STSClient({
    region: 'eu-west-1',
    credentials: { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'x' },
    retryStrategy: lockdownRetryStrategy(0),
    requestHandler: {
      async handle() {
        const answer = answers[requests] ?? 200;
        requests += 1;
        if (typeof answer !== 'number') throw answer;
        const error = `<ErrorResponse><Error><Code>${answer === 400 ? 'Throttling' : 'InternalFailure'}</Code></Error></ErrorResponse>`;
        const text = new TextEncoder().encode(answer === 200 ? body : error);
        return { response: new HttpResponse({ statusCode: answer, headers: { 'content-type': 'text/xml' }, body: text }) };
      },
    },
  });
  return { sts: guardedClient(sts, 'sts', guard), requests: () => requests };
}

const reset = (): Error => Object.assign(new Error('socket hang up'), { name: 'TimeoutError', code: 'ECONNRESET' });

test('every attempt asks the guard, those of the SDK’s retries too', async () => {
  const { guard, before, unanswered } = watch();
  const { sts, requests } = client([400, 500, 200], guard);
  expect((await sts.send(new GetCallerIdentityCommand({}))).Arn).toContain('user/x');
  expect(requests()).toBe(3);
  // Once before it is begun at all, and once before each attempt.
  expect(before).toHaveLength(4);
  expect(new Set(before.map(({ action }) => action))).toEqual(new Set(['sts:GetCallerIdentity']));
  expect(unanswered).toEqual([]);
});

test('an attempt that the guard prevents is not made, and not tried again', async () => {
  const { guard } = watch((count) => count <= 2);
  const { sts, requests } = client([500, 200], guard);
  await expect(sts.send(new GetCallerIdentityCommand({}))).rejects.toBeInstanceOf(DeadlineExceeded);
  expect(requests()).toBe(1);
});

test('an attempt without an answer is noted, even where a later one was answered', async () => {
  const { guard, unanswered } = watch();
  const { sts } = client([reset(), 200], guard);
  await sts.send(new GetCallerIdentityCommand({}));
  expect(unanswered.map(({ command }) => command)).toEqual(['GetCallerIdentity']);
});

test('a guard that prevents an attempt has seen no unanswered one', async () => {
  const { guard, unanswered } = watch((count) => count <= 1);
  const { sts } = client([], guard);
  await expect(sts.send(new GetCallerIdentityCommand({}))).rejects.toThrow();
  expect(unanswered).toEqual([]);
});

test('the guard of one view does not watch another view of the same client', async () => {
  const [one, two] = [watch(), watch()];
  const real = new ToyClient(toyCloud());
  await guardedClient(real, 'toy', one.guard).send(new ToyCommand({ name: 'Look', on: 'x' }));
  await guardedClient(real, 'toy', two.guard).send(new ToyCommand({ name: 'SetPower', on: 'x' }));
  expect(one.before.map(({ action }) => action)).toEqual(['toy:Look']);
  expect(two.before.map(({ action }) => action)).toEqual(['toy:SetPower']);
});

test('an error tells which call it came from', async () => {
  const cloud = toyCloud();
  cloud.before = () => {
    throw new Error('no');
  };
  const view = guardedClient(new ToyClient(cloud), 'toy', watch().guard);
  const thrown = await view.send(new ToyCommand({ name: 'SetPower', on: 'x' })).catch((error: unknown) => error);
  expect(callOf(thrown)).toEqual({ service: 'toy', command: 'SetPower', action: 'toy:SetPower' });
  expect(callOf(new Error('no'))).toBeUndefined();
  expect(callOf(undefined)).toBeUndefined();
});

test('the view is the client: paginators and waiters recognise it', () => {
  const view = guardedClient(new STSClient({ region: 'eu-west-1' }), 'sts', watch().guard);
  expect(view).toBeInstanceOf(STSClient);
  expect(view.config.serviceId).toBe('STS');
});

test('a command’s name is AWS’s, whatever a minifier made of the class', () => {
  expect(commandName(new AssumeRoleCommand({ RoleArn: 'x', RoleSessionName: 'x' }))).toBe('AssumeRole');
  class PutThingCommand {}
  expect(commandName(new PutThingCommand())).toBe('PutThing');
});

test.each([
  ['lambda', 'Invoke', 'lambda:InvokeFunction'],
  ['s3', 'ListObjectsV2', 's3:ListBucket'],
  ['s3', 'HeadObject', 's3:GetObject'],
  ['iam', 'PutUserPolicy', 'iam:PutUserPolicy'],
])('%s %s is the action %s', async (service, name, action) => {
  const { guard, before } = watch();
  await guardedClient(new ToyClient(toyCloud()), service, guard).send(new ToyCommand({ name, on: 'x' }));
  expect(before[0]?.action).toBe(action);
});

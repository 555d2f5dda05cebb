import { GetRolePolicyCommand, ListRolePoliciesCommand, PutRolePolicyCommand } from '@aws-sdk/client-iam';
import { awsError, faults } from '@entity-lockdown/sandbox';
import { expect, test } from 'vitest';
import { requestExternalId } from './testing/deployment.ts';
import { elsewhere } from './testing/elsewhere.ts';
import { type Make, makeFunction, makeInstance, makeRole, makeUser } from './testing/entities.ts';
import { account, minutes, type Scene, sceneOf } from './testing/scene.ts';
import { isCutOff, kindsOf } from './testing/standing.ts';

/** Each call of each invocation of a run in which nothing goes wrong: before it the process can die, or hang. */
async function pointsOf(make: Make): Promise<readonly { readonly invocation: number; readonly at: number }[]> {
  const of = sceneOf(make);
  of.ask();
  await of.run(4 * minutes);
  return of.invocations.flatMap(({ calls }, index) => calls.map((_call, at) => ({ invocation: index + 1, at })));
}

/** Contained, and told: each mail once, or twice where a process died with it in its hands, which the second one says. */
async function expectContained(of: Scene): Promise<void> {
  expect(isCutOff(of, of.arn)).toBe(true);
  expect((await of.record())?.state).toBe('contained');
  const kinds = kindsOf(of);
  for (const kind of ['started', 'contained']) {
    expect(kinds.filter((each) => each.startsWith(kind)).length).toBeGreaterThan(0);
    expect(kinds.filter((each) => each === kind).length).toBeLessThan(2);
    expect(kinds.filter((each) => each === `${kind}?`).length).toBeLessThan(2);
  }
  expect(kinds.filter((kind) => !/^(started|contained)/.test(kind))).toEqual([]);
  expect([...of.deadContinuations.messages, ...of.deadRequests.messages]).toEqual([]);
  expect(of.invocations.filter(({ leftBehind = 0 }) => leftBehind > 0)).toEqual([]);
}

const types = [
  ['user', makeUser],
  ['role', makeRole],
  ['function', makeFunction],
  ['instance', makeInstance],
] as const;

test.each(types)(
  'a %s is contained although the process ends after any one of its calls',
  async (_, make) => {
    const points = await pointsOf(make);
    expect(points.length).toBeGreaterThan(15);
    for (const { invocation, at } of points) {
      const of = sceneOf(make, { fate: (each) => (each === invocation ? { diesAfter: at } : undefined) });
      of.ask();
      await of.run(20 * minutes);
      expect(of.invocations.filter(({ ended }) => ended === 'died').length, `invocation ${invocation}, call ${at}`).toBe(1);
      await expectContained(of);
    }
  },
  120_000,
);

test.each(types)(
  'a %s is contained although a call is never answered, until the time of the function is up',
  async (_, make) => {
    const points = (await pointsOf(make)).filter((_point, index) => index % 3 === 0);
    for (const { invocation, at } of points) {
      const of = sceneOf(make, { fate: (each) => (each === invocation ? { hangsAfter: at } : undefined) });
      of.ask();
      await of.run(20 * minutes);
      expect(of.invocations.filter(({ ended }) => ended === 'timed-out').length, `invocation ${invocation}, call ${at}`).toBe(1);
      await expectContained(of);
    }
  },
  120_000,
);

test.each(types)('a %s: the same message three times at once, and once more later, contains once', async (_, make) => {
  const of = sceneOf(make);
  const event = of.eventOf({ body: JSON.stringify({ arn: of.arn }) });
  for (let time = 0; time < 3; time += 1) of.deliver(event);
  await of.run(5 * minutes);
  of.deliver(event);
  await of.run(5 * minutes);
  await expectContained(of);
  expect(kindsOf(of)).toEqual(['started', 'contained']);
  expect(of.objects('records/')).toEqual([]);
  // Whoever finds it in other hands waits until those must have ended.
  expect(of.invocations.filter(({ kind }) => kind === 'continuation').length).toBeLessThan(15);
});

test.each(types)('a %s: the queue brings each message twice', async (_, make) => {
  const of = sceneOf(make, { deliveries: 2 });
  of.ask();
  await of.run(10 * minutes);
  await expectContained(of);
  expect(kindsOf(of)).toEqual(['started', 'contained']);
});

test.each(types)('a %s: SNS is down for ten minutes; nothing waits for it, and each mail comes once', async (_, make) => {
  const begin = sceneOf(make);
  begin.ask();
  await begin.run(5 * minutes);
  const undisturbed = (await begin.record())?.containedAt;
  const start = begin.invocations[0]?.startedAt ?? 0;
  const of = sceneOf(make, {
    fault: ({ service, now }) => (service === 'sns' && now < start + 10 * minutes ? faults.internal() : undefined),
  });
  of.ask();
  await of.run(9 * minutes);
  expect((await of.record())?.containedAt).toBe(undisturbed);
  expect(kindsOf(of)).toEqual([]);
  expect(of.counted.get('AuditFailed')).toBeGreaterThan(1);
  await of.run(3 * minutes);
  expect(kindsOf(of).toSorted()).toEqual(['contained', 'started']);
  expect(of.objects('outbox/')).toEqual([]);
});

test.each(types)('a %s: all continuations of its record are lost; the sweep finds it', async (_, make) => {
  const of = sceneOf(make, { loses: (body) => of.time.now() < start + 2 * minutes && body.includes('"kind":"record"') });
  const start = of.time.now();
  of.ask();
  await of.run(10 * minutes);
  await expectContained(of);
});

test('all continuations are lost, and the process dies: the sweep finds the record that was opened', async () => {
  const of = sceneOf(makeInstance, {
    loses: () => of.time.now() < 1_000 + start + 2 * minutes,
    fate: (invocation) => (invocation <= 1 ? { diesAfter: 12 } : undefined),
  });
  const start = of.time.now();
  // Delivered by hand: Lambda itself does not try again.
  void of.invoke(of.eventOf({ body: JSON.stringify({ arn: of.arn }) })).catch(() => {});
  await of.run(15 * minutes);
  expect((await of.record())?.state).toBe('contained');
  expect(kindsOf(of)).toEqual(['started', 'contained']);
  expect(of.counted.get('Overdue')).toBeGreaterThan(0);
});

test.each(types)('a %s: the process dies, and its continuation alone brings it to its end', async (_, make) => {
  // From the call that queues it on.
  for (const at of [6, 8, 14, 20]) {
    const of = sceneOf(make, { withoutSweep: true, fate: (invocation) => (invocation === 1 ? { diesAfter: at } : undefined) });
    // Delivered by hand: Lambda itself does not try again.
    void of.invoke(of.eventOf({ body: JSON.stringify({ arn: of.arn }) }));
    await of.run(20 * minutes);
    expect(of.invocations[0]?.ended).toBe('died');
    await expectContained(of);
  }
});

test('what is partial is told, tried again, and told when it is contained after all', async () => {
  let isMended = false;
  const of = sceneOf(makeUser, {
    fault: ({ operation }) => (operation === 'UpdateAccessKey' && !isMended ? faults.denied() : undefined),
  });
  of.ask();
  await of.run(5 * minutes);
  expect(kindsOf(of)).toEqual(['started', 'partial']);
  expect(of.mails[1]?.body).toContain('iam:UpdateAccessKey');
  await of.run(5 * minutes);
  isMended = true;
  await of.run(10 * minutes);
  expect((await of.record())?.state).toBe('contained');
  expect(kindsOf(of)).toEqual(['started', 'partial', 'contained']);
});

test('what stays partial is tried less and less often', async () => {
  const of = sceneOf(makeUser, { fault: ({ operation }) => (operation === 'UpdateAccessKey' ? faults.denied() : undefined) });
  of.ask();
  await of.run(24 * 60 * minutes);
  const tries = of.invocations.filter(({ kind, calls }) => kind === 'continuation' && calls.includes('iam:UpdateAccessKey'));
  expect(tries.length).toBeGreaterThan(8);
  expect(tries.length).toBeLessThan(40);
  expect(kindsOf(of)).toEqual(['started', 'partial']);
}, 60_000);

test('SQS takes nothing at first: it is contained all the same, and the sweep brings it to its end', async () => {
  const of = sceneOf(makeInstance, {
    fault: ({ service, operation, now }) =>
      service === 'sqs' && operation === 'SendMessage' && now < start + 2 * minutes ? faults.internal() : undefined,
  });
  const start = of.time.now();
  of.ask();
  await of.run(10 * minutes);
  await expectContained(of);
  expect(of.counted.get('ContinuationFailed')).toBeGreaterThan(0);
});

test('SQS takes nothing, and the role cannot be assumed at first: Lambda brings it again', async () => {
  const of = sceneOf(makeRole, {
    withoutSweep: true,
    fault: ({ operation, now }) =>
      now < start + 30_000 && (operation === 'SendMessage' || operation === 'AssumeRole') ? faults.denied() : undefined,
  });
  const start = of.time.now();
  of.ask();
  await of.run(5 * minutes);
  expect((await of.record())?.state).toBe('contained');
  expect(kindsOf(of)).toEqual(['failed', 'started', 'contained']);
});

test.each(types)('a %s: the ledger answers conflicts, now and then, wherever it is written', async (_, make) => {
  for (let seed = 0; seed < 3; seed += 1) {
    let puts = 0;
    const of = sceneOf(make, {
      fault({ service, operation }) {
        if (service !== 's3' || operation !== 'PutObject') return undefined;
        puts += 1;
        return puts % 3 === seed && puts < 40 ? conflict : undefined;
      },
    });
    const conflict = awsError('ConditionalRequestConflict', 'A conflicting operation is under way.', 409);
    of.ask();
    await of.run(15 * minutes);
    await expectContained(of);
  }
});

test('a message that nobody can read becomes a dead letter at once, and is told of once', async () => {
  const of = sceneOf(makeUser);
  of.queues.put(of.continuations, 'poison\u0000', of.time.now());
  of.queues.put(
    of.continuations,
    JSON.stringify({ version: 1, kind: 'record', record: '0123456789abcdef-abcdefgh' }),
    of.time.now(),
  );
  of.ask();
  await of.run(40 * minutes);
  expect(isCutOff(of, of.arn)).toBe(true);
  expect(kindsOf(of).toSorted()).toEqual(['contained', 'dead-letter', 'dead-letter', 'started']);
  expect(of.deadContinuations.messages.length).toBe(2);
  const [letter] = of.mails.filter(({ attributes }) => attributes.kind === 'dead-letter');
  expect(letter?.at ?? 0).toBeLessThan((of.invocations[0]?.startedAt ?? 0) + 2 * minutes);
  expect(letter?.body).toContain(
    'start-message-move-task --region eu-west-1 --source-arn arn:aws:sqs:eu-west-1:999988887777:dead-continuations',
  );
});

test('each of hundreds of dead letters is told of', async () => {
  const of = sceneOf(makeUser);
  for (let letter = 0; letter < 300; letter += 1) of.queues.put(of.deadContinuations, `poison ${letter}`, of.time.now());
  await of.run(3 * minutes);
  expect(of.mails.length).toBe(300);
  expect(of.counted.get('DeadLetters')).toBe(300);
});

test('a role that cannot be assumed: told at once, given up loudly, and contained when it was mended and redriven', async () => {
  let isMended = false;
  const of = sceneOf(makeRole, {
    fault: ({ operation }) => (operation === 'AssumeRole' && !isMended ? faults.denied() : undefined),
  });
  of.ask();
  await of.run(minutes);
  expect(kindsOf(of)).toEqual(['failed']);
  expect(of.mails[0]?.body).toContain('cannot be assumed');
  await of.run(60 * minutes);
  expect(kindsOf(of)).toEqual(['failed', 'dead-letter']);
  expect(of.mails[1]?.body).toContain(of.arn);
  isMended = true;
  for (const { body } of of.deadContinuations.messages.splice(0)) of.queues.put(of.continuations, body, of.time.now());
  await of.run(5 * minutes);
  expect(isCutOff(of, of.arn)).toBe(true);
  expect(kindsOf(of)).toEqual(['failed', 'dead-letter', 'started', 'contained']);
});

test('a function that cannot even read its secret leaves a dead request, which is told of without the secret', async () => {
  let isDown = true;
  const of = sceneOf(makeUser, {
    fault: ({ service }) => (service === 'secretsmanager' && isDown ? faults.denied() : undefined),
  });
  of.ask();
  await of.run(10 * minutes);
  expect(of.deadRequests.messages.length).toBe(1);
  isDown = false;
  await of.run(3 * minutes);
  expect(kindsOf(of)).toEqual(['dead-letter']);
  expect(of.mails[0]?.body).not.toContain(requestExternalId);
});

test('what SNS could not deliver is told of, with what it names and without the secret', async () => {
  const of = sceneOf(makeUser);
  const { Records } = of.eventOf({ body: JSON.stringify({ arn: of.arn }) }) as { Records: [{ Sns: object }] };
  of.queues.put(of.deadRequests, JSON.stringify(Records[0].Sns), of.time.now());
  await of.run(5 * minutes);
  expect(kindsOf(of)).toEqual(['dead-letter']);
  expect(of.mails[0]?.body).toContain(`  - ${of.arn}\n`);
  expect(of.mails[0]?.body).toContain('SNS could not deliver');
  expect(of.mails[0]?.body).not.toContain(requestExternalId);
});

test('a sweep that could not be run is told of to nobody: it named nothing, and another has followed', async () => {
  const of = sceneOf(makeUser);
  const requestContext = { condition: 'EventAgeExceeded', approximateInvokeCount: 1 };
  for (const requestPayload of [{ source: 'entity-lockdown', 'detail-type': 'Sweep' }, of.eventOf({ body: of.arn })])
    of.queues.put(of.deadRequests, JSON.stringify({ version: '1.0', requestContext, requestPayload }), of.time.now());
  await of.run(5 * minutes);
  expect(kindsOf(of)).toEqual(['dead-letter']);
  expect(of.mails[0]?.body).toContain('Which entity it was, whoever published it knows.');
  expect(of.deadRequests.messages.length).toBe(2);
});

test('a record that cannot be gone on with for hours is sent for less and less often, and ends contained', async () => {
  const of = sceneOf(makeInstance, {
    fate: (invocation) => (invocation === 1 ? { diesAfter: 50 } : undefined),
    fault: ({ operation, now }) =>
      operation === 'AssumeRole' && now > start + 2_000 && now < start + 6 * 60 * minutes ? faults.denied() : undefined,
  });
  const start = of.time.now();
  of.ask();
  await of.run(6 * 60 * minutes);
  const letters = kindsOf(of).filter((kind) => kind === 'dead-letter');
  expect(letters.length).toBeGreaterThan(2);
  expect(letters.length).toBeLessThan(12);
  expect(kindsOf(of).filter((kind) => kind === 'failed')).not.toEqual([]);
  await of.run(6 * 60 * minutes);
  expect((await of.record())?.state).toBe('contained');
  expect(isCutOff(of, of.arn)).toBe(true);
}, 60_000);

test('an invocation that ends with an error leaves no mail behind that is on its way', async () => {
  let publishes = 0;
  const of = sceneOf(makeInstance, {
    // The first mail, which goes out beside the work, takes longer than all that comes after it.
    callMs: (operation) => (operation === 'Publish' && ++publishes === 1 ? 5_000 : 50),
    fault: ({ service, operation, input, now }) =>
      service === 's3' &&
      operation === 'PutObject' &&
      /open/.test((input as { Key: string }).Key) &&
      now > start + 600 &&
      now < start + 9_000
        ? faults.denied()
        : undefined,
  });
  const start = of.time.now();
  of.ask();
  await of.run(15 * minutes);
  expect((await of.record())?.state).toBe('contained');
  expect(kindsOf(of)).toContain('failed');
  expect(of.mails[1]?.attributes.kind).toBe('started');
  expect(of.invocations.filter(({ leftBehind = 0 }) => leftBehind > 0)).toEqual([]);
});

test('a message that comes again after the release, and whose process dies then, is given up by nobody and looked for by nobody', async () => {
  let dying = 0;
  const of = sceneOf(makeUser, { deliveries: 2, fate: (invocation) => (invocation === dying ? { diesAfter: 6 } : undefined) });
  const event = of.eventOf({ body: JSON.stringify({ arn: of.arn }) });
  of.deliver(event);
  await of.run(5 * minutes);
  await elsewhere(of).release(of.arn);
  await of.run(20 * minutes);
  dying = of.invocations.length + 1;
  // Delivered by hand: Lambda itself does not try again.
  void of.invoke(event);
  await of.run(1_000);
  expect([of.invocations.at(-1)?.ended, (await of.record())?.state]).toEqual(['died', 'containing']);
  await of.run(60 * minutes);
  expect(isCutOff(of, of.arn)).toBe(false);
  expect(kindsOf(of)).toEqual(['started', 'contained', 'released']);
  expect([of.objects('open/'), of.objects('watched/')]).toEqual([[], []]);
});

test('a last look that cannot be taken is told as that, not as a containment that cannot go on', async () => {
  let isShut = false;
  const of = sceneOf(makeRole, { fault: ({ service }) => (service === 'iam' && isShut ? faults.denied() : undefined) });
  of.ask();
  await of.run(5 * minutes);
  await elsewhere(of).release(of.arn);
  isShut = true;
  await of.run(30 * minutes);
  expect(kindsOf(of)).toEqual(['started', 'contained', 'released', 'failed']);
  expect(of.mails[3]?.subject).toContain('NOT LOOKED AT AFTER RELEASE');
  expect(of.mails[3]?.body).not.toContain('lockdown release');
  isShut = false;
  await of.run(60 * minutes);
  expect(kindsOf(of).length).toBe(4);
  expect(of.objects('watched/')).toEqual([]);
});

test('what came back after a release is told, although the record had failed before', async () => {
  const of = sceneOf(makeRole, {
    fate: (invocation) => (invocation === 1 ? { diesAfter: 20 } : undefined),
    fault: ({ operation, now }) =>
      operation === 'AssumeRole' && now > start + 2_000 && now < start + 5 * minutes ? faults.denied() : undefined,
  });
  const start = of.time.now();
  of.ask();
  await of.run(30 * minutes);
  expect((await of.record())?.state).toBe('contained');
  expect(of.mails.map(({ attributes }) => [attributes.kind, attributes.record !== undefined])).toContainEqual(['failed', true]);
  const { run } = of.admin(account);
  const role = { RoleName: 'victim' };
  const { PolicyNames: [PolicyName] = [] } = run(new ListRolePoliciesCommand(role));
  const { PolicyDocument = '' } = run(new GetRolePolicyCommand({ ...role, PolicyName }));
  await elsewhere(of).release(of.arn);
  await of.run(5 * minutes);
  run(new PutRolePolicyCommand({ ...role, PolicyName, PolicyDocument: decodeURIComponent(PolicyDocument) }));
  await of.run(10 * minutes);
  expect(of.mails.at(-1)?.subject).toContain('CAME BACK AFTER RELEASE');
});

test('what fails once and passes by itself is tried at once, not two minutes later', async () => {
  let failed = 0;
  const of = sceneOf(makeRole, {
    fault: ({ operation }) => (operation === 'AssumeRole' && ++failed === 1 ? faults.internal() : undefined),
  });
  of.ask();
  await of.run(10_000);
  expect((await of.record())?.state).toBe('contained');
  expect(kindsOf(of)).toEqual(['started', 'contained']);
});

test('a secret that could not be read when the process began is read again for the first message', async () => {
  let failed = 0;
  const of = sceneOf(makeRole, {
    fault: ({ service }) => (service === 'secretsmanager' && ++failed <= 2 ? faults.denied() : undefined),
  });
  of.ask();
  await of.run(10_000);
  expect((await of.record())?.state).toBe('contained');
});

test('mails that could be neither sent nor kept are told by the continuation of the request, both of them', async () => {
  const of = sceneOf(makeRole, {
    withoutSweep: true,
    fault: ({ operation, input, now }) =>
      operation === 'PutObject' && /notices|outbox/.test((input as { Key: string }).Key) && now < start + minutes
        ? faults.denied()
        : undefined,
  });
  const start = of.time.now();
  of.ask();
  await of.run(minutes);
  expect((await of.record())?.state).toBe('contained');
  expect(kindsOf(of)).toEqual([]);
  expect(of.counted.get('AuditLost')).toBeGreaterThan(1);
  await of.run(3 * minutes);
  expect(kindsOf(of)).toEqual(['started', 'contained']);
});

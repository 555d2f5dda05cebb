import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { expect, test } from 'vitest';
import { lockdownApp } from './synthesize.ts';
import { manifests, noCode } from './testing/plugins.ts';

/** What cdk-nag would have otherwise, and why it is as it is. */
const argued: readonly { readonly rule: RegExp; readonly at: RegExp; readonly why: string }[] = [
  {
    rule: /^AwsSolutions-SQS3$/,
    at: /DeadRequests/,
    why: 'It is a dead-letter queue: of the asynchronous invocations and of the subscriptions, which cdk-nag does not look at.',
  },
  {
    rule: /^AwsSolutions-S1$/,
    at: /Ledger/,
    why: 'Who reads and writes the ledger is in data events of CloudTrail, where an account wants them; a second bucket for logs would stay behind as well.',
  },
  {
    rule: /^AwsSolutions-SMG4$/,
    at: /Secret/,
    why: 'Whoever requests must be told the new value: a rotation by schedule would shut them out. Rotating is putting a new value; the one before goes on to be taken.',
  },
  {
    rule: /^AwsSolutions-IAM5\[Resource::arn:<AWS::Partition>:iam::\*:role\/<RolePath>EntityLockdown(Containment|Release)\]$/,
    at: /ResponderRole|ReleasePolicy/,
    why: 'The role of this name in each account is what it is for; aws:ResourceAccount narrows it to the accounts that were given.',
  },
  {
    rule: /^AwsSolutions-IAM5\[Resource::<LockdownLedger\w+\.Arn>\/ledger\/\*\]$/,
    at: /ResponderRole|ReleasePolicy/,
    why: 'The objects of the ledger, whose names are not known beforehand.',
  },
  {
    rule: /^AwsSolutions-IAM5\[Resource::.*:log-group:<LockdownLogs\w+>:log-stream:\*\]$/,
    at: /ResponderRole/,
    why: 'The streams of its own log group, whose names Lambda makes.',
  },
  {
    rule: /^AwsSolutions-IAM5\[Resource::(\*|arn:<AWS::Partition>:[\w-]+:.*)\]$/,
    at: /Member\/(Containment|Release)Role/,
    why: 'Which entity is contained is not known beforehand. These are the resources that the manifests of the plugins declare; policies.test.ts says what they allow and what not.',
  },
];

test('cdk-nag finds nothing that is not argued, and nothing is argued that it does not find', () => {
  const found = nagged();
  const without = found.filter(({ rule, at }) => !argued.some((each) => each.rule.test(rule) && each.at.test(at)));
  expect(without).toEqual([]);
  const vain = argued.filter((each) => !found.some(({ rule, at }) => each.rule.test(rule) && each.at.test(at)));
  expect(vain).toEqual([]);
});

interface Finding {
  readonly rule: string;
  readonly at: string;
}

interface Report {
  readonly pluginReports: readonly {
    readonly violations: readonly {
      readonly ruleName: string;
      readonly violatingConstructs: readonly { readonly constructPath: string }[];
    }[];
  }[];
}

function nagged(): readonly Finding[] {
  const outdir = mkdtempSync(join(tmpdir(), 'entity-lockdown-nag-'));
  try {
    const app = lockdownApp(manifests, noCode, outdir);
    Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
    expect(() => app.synth()).toThrow();
    const { pluginReports } = JSON.parse(readFileSync(join(outdir, 'validation-report.json'), 'utf8')) as Report;
    return pluginReports.flatMap(({ violations }) =>
      violations.flatMap(({ ruleName, violatingConstructs }) =>
        violatingConstructs.map(({ constructPath }) => ({ rule: ruleName, at: constructPath })),
      ),
    );
  } finally {
    rmSync(outdir, { recursive: true });
  }
}

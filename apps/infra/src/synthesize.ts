import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Manifest } from '@entity-lockdown/plugin-api';
import { App, Validations } from 'aws-cdk-lib';
import { MemberAccountStack } from './member-account-stack.ts';
import { SecurityAccountStack } from './security-account-stack.ts';

export interface Templates {
  readonly securityAccount: object;
  readonly memberAccount: object;
}

/** The templates for the plugins and the zip of a responder. */
export function synthesize(manifests: readonly Manifest[], codeSha256: string): Templates {
  const outdir = mkdtempSync(join(tmpdir(), 'entity-lockdown-synth-'));
  try {
    const assembly = lockdownApp(manifests, codeSha256, outdir).synth();
    return {
      securityAccount: assembly.getStackByName('entity-lockdown').template as object,
      memberAccount: assembly.getStackByName('entity-lockdown-member').template as object,
    };
  } finally {
    rmSync(outdir, { recursive: true });
  }
}

/** The app of the two stacks. What it is made into goes to `outdir`. */
export function lockdownApp(manifests: readonly Manifest[], codeSha256: string, outdir: string): App {
  const app = new App({ analyticsReporting: false, outdir });
  new SecurityAccountStack(app, 'entity-lockdown', { manifests, codeSha256 });
  new MemberAccountStack(app, 'entity-lockdown-member', manifests);
  Validations.of(app).acknowledge({
    id: 'CloudFormation-Validate::W1030',
    reason: 'Where a parameter has its default (no boundary, no lock), a condition leaves the property out.',
  });
  return app;
}

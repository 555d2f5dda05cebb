import { BootstraplessSynthesizer, type IStackSynthesizer } from 'aws-cdk-lib';

/** Templates that ask nothing of the account, no bootstrap stack either. */
export function withoutBootstrap(): IStackSynthesizer {
  // The class declares an optional property in a way that the strictest options of TypeScript tell from the interface's.
  return new BootstraplessSynthesizer() as IStackSynthesizer;
}

import { CfnParameter, type CfnParameterProps, type Stack } from 'aws-cdk-lib';

/** A parameter with the words that the console shows for it. */
interface Question extends CfnParameterProps {
  readonly label: string;
}

/** The parameters of a template, in the groups that the console shows them in. */
export class Questions {
  readonly #stack: Stack;
  readonly #groups: { readonly Label: { readonly default: string }; readonly Parameters: string[] }[] = [];
  readonly #labels: { [parameter: string]: { readonly default: string } } = {};

  constructor(stack: Stack) {
    this.#stack = stack;
    // https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-cloudformation-interface.html
    stack.templateOptions.metadata = {
      'AWS::CloudFormation::Interface': { ParameterGroups: this.#groups, ParameterLabels: this.#labels },
    };
  }

  group(title: string): void {
    this.#groups.push({ Label: { default: title }, Parameters: [] });
  }

  /** Asks in the last group. */
  ask(id: string, { label, ...props }: Question): CfnParameter {
    this.#groups.at(-1)?.Parameters.push(id);
    this.#labels[id] = { default: label };
    return new CfnParameter(this.#stack, id, props);
  }
}

/** As much of a template as tests look at. */
export interface Template {
  readonly Resources: { readonly [id: string]: Resource };
  readonly Parameters: { readonly [id: string]: Explained };
  readonly Outputs: { readonly [id: string]: Explained };
  readonly Rules?: object;
  readonly Metadata: {
    readonly 'AWS::CloudFormation::Interface': {
      readonly ParameterGroups: readonly { readonly Parameters: readonly string[] }[];
      readonly ParameterLabels: object;
    };
  };
}

interface Explained {
  readonly Description?: string;
  readonly AllowedPattern?: string;
}

export interface Resource {
  readonly Type: string;
  readonly DeletionPolicy?: string;
  readonly UpdateReplacePolicy?: string;
  readonly Properties: { readonly [name: string]: unknown };
}

/** Every action in a statement that allows, wherever it stands in a template. */
export function allowedActions(template: object): readonly string[] {
  const found = new Set<string>();
  visit(template);
  return [...found];

  function visit(value: unknown): void {
    if (typeof value !== 'object' || value === null) return;
    const { Effect, Action } = value as { readonly Effect?: unknown; readonly Action?: string | readonly string[] };
    if (Effect === 'Allow' && Action !== undefined) for (const action of [Action].flat()) found.add(action);
    for (const each of Object.values(value)) visit(each);
  }
}

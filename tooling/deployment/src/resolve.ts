/** Where and with which answers a template is made into a stack. */
export interface StackPlace {
  readonly partition: string;
  readonly account: string;
  readonly region: string;
  readonly parameters: { readonly [name: string]: string };
}

export interface ResolvedResource {
  readonly Type: string;
  readonly Properties: { readonly [name: string]: unknown };
}

interface Template {
  readonly Parameters: { readonly [name: string]: { readonly Type: string; readonly Default?: unknown } };
  readonly Conditions?: { readonly [name: string]: unknown };
  readonly Resources: {
    readonly [id: string]: { readonly Type: string; readonly Condition?: string; readonly Properties?: object };
  };
}

const left = Symbol('AWS::NoValue');

/**
 * The resources of a template with its functions filled in, so that its policies can be judged. A resource is named by its logical id:
 * its ARN, and what else it is referred to by, ends with it.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference.html
 */
export function resolveTemplate(given: object, place: StackPlace): { readonly [id: string]: ResolvedResource } {
  const template = given as Template;
  const { partition, account, region, parameters } = place;
  const pseudo: { readonly [name: string]: unknown } = {
    'AWS::Partition': partition,
    'AWS::AccountId': account,
    'AWS::Region': region,
    'AWS::URLSuffix': partition === 'aws-cn' ? 'amazonaws.com.cn' : 'amazonaws.com',
    'AWS::StackId': `arn:${partition}:cloudformation:${region}:${account}:stack/entity-lockdown/00000000-0000-4000-8000-000000000000`,
    'AWS::NoValue': left,
  };
  const functions: { readonly [name: string]: (argument: unknown) => unknown } = {
    Ref: (id) => reference(id as string),
    Condition: (condition) => holds(condition as string),
    'Fn::GetAtt': (of) => arnOf((of as readonly string[])[0] ?? ''),
    'Fn::If': (of) => {
      const [condition, one, other] = of as readonly [string, unknown, unknown];
      return value(holds(condition) ? one : other);
    },
    'Fn::Equals': (of) => {
      const [one, other] = value(of) as readonly unknown[];
      return one === other;
    },
    'Fn::Not': (of) => (value(of) as readonly unknown[])[0] !== true,
    'Fn::Join': (of) => {
      const [by, parts] = value(of) as readonly [string, readonly string[]];
      return parts.join(by);
    },
    'Fn::Split': (of) => {
      const [by, text] = value(of) as readonly [string, string];
      return text.split(by);
    },
    'Fn::Select': (of) => {
      const [at, list] = value(of) as readonly [number, readonly unknown[]];
      return list[Number(at)];
    },
  };
  const resolved = Object.entries(template.Resources)
    .filter(([, { Condition }]) => Condition === undefined || holds(Condition))
    .map(
      ([id, { Type, Properties }]) =>
        [id, { Type, Properties: value(Properties ?? {}) as ResolvedResource['Properties'] }] as const,
    );
  return Object.fromEntries(resolved);

  function holds(condition: string): boolean {
    return value(template.Conditions?.[condition]) === true;
  }

  function value(of: unknown): unknown {
    if (Array.isArray(of)) return of.map(value).filter((each) => each !== left);
    if (typeof of !== 'object' || of === null) return of;
    const [[name = '', argument] = [], ...more] = Object.entries(of);
    const made = more.length === 0 ? functions[name] : undefined;
    if (made !== undefined) return made(argument);
    return Object.fromEntries(
      Object.entries(of)
        .map(([key, each]) => [key, value(each)] as const)
        .filter(([, each]) => each !== left),
    );
  }

  function arnOf(id: string): string {
    const service = (template.Resources[id]?.Type ?? '').split('::')[1]?.toLowerCase();
    const { RoleName, Path = '/' } = value(template.Resources[id]?.Properties ?? {}) as { RoleName?: string; Path?: string };
    if (RoleName !== undefined) return `arn:${partition}:iam::${account}:role${Path}${RoleName}`;
    if (service === 's3') return `arn:${partition}:s3:::${id.toLowerCase()}`;
    if (service === 'lambda') return `arn:${partition}:lambda:${region}:${account}:function:${id}`;
    return `arn:${partition}:${service}:${region}:${account}:${id}`;
  }

  function reference(id: string): unknown {
    if (id in pseudo) return pseudo[id];
    const parameter = template.Parameters[id];
    if (parameter !== undefined) {
      const answer = parameters[id] ?? String(parameter.Default ?? '');
      return parameter.Type === 'CommaDelimitedList' ? answer.split(',') : answer;
    }
    const type = template.Resources[id]?.Type;
    if (type === 'AWS::SNS::Topic') return arnOf(id);
    if (type === 'AWS::SecretsManager::Secret') return `arn:${partition}:secretsmanager:${region}:${account}:secret:${id}`;
    return type === 'AWS::S3::Bucket' ? id.toLowerCase() : id;
  }
}

import type { Operations } from '@entity-lockdown/sandbox';
import { secretMark } from '../../../../packages/sandbox/src/secrets.ts';
import { plant } from './gathered.ts';

type Tables = { readonly [service: string]: Operations };

/** The sandbox's operations, with a secret in the environment of every function and in the user data of every instance that is made. */
export function planting(tables: Tables): Tables {
  return {
    ...tables,
    lambda: before(tables.lambda, 'CreateFunction', (input: { Environment?: { Variables?: { [name: string]: string } } }) => {
      const Variables = input.Environment?.Variables ?? { TOKEN: `${secretMark}-environment` };
      plant('environment', Object.values(Variables).join('\n'));
      return { ...input, Environment: { Variables } };
    }),
    ec2: before(tables.ec2, 'RunInstances', (input: { UserData?: string }) => {
      const UserData = input.UserData ?? Buffer.from(`${secretMark}-user-data`).toString('base64');
      plant('user data', UserData);
      return { ...input, UserData };
    }),
  };
}

function before<I>(table: Operations | undefined, name: string, change: (input: I) => I): Operations {
  const operation = table?.[name];
  if (operation === undefined) throw new Error(`the sandbox has no ${name} to plant secrets with`);
  return { ...table, [name]: { ...operation, run: (call, input: I) => operation.run(call, change(input)) } };
}

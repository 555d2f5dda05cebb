import { readFileSync } from 'node:fs';

const constant = /^const (\w+) = ("[^"\n]*");$/gm;

/**
 * The schemas of AWS's clients, with the keys of their objects spelled out: `{ [_eQN]: ... }` becomes `{ ["ec2QueryName"]: ... }`. A key
 * that is an expression might do something when it is evaluated, so esbuild keeps what has one, though nobody uses it: all of EC2's.
 * https://esbuild.github.io/api/#tree-shaking
 */
export const schemas = {
  name: 'schemas',
  setup(build) {
    build.onLoad({ filter: /client-[\w-]+[\\/]dist-es[\\/]schemas[\\/]schemas_\d+\.js$/ }, ({ path }) => {
      const source = readFileSync(path, 'utf8');
      const constants = new Map([...source.matchAll(constant)].map(([, name, value]) => [name, value]));
      return {
        contents: source.replaceAll(/\[(_\w+)\]:/g, (key, name) => (constants.has(name) ? `[${constants.get(name)}]:` : key)),
      };
    });
  },
};

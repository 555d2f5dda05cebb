import { isBuiltin } from 'node:module';

/**
 * Node.js's own modules, asked for as they are. An `import` of one asks for every property that it has, those too that load what nobody
 * uses: `node:http` has `WebSocket` and `fetch`, and a third of the start would go to them.
 * https://nodejs.org/api/process.html#processgetbuiltinmoduleid
 */
export const builtins = {
  name: 'builtins',
  setup(build) {
    build.onResolve({ filter: /^(node:)?[a-z][\w/]*$/ }, ({ path }) =>
      isBuiltin(path) ? { path, namespace: 'builtin', sideEffects: false } : undefined,
    );
    build.onLoad({ filter: /.*/, namespace: 'builtin' }, ({ path }) => ({
      contents: `module.exports = process.getBuiltinModule(${JSON.stringify(path)});`,
    }));
  },
};

/**
 * The credentials of the function's role, which Lambda puts into its environment. The other ways to come by some, from a user's files, a
 * single sign-on, a program or the instance, are not in the bundle: they were half of its files.
 * https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
 */
export const credentials = {
  name: 'credentials',
  setup(build) {
    build.onLoad({ filter: /credential-provider-node[\\/]dist-es[\\/]index\.js$/ }, () => ({
      contents: "export { fromEnv as defaultProvider } from '@aws-sdk/credential-provider-env';",
    }));
  },
};

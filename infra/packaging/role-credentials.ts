// Stands in for the SDK's chain of credential providers in the functions: a role's credentials are in the environment.

/**
 * Lambda puts the credentials of a function's role into its environment (Lambda developer guide, "Defined runtime
 * environment variables"). The SDK's own chain goes on to files, other processes, SSO and the network, which a function
 * has no business with, and it is a sixth of a bundle.
 */
export { fromEnv as defaultProvider } from '@aws-sdk/credential-provider-env';

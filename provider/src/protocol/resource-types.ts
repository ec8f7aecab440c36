/** The first part of the type tokens. The engine keeps it in every URN: it never changes. */
export const RESOURCE_MODULE = "pulumi-nodejs:dynamic/xtremepush";

/**
 * The type tokens and the provider strings that the engine keeps in the state of every resource: they never change.
 *
 * Each provider string loads the handlers by the name of this package, so that the installed version runs, whichever
 * version wrote the state.
 */
export const RESOURCE_TYPES = {
  apiClient: {
    token: `${RESOURCE_MODULE}:ApiClient`,
    provider: 'exports.handler = () => require("pulumi-xtremepush/dynamic").apiClient',
  },
  scopeGrant: {
    token: `${RESOURCE_MODULE}:ScopeGrant`,
    provider: 'exports.handler = () => require("pulumi-xtremepush/dynamic").scopeGrant',
  },
} as const;

/** The component of a client and its grant. */
export const INTEGRATION_TYPE = "xtremepush:index:Integration";

/** The package of every dynamic provider. */
export const PROVIDER_PACKAGE = "pulumi-nodejs";
export const PROVIDER_TYPE = "pulumi:providers:pulumi-nodejs";

/** The type of a stack's root resource. */
export const STACK_TYPE = "pulumi:pulumi:Stack";

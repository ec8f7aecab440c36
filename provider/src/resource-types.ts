/**
 * The type tokens and the texts that the engine keeps in the state of every resource: they never change.
 *
 * Each text loads the handlers by the name of this package, so that the code that runs is that of the installed
 * version, whatever version wrote the state.
 */
export const RESOURCE_TYPES = {
  apiClient: {
    token: "pulumi-nodejs:dynamic/xtremepush:ApiClient",
    provider: 'exports.handler = () => require("pulumi-xtremepush/dynamic").apiClient',
  },
  scopeGrant: {
    token: "pulumi-nodejs:dynamic/xtremepush:ScopeGrant",
    provider: 'exports.handler = () => require("pulumi-xtremepush/dynamic").scopeGrant',
  },
} as const;

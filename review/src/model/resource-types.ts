// In everybody's state: they never change.
export const CLIENT_TYPE = "pulumi-nodejs:dynamic/xtremepush:ApiClient";
export const GRANT_TYPE = "pulumi-nodejs:dynamic/xtremepush:ScopeGrant";

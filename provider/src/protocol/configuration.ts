/** The first part of each key in a stack's configuration. */
export const CONFIGURATION_NAMESPACE = "xtremepush";

/** The keys of the stack configuration and of the inputs of an explicit `Provider`. */
export const CONFIGURATION_KEYS = {
  endpoint: "xtremepush:endpoint",
  project: "xtremepush:project",
  token: "xtremepush:token",
  owner: "xtremepush:owner",
  /** Of an explicit `Provider` alone: the name of the environment variable with its token. */
  tokenVariable: "xtremepush:tokenVariable",
} as const;

/** A setting that is found in the stack configuration, else in the environment. */
export type SettingName = Exclude<keyof typeof CONFIGURATION_KEYS, "tokenVariable">;

/** The environment variables that are used where the stack configuration says nothing. */
export const ENVIRONMENT_VARIABLES = {
  endpoint: "XTREMEPUSH_ENDPOINT",
  project: "XTREMEPUSH_PROJECT",
  token: "XTREMEPUSH_TOKEN",
  owner: "XTREMEPUSH_OWNER",
} as const satisfies Record<SettingName, string>;

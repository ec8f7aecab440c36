/** The namespace of the keys in a stack's configuration. */
export const CONFIGURATION_NAMESPACE = "xtremepush";

/** The keys of the stack configuration and of the inputs of an explicit `Provider`. */
export const CONFIGURATION_KEYS = {
  endpoint: "xtremepush:endpoint",
  project: "xtremepush:project",
  token: "xtremepush:token",
  owner: "xtremepush:owner",
  /** Whether a run shows who gains and loses which permissions. */
  showAccess: "xtremepush:showAccess",
  /** Only for an explicit `Provider`: the name of the environment variable that holds its token. */
  tokenVariable: "xtremepush:tokenVariable",
} as const;

/** A setting in the stack configuration or the environment. */
export type SettingName = Exclude<keyof typeof CONFIGURATION_KEYS, "tokenVariable">;

/** The environment variables that apply when the stack configuration has no value. */
export const ENVIRONMENT_VARIABLES = {
  endpoint: "XTREMEPUSH_ENDPOINT",
  project: "XTREMEPUSH_PROJECT",
  token: "XTREMEPUSH_TOKEN",
  owner: "XTREMEPUSH_OWNER",
  showAccess: "XTREMEPUSH_SHOW_ACCESS",
} as const satisfies Record<SettingName, string>;

import { ENVIRONMENT_VARIABLES, type SettingName } from "pulumi-xtremepush/protocol";

/** The environment with these settings, as a user sets them; a setting that is left out is empty, which counts as not set. */
export function accessEnvironment(settings: Readonly<Partial<Record<SettingName, string>>>): Record<string, string> {
  return Object.fromEntries(
    // The names of a constant object are known.
    (Object.keys(ENVIRONMENT_VARIABLES) as SettingName[]).map((name) => [
      ENVIRONMENT_VARIABLES[name],
      settings[name] ?? "",
    ]),
  );
}

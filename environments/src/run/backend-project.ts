import { CONFIGURATION_KEYS, ENVIRONMENT_VARIABLES, type SettingName } from "pulumi-xtremepush/protocol";
import { AccessClient, ConflictError, NotFoundError, PermissionDeniedError } from "xtremepush-access";
import { quoted } from "xtremepush-access/text";
import type { StackConfiguration } from "xtremepush-access-review";
import { EnvironmentFailure, refusal } from "../environment-failure";

/** The address of a project, and the token that may use it. */
export interface ProjectAddress {
  readonly endpoint: string;
  readonly project: string;
  readonly token: string;
}

/**
 * Finds the project of a stack as the provider does: the configuration wins over the environment.
 *
 * @returns null when a part is not known here, such as a token that is a secret of the configuration.
 * @throws EnvironmentFailure when there is no token for a known project.
 */
export function projectAddressOf(
  { values, secretKeys }: StackConfiguration,
  environment: NodeJS.ProcessEnv,
): ProjectAddress | null {
  const settingOf = (name: SettingName) => {
    const key = CONFIGURATION_KEYS[name];
    if (secretKeys.includes(key)) return undefined;
    return values[key] || environment[ENVIRONMENT_VARIABLES[name]]?.trim() || undefined;
  };
  const [endpoint, project, token] = [settingOf("endpoint"), settingOf("project"), settingOf("token")];
  if (!endpoint || !project || secretKeys.includes(CONFIGURATION_KEYS.token)) return null;
  if (token) return { endpoint, project, token };
  throw refusal(
    `no token is set for the project ${quoted(project)}; set ${ENVIRONMENT_VARIABLES.token} to the token of an actor that may edit it`,
  );
}

/** The client of a project's backend. */
export function accessOf({ endpoint, token }: ProjectAddress): AccessClient {
  return new AccessClient({ endpoint, token, userAgent: "xtremepush-access-env" });
}

/**
 * Makes the project on the backend when it is missing.
 *
 * @returns whether it was made
 * @throws EnvironmentFailure when the token may not make it, AccessError when the backend cannot be asked.
 */
export async function ensureProject(address: ProjectAddress): Promise<boolean> {
  const { project } = address;
  const access = accessOf(address);
  try {
    await access.projects.get(project);
    return false;
  } catch (error) {
    if (!NotFoundError.is(error)) throw error;
  }
  try {
    await access.projects.create({ slug: project });
    return true;
  } catch (error) {
    // Another run has made it meanwhile.
    if (ConflictError.is(error)) return false;
    if (!PermissionDeniedError.is(error)) throw error;
    throw new EnvironmentFailure(
      `the project ${quoted(project)} does not exist, or this token may not see it; an admin makes it with \`xtremepush-access-backend project create ${project}\``,
    );
  }
}

import { CONFIGURATION_KEYS, ENVIRONMENT_VARIABLES, type SettingName } from "pulumi-xtremepush/protocol";
import {
  AccessClient,
  type AccessClientOptions,
  AccessError,
  ConflictError,
  NotFoundError,
  PermissionDeniedError,
  PIPELINE_VARIABLES,
  pipelineToken,
  warnBeforeTokenEnd,
} from "xtremepush-access";
import { quoted } from "xtremepush-access/text";
import type { StackConfiguration } from "xtremepush-access-review";
import { EnvironmentFailure, refusal } from "../environment-failure";
import { warnOnce } from "../warnings";

/** The address of a backend, and the token that may use it. */
export interface BackendAddress {
  readonly endpoint: string;
  readonly token: NonNullable<AccessClientOptions["token"]>;
}

/** The address of a project, and the token that may use it. */
export interface ProjectAddress extends BackendAddress {
  readonly project: string;
}

type Configuration = Pick<StackConfiguration, "values" | "secretKeys">;

/**
 * Finds the project of a stack as the provider does: the configuration wins over the environment.
 *
 * @returns null when a part is not known here, such as a token that is a secret of the configuration.
 * @throws EnvironmentFailure when there is no token for a known project.
 */
export function projectAddressOf(
  configuration: StackConfiguration,
  environment: NodeJS.ProcessEnv,
): ProjectAddress | null {
  const [endpoint, project] = [
    settingOf("endpoint", configuration, environment),
    settingOf("project", configuration, environment),
  ];
  if (!endpoint || !project || configuration.secretKeys.includes(CONFIGURATION_KEYS.token)) return null;
  const token = settingOf("token", configuration, environment) ?? pipelineTokenOf(endpoint, environment);
  if (token) return { endpoint, project, token };
  throw refusal(
    `no token is set for the project ${quoted(project)}; set ${ENVIRONMENT_VARIABLES.token} to the token of an actor that may edit it, or, in a pipeline, ${PIPELINE_VARIABLES.from} to github or gitlab`,
  );
}

/** Finds the backend of a stack in the same way; null when its address or the token is not known here. */
export function backendOf(configuration: Configuration, environment: NodeJS.ProcessEnv): BackendAddress | null {
  const endpoint = settingOf("endpoint", configuration, environment);
  if (!endpoint) return null;
  const token = settingOf("token", configuration, environment) ?? pipelineTokenOf(endpoint, environment);
  return token === undefined ? null : { endpoint, token };
}

function settingOf(
  name: SettingName,
  { values, secretKeys }: Configuration,
  environment: NodeJS.ProcessEnv,
): string | undefined {
  const key = CONFIGURATION_KEYS[name];
  if (secretKeys.includes(key)) return undefined;
  return values[key] || environment[ENVIRONMENT_VARIABLES[name]]?.trim() || undefined;
}

/** @throws EnvironmentFailure when the settings of the pipeline are not valid. */
function pipelineTokenOf(endpoint: string, environment: NodeJS.ProcessEnv) {
  try {
    return pipelineToken({ endpoint, environment });
  } catch (error) {
    if (AccessError.is(error)) throw refusal(error.detail);
    throw error;
  }
}

/** The client of a backend. */
export function accessOf({ endpoint, token }: BackendAddress): AccessClient {
  const onTokenEnd = warnBeforeTokenEnd(endpoint, warnOnce);
  return new AccessClient({ endpoint, token, userAgent: "xtremepush-access-env", onTokenEnd });
}

/** How long a run asks for the end of its token, in milliseconds. */
const TOKEN_END_MS = 5_000;

/** Warns of a token that ends soon, for a command that asks the backend for nothing itself. A pipeline's token is made for the run. */
export async function warnOfTokenEnd(configuration: Configuration, environment: NodeJS.ProcessEnv): Promise<void> {
  try {
    const backend = backendOf(configuration, environment);
    if (typeof backend?.token !== "string") return;
    await accessOf(backend).actors.own({ signal: AbortSignal.timeout(TOKEN_END_MS) });
  } catch (error) {
    // The command itself says what it cannot do.
    if (!(error instanceof EnvironmentFailure) && !AccessError.is(error)) throw error;
  }
}

/** Whether the backend says that it has no such project: also of one that the token may not see. */
export function isProjectMissing(error: unknown): boolean {
  return NotFoundError.is(error) && error.code === "project_not_found";
}

/** The failure of a command that needs the project, before it changes anything. */
export function missingProject(project: string): EnvironmentFailure {
  return new EnvironmentFailure(
    `the project ${quoted(project)} does not exist, or this token may not see it, so nothing is changed; check the project, and the token with \`xtremepush-access-env whoami\``,
  );
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

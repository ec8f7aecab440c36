import { type AccessClientOptions, AccessError, PIPELINE_VARIABLES, pipelineToken } from "xtremepush-access";
import { quoted } from "xtremepush-access/text";
import { CONFIGURATION_KEYS, ENVIRONMENT_VARIABLES, type SettingName, UNKNOWN } from "../../protocol";
import { Failure } from "./failure";

type Name = Exclude<SettingName, "owner" | "showAccess">;

/** Where each setting came from, for messages. */
export type Sources = Readonly<Record<Name, string>>;

/** How the source of a setting from an explicit `Provider` begins. */
export const PROVIDER_INPUT = "the Provider's";

/** How the source of a setting from the stack configuration begins. */
export const STACK_CONFIGURATION = "the stack configuration";

/** The backend and project of the provider, and its token, or what gives one for each call. */
export interface Settings extends Readonly<Record<Exclude<Name, "token">, string>> {
  readonly token: NonNullable<AccessClientOptions["token"]>;
  readonly sources: Sources;
}

/** Reads one key of the configuration that the engine hands to the provider's process. */
export type ConfigurationReader = (key: string) => unknown;

/**
 * Finds endpoint, project and token: for an explicit `Provider` in its inputs alone, otherwise in the stack configuration,
 * then in the environment.
 *
 * @returns null in a preview in which an input of the explicit `Provider` is not known yet.
 * @throws Failure that names what is missing and where to set it.
 */
export function readSettings(configured: ConfigurationReader, environment: NodeJS.ProcessEnv): Settings | null {
  if (configured(CONFIGURATION_KEYS.tokenVariable) !== undefined) return explicitSettings(configured, environment);
  const [endpoint, project] = [find("endpoint", configured, environment), find("project", configured, environment)];
  const token = findToken(endpoint.value, configured, environment);
  const sources = { endpoint: endpoint.source, project: project.source, token: token.source };
  return { endpoint: endpoint.value, project: project.value, token: token.value, sources };
}

/**
 * Reads whether the run shows who gains and loses which permissions. An explicit `Provider` has no such input, so there the
 * environment decides.
 *
 * @throws Failure when the setting is neither `true` nor `false`.
 */
export function readShowAccess(configured: ConfigurationReader, environment: NodeJS.ProcessEnv): boolean {
  const [key, variable] = [CONFIGURATION_KEYS.showAccess, ENVIRONMENT_VARIABLES.showAccess];
  const inConfiguration = textOf(configured(key));
  const value = inConfiguration ?? textOf(environment[variable]) ?? "true";
  if (value === "true" || value === "false") return value === "true";
  const source =
    inConfiguration === undefined ? `the environment variable ${variable}` : `${STACK_CONFIGURATION} ${key}`;
  throw new Failure(`${source} is ${quoted(value, 100)}: set true to show the changes of permissions, or false`);
}

/** A token of the configuration or the environment comes first; then a pipeline's own identity. */
function findToken(endpoint: string, configured: ConfigurationReader, environment: NodeJS.ProcessEnv) {
  const isSet = textOf(configured(CONFIGURATION_KEYS.token)) ?? textOf(environment[ENVIRONMENT_VARIABLES.token]);
  if (isSet !== undefined) return find("token", configured, environment);
  try {
    const value = pipelineToken({ endpoint, environment });
    if (value === undefined) return find("token", configured, environment);
    return { value, source: `the pipeline's ID token (${PIPELINE_VARIABLES.from})` };
  } catch (error) {
    if (AccessError.is(error)) throw new Failure(error.detail);
    throw error;
  }
}

function find(name: Name, configured: ConfigurationReader, environment: NodeJS.ProcessEnv) {
  const [key, variable] = [CONFIGURATION_KEYS[name], ENVIRONMENT_VARIABLES[name]];
  const inConfiguration = textOf(configured(key));
  if (inConfiguration !== undefined) return { value: inConfiguration, source: `${STACK_CONFIGURATION} ${key}` };
  const inEnvironment = textOf(environment[variable]);
  if (inEnvironment !== undefined) return { value: inEnvironment, source: `the environment variable ${variable}` };
  const secret = name === "token" ? " as a secret (--secret)" : "";
  throw new Failure(
    `no ${name} is set: set the environment variable ${variable} or the stack configuration ${key}${secret}, for example \`${EXAMPLES[name]}\``,
  );
}

const EXAMPLES: Readonly<Record<Name, string>> = {
  endpoint: `pulumi config set ${CONFIGURATION_KEYS.endpoint} http://127.0.0.1:8420`,
  project: `pulumi config set ${CONFIGURATION_KEYS.project} acme`,
  token: `read -rs ${ENVIRONMENT_VARIABLES.token} && export ${ENVIRONMENT_VARIABLES.token}`,
};

function explicitSettings(configured: ConfigurationReader, environment: NodeJS.ProcessEnv): Settings | null {
  const input = (name: "endpoint" | "project" | "tokenVariable"): string => {
    const found = textOf(configured(CONFIGURATION_KEYS[name]));
    if (found === undefined) throw new Failure(`the Provider has no ${name}: set it in the program`);
    return found;
  };
  const [endpoint, project, variable] = [input("endpoint"), input("project"), input("tokenVariable")];
  if ([endpoint, project, variable].includes(UNKNOWN)) return null;
  const token = textOf(environment[variable]);
  if (token === undefined) {
    throw new Failure(
      `the environment variable ${variable} is empty: set it to the actor token for ${endpoint} (the Provider names it as its tokenVariable)`,
    );
  }
  const sources = {
    endpoint: `${PROVIDER_INPUT} endpoint, in the program`,
    project: `${PROVIDER_INPUT} project, in the program`,
    token: `the environment variable ${variable}, which the Provider names`,
  };
  return { endpoint, project, token, sources };
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" && value.trim() !== "" ? value.trim() : undefined;
}

import { Failure } from "./failure";
import { UNKNOWN } from "./wire";

/** Where the provider works and as whom. */
export interface Settings {
  readonly endpoint: string;
  readonly project: string;
  readonly token: string;
  /** Where the token came from, for messages. */
  readonly tokenSource: string;
}

/** Reads one key of the configuration that the engine hands to the provider's process. */
export type ConfigurationReader = (key: string) => unknown;

/**
 * Finds endpoint, project and token: in the inputs of an explicit `Provider`, which fall back to nothing, else in the
 * stack configuration, else in the environment.
 *
 * @returns null in a preview in which an input of the explicit `Provider` is not known yet.
 * @throws Failure that names what is missing and where to set it.
 */
export function readSettings(configured: ConfigurationReader, environment: NodeJS.ProcessEnv): Settings | null {
  const tokenVariable = configured("xtremepush:tokenVariable");
  if (tokenVariable !== undefined) return explicitSettings(configured, environment);
  const value = (key: string, variable: string): string => {
    const found = textOf(configured(`xtremepush:${key}`)) ?? textOf(environment[variable]);
    if (found === undefined) throw missing(key, variable);
    return found;
  };
  const fromConfiguration = textOf(configured("xtremepush:token")) !== undefined;
  return {
    endpoint: value("endpoint", "XTREMEPUSH_ENDPOINT"),
    project: value("project", "XTREMEPUSH_PROJECT"),
    token: value("token", "XTREMEPUSH_TOKEN"),
    tokenSource: fromConfiguration
      ? "the stack configuration xtremepush:token"
      : "the environment variable XTREMEPUSH_TOKEN",
  };
}

function explicitSettings(configured: ConfigurationReader, environment: NodeJS.ProcessEnv): Settings | null {
  const [endpoint, project, tokenVariable] = ["endpoint", "project", "tokenVariable"].map((key) => {
    const found = textOf(configured(`xtremepush:${key}`));
    if (found === undefined) throw new Failure(`the Provider has no ${key}: give it one in the program`);
    return found;
  });
  if (endpoint === undefined || project === undefined || tokenVariable === undefined) return null;
  if ([endpoint, project, tokenVariable].includes(UNKNOWN)) return null;
  const token = textOf(environment[tokenVariable]);
  if (token === undefined) {
    throw new Failure(
      `the environment variable ${tokenVariable} is empty: set it to the actor token for ${endpoint} (the Provider names it as its tokenVariable)`,
    );
  }
  return { endpoint, project, token, tokenSource: `the environment variable ${tokenVariable}` };
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" && value.trim() !== "" ? value.trim() : undefined;
}

const EXAMPLES: Readonly<Record<string, string>> = {
  endpoint: "pulumi config set xtremepush:endpoint http://127.0.0.1:8420",
  project: "pulumi config set xtremepush:project acme",
  token: "read -rs XTREMEPUSH_TOKEN && export XTREMEPUSH_TOKEN",
};

function missing(key: string, variable: string): Failure {
  const secret = key === "token" ? " as a secret (--secret)" : "";
  return new Failure(
    `no ${key} is set: set the environment variable ${variable} or the stack configuration xtremepush:${key}${secret}, for example \`${EXAMPLES[key]}\``,
  );
}

import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { refusal } from "../environment-failure";
import { makeOwnFolder, ownPath } from "../own-folder";

/** The environment variables of Pulumi that choose a state or sign in to one. */
const CHOOSING = ["PULUMI_BACKEND_URL", "PULUMI_ACCESS_TOKEN"];

/** The folder of the state in the own folder of a program. */
const STATE = "state";

export interface StateBackend {
  /** The folder that holds the state, when nothing else is chosen; null for the state that the user is logged in to. */
  readonly folder: string | null;
  /** What Pulumi's commands get in addition to the environment. */
  readonly variables: Readonly<Record<string, string>>;
}

interface StateQuestion {
  /** The folder of Pulumi.yaml. */
  readonly folder: string;
  /** `backend.url` in Pulumi.yaml. */
  readonly declared: string | undefined;
  readonly environment: NodeJS.ProcessEnv;
}

/** Finds the state that Pulumi would use; a folder beside the program when nobody has chosen one. */
export async function findStateBackend({ folder, declared, environment }: StateQuestion): Promise<StateBackend> {
  const isChosen = declared !== undefined || CHOOSING.some((name) => environment[name]);
  if (isChosen || (await isLoggedIn(environment))) return { folder: null, variables: {} };
  const state = ownPath(folder, STATE);
  // Without `metadata=skip`, Pulumi writes a second file beside the state, and a kill in between leaves it empty: then no
  // command can read the state (attrs.go in fileblob of gocloud.dev).
  return { folder: state, variables: { PULUMI_BACKEND_URL: `${pathToFileURL(state).href}?metadata=skip` } };
}

/** Makes the folder of the state, if there is one, and keeps it out of git. */
export async function makeStateFolder({ folder }: StateBackend): Promise<void> {
  if (folder !== null) await makeOwnFolder(path.dirname(path.dirname(folder)), STATE);
}

/**
 * Checks that a new state can be encrypted.
 *
 * @throws EnvironmentFailure without a passphrase: Pulumi would say so only after the stack is made.
 */
export function assertPassphrase({ folder }: StateBackend, environment: NodeJS.ProcessEnv): void {
  const isGiven = ["PULUMI_CONFIG_PASSPHRASE", "PULUMI_CONFIG_PASSPHRASE_FILE"].some((name) => name in environment);
  if (folder === null || isGiven) return;
  throw refusal(
    `PULUMI_CONFIG_PASSPHRASE is not set: it encrypts the secrets in ${folder}; set it, or log in to another state with \`pulumi login\``,
  );
}

/** Whether somebody has run `pulumi login`. */
async function isLoggedIn(environment: NodeJS.ProcessEnv): Promise<boolean> {
  const home = environment["PULUMI_HOME"] || path.join(environment["HOME"] || homedir(), ".pulumi");
  const file = path.join(environment["PULUMI_CREDENTIALS_PATH"] || home, "credentials.json");
  const text = await readFile(file, "utf8").catch(() => null);
  return text !== null && /"current"\s*:\s*"[^"]/.test(text);
}

import {
  AccessClient,
  type AccessClientOptions,
  AuthenticationError,
  actorToken,
  ValidationError,
  warnBeforeTokenEnd,
} from "xtremepush-access";
import { StartFailure } from "../failures/start-failure";
import { TERMINAL } from "./output";

/** Makes the client of the backend that the environment names. No argument takes the token, because other users could see it. */
export function accessFromEnvironment(environment: NodeJS.ProcessEnv = process.env): AccessClient {
  const endpoint = environment["XTREMEPUSH_ENDPOINT"] || undefined;
  const token = endpoint === undefined ? environment["XTREMEPUSH_TOKEN"] || undefined : tokenIn(endpoint, environment);
  if (endpoint !== undefined && token !== undefined) return makeClient(endpoint, token);
  const missing = Object.entries({ XTREMEPUSH_ENDPOINT: endpoint, XTREMEPUSH_TOKEN: token }).flatMap(([name, value]) =>
    value === undefined ? [name] : [],
  );
  throw new StartFailure(
    `Not set: ${missing.join(" and ")}. This command needs XTREMEPUSH_ENDPOINT, the address that \`start\` prints, and ` +
      "XTREMEPUSH_TOKEN, an actor's token (in a pipeline, XTREMEPUSH_OIDC=github or gitlab gets one); the first admin's is in " +
      "the file admin-token of the data folder.",
    2,
  );
}

function tokenIn(endpoint: string, environment: NodeJS.ProcessEnv) {
  try {
    return actorToken({ endpoint, environment });
  } catch (error) {
    if (!AuthenticationError.is(error)) throw error;
    throw new StartFailure(`${error.detail}.`, 2);
  }
}

function makeClient(endpoint: string, token: AccessClientOptions["token"]): AccessClient {
  try {
    const onTokenEnd = warnBeforeTokenEnd(endpoint, (warning) => TERMINAL.err(`warning: ${warning}`));
    return new AccessClient({ endpoint, token, onTokenEnd });
  } catch (error) {
    if (!ValidationError.is(error)) throw error;
    const wrong = error.errors.some(({ field }) => field === "token") ? "XTREMEPUSH_TOKEN" : "XTREMEPUSH_ENDPOINT";
    throw new StartFailure(`${wrong} is not valid: ${error.detail}`, 2);
  }
}

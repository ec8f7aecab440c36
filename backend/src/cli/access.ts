import { AccessClient, ValidationError } from "xtremepush-access";
import { StartFailure } from "../failures/start-failure";

/** Makes the client of the backend that the environment names. No argument takes the token, because other users could see it. */
export function accessFromEnvironment(environment: NodeJS.ProcessEnv = process.env): AccessClient {
  const endpoint = environment["XTREMEPUSH_ENDPOINT"] || undefined;
  const token = environment["XTREMEPUSH_TOKEN"] || undefined;
  if (endpoint !== undefined && token !== undefined) return makeClient(endpoint, token);
  const missing = Object.entries({ XTREMEPUSH_ENDPOINT: endpoint, XTREMEPUSH_TOKEN: token }).flatMap(([name, value]) =>
    value === undefined ? [name] : [],
  );
  throw new StartFailure(
    `Not set: ${missing.join(" and ")}. This command needs XTREMEPUSH_ENDPOINT, the address that \`start\` prints, and ` +
      "XTREMEPUSH_TOKEN, an actor's token; the first admin's is in the file admin-token of the data folder.",
    2,
  );
}

function makeClient(endpoint: string, token: string): AccessClient {
  try {
    return new AccessClient({ endpoint, token });
  } catch (error) {
    if (!ValidationError.is(error)) throw error;
    const wrong = error.errors.some(({ field }) => field === "token") ? "XTREMEPUSH_TOKEN" : "XTREMEPUSH_ENDPOINT";
    throw new StartFailure(`${wrong} is not valid: ${error.detail}`, 2);
  }
}

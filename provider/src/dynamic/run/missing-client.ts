import { clientLabel, word } from "xtremepush-access/text";
import { Failure } from "./failure";
import { goneAsNull } from "./gone";
import type { Connection } from "./session";
import type { Properties } from "./wire";

/**
 * Why the engine reads a resource. Source: `ReadStep`, `RefreshStep` and `ImportStep` of the engine 3.259.0.
 *
 * - `refresh`: the engine sends the outputs of the state. A missing resource leaves the state.
 * - `get`: a program reads what it does not manage, and the engine sends only `__provider`. A missing resource is an error.
 *
 * An import never arrives here: without `__provider` the engine finds no handlers, and an import file with outputs is not
 * read.
 */
type Purpose = "refresh" | "get";

/** Tells from what the engine sent why it reads; every state has its project and its backend. */
export function purposeOf({ project, backendId }: Properties): Purpose {
  return project === undefined && backendId === undefined ? "get" : "refresh";
}

/** Explains that a client to read does not exist, or was deleted. */
export async function missingFailure(connection: Connection, id: string): Promise<Failure> {
  const { access, project, sources } = connection;
  const deleted = await access.clients.get(project, id, { state: "any" }).catch(goneAsNull);
  if (deleted !== null) {
    return new Failure(
      `${clientLabel(deleted)} was deleted at ${deleted.deletedTime}: restore it with \`xtremepush-access-backend client restore ${word(id)} --project ${word(project)}\`, or do not read it`,
    );
  }
  return new Failure(
    `there is no client ${word(id)} in project ${word(project)}: check the client ID, the project (it came from ${sources.project}) and the endpoint (it came from ${sources.endpoint}); for another project or backend, set the option provider`,
  );
}

import { databaseFailureOf, isFailure, sqlStateOf } from "../database/failures";
import { StartFailure } from "../failures/start-failure";

/** Words a failure of the server of DATABASE_URL as one sentence, without the address, which contains the password. */
export function databaseFailure(error: unknown): unknown {
  const failure = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const advice = adviceFor(failure);
  if (advice === null) return error;
  const code = sqlStateOf(failure) ?? (isFailure(failure, "silent", "unreachable") ? "no answer in time" : null);
  return new StartFailure(`${advice}${code === null ? "" : ` (${code})`}.`);
}

function adviceFor(failure: unknown): string | null {
  // They mean something else at a start than in a request.
  const special = ADVICE.get(sqlStateOf(failure) ?? "");
  if (special !== undefined) return special;
  const known = databaseFailureOf(failure);
  if (known !== null) return known.advice;
  if (isFileFailure(failure)) {
    return `The file ${failure.path} that DATABASE_URL names cannot be read: check sslrootcert, sslcert and sslkey`;
  }
  return null;
}

const ADVICE: ReadonlyMap<string, string> = new Map([
  ["42501", "The user of DATABASE_URL may not make tables: migrate with another role, as docs/backend.md shows"],
  [
    "3F000",
    "The search_path of the user of DATABASE_URL leads to no schema: make the schema, or set the path with alter role",
  ],
]);

function isFileFailure(failure: unknown): failure is Error & { readonly path: string } {
  return failure instanceof Error && "path" in failure && "syscall" in failure && failure.syscall !== "connect";
}

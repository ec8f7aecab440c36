import { databaseFailureOf, sqlStateOf } from "../database/failures";
import { StartFailure } from "../failures/start-failure";

/** A failure of the server of DATABASE_URL as one sentence, without the address, which holds the password. */
export function databaseFailure(error: unknown): unknown {
  const failure = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const advice = adviceFor(failure);
  return advice === null ? error : new StartFailure(`${advice} (${sqlStateOf(failure) ?? "no answer in time"}).`);
}

function adviceFor(failure: unknown): string | null {
  const known = databaseFailureOf(failure);
  if (known !== null) return known.advice;
  if (sqlStateOf(failure) === "42501") {
    return "The user of DATABASE_URL may not make tables: migrate with another role, as docs/backend.md shows";
  }
  return null;
}

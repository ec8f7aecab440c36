import { sqlStateOf } from "../database/transaction";
import { isUnavailable, isUnreachable } from "../database/unavailable";
import { StartFailure } from "../failures/start-failure";

/** A failure of the server of DATABASE_URL as one sentence, without the address, which holds the password. */
export function databaseFailure(error: unknown): unknown {
  const failure = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const advice = adviceFor(failure);
  return advice === null ? error : new StartFailure(`${advice} (${sqlStateOf(failure) ?? "no answer in time"}).`);
}

function adviceFor(failure: unknown): string | null {
  if (isUnreachable(failure)) {
    return "The PostgreSQL server of DATABASE_URL cannot be reached: check that it runs and that its host and port are right";
  }
  if (isUnavailable(failure)) {
    return "The PostgreSQL server of DATABASE_URL has too much to do, or does not take changes: try again when it does";
  }
  const code = sqlStateOf(failure) ?? "";
  if (code.startsWith("28"))
    return "The PostgreSQL server of DATABASE_URL refuses the user: check its name and password";
  if (code === "3D000") return "The database of DATABASE_URL does not exist: make it with createdb";
  if (code === "42501")
    return "The user of DATABASE_URL may not make tables: migrate with another role, as docs/backend.md shows";
  if (/CERT|SSL|TLS/.test(code)) return "The certificate of the PostgreSQL server of DATABASE_URL is not trusted";
  return null;
}

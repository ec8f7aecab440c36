import { StartFailure } from "./start-failure";

const UNREACHABLE: ReadonlySet<string> = new Set([
  "ECONNREFUSED",
  "ENOTFOUND",
  "EAI_AGAIN",
  "ETIMEDOUT",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ECONNRESET",
]);
// The driver gives these no code.
const UNREACHABLE_MESSAGE = /timeout|Connection terminated/i;

/** A failure of the server of DATABASE_URL as one sentence, without the address, which holds the password. */
export function databaseFailure(error: unknown): unknown {
  const failure = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  if (!(failure instanceof Error)) return error;
  const code = "code" in failure && typeof failure.code === "string" ? failure.code : null;
  const advice = adviceFor(code, failure.message);
  return advice === null ? error : new StartFailure(`${advice} (${code ?? "no answer in time"}).`);
}

function adviceFor(code: string | null, message: string): string | null {
  if (code === null && !UNREACHABLE_MESSAGE.test(message)) return null;
  if (code === null || UNREACHABLE.has(code) || code.startsWith("08") || code.startsWith("57P")) {
    return "The PostgreSQL server of DATABASE_URL cannot be reached: check that it runs and that its host and port are right";
  }
  if (code.startsWith("28"))
    return "The PostgreSQL server of DATABASE_URL refuses the user: check its name and password";
  if (code === "3D000") return "The database of DATABASE_URL does not exist: make it with createdb";
  if (code === "42501")
    return "The user of DATABASE_URL may not make tables: migrate with another role, as docs/backend.md shows";
  if (/CERT|SSL|TLS/.test(code)) return "The certificate of the PostgreSQL server of DATABASE_URL is not trusted";
  return null;
}

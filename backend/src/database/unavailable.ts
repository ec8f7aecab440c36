import { sqlStateOf } from "./transaction";

/** Says whether an error means that the database cannot be reached, is overloaded or stopping. */
export function isUnavailable(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code = sqlStateOf(error);
  if (code !== undefined && (NETWORK_CODES.has(code) || STATES.test(code))) return true;
  return MESSAGES.some((message) => error.message.includes(message));
}

const NETWORK_CODES: ReadonlySet<string> = new Set([
  "ECONNREFUSED",
  "ECONNRESET",
  "EPIPE",
  "ETIMEDOUT",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ENOTFOUND",
  "EAI_AGAIN",
]);

// Connection exceptions, insufficient resources, operator intervention (a stop, a statement over its time), a lock not
// got in time, a server that has become a standby, a transaction that lost every race:
// https://www.postgresql.org/docs/current/errcodes-appendix.html
const STATES = /^(08...|53...|57...|55P03|25P03|25006|40001|40P01)$/;

// node-postgres and PGlite give these errors no code.
const MESSAGES = [
  "timeout exceeded when trying to connect",
  "Connection terminated",
  "Query read timeout",
  "Client has encountered a connection error",
  "Cannot use a pool after calling end on the pool",
  "PGlite is closed",
];

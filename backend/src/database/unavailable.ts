import { sqlStateOf } from "./transaction";

/** Says whether an error means that the database cannot be reached, is overloaded or stopping. */
export function isUnavailable(error: unknown): boolean {
  return isUnreachable(error) || isBusy(error);
}

/** Says whether an error means that no server answers, or one that starts or stops. */
export function isUnreachable(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code = sqlStateOf(error) ?? "";
  return NETWORK_CODES.has(code) || UNREACHABLE.test(code) || MESSAGES.some((text) => error.message.includes(text));
}

function isBusy(error: unknown): boolean {
  return error instanceof Error && BUSY.test(sqlStateOf(error) ?? "");
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

// https://www.postgresql.org/docs/current/errcodes-appendix.html
/** Connection exceptions, and a server that starts or stops. */
const UNREACHABLE = /^(08...|57P..)$/;
/**
 * Insufficient resources, other interventions of an operator (a statement over its time), a lock not got in time, an idle
 * transaction cut, a server that has become a standby, a transaction that lost every race.
 */
const BUSY = /^(53...|57...|55P03|25P03|25006|40001|40P01)$/;

// node-postgres and PGlite give these errors no code.
const MESSAGES = [
  "timeout exceeded when trying to connect",
  "timeout expired",
  "Connection terminated",
  "Query read timeout",
  "Client has encountered a connection error",
  "Cannot use a pool after calling end on the pool",
  "PGlite is closed",
];

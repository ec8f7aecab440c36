import { DiskFullError } from "./disk-space";

/** What a failure of the database means: for the caller of a request, and for the operator. */
interface DatabaseFailure {
  /** What the caller reads; it reveals nothing internal. */
  readonly detail: string;
  /** What the operator must do, without a period, because the code follows. */
  readonly advice: string;
  /** Whether it lasts until the operator acts. */
  readonly needsOperator: boolean;
}

interface KnownFailure extends DatabaseFailure {
  readonly name: string;
  /** SQLSTATE (https://www.postgresql.org/docs/current/errcodes-appendix.html) or a code of Node.js. */
  readonly code: RegExp;
  /** For errors of node-postgres, PGlite, Kysely or a pooler without a code, or with a code that many failures share. */
  readonly words: RegExp;
}

const SERVER = "The PostgreSQL server of DATABASE_URL";
const LATER = "try again in a few seconds";
const NOTHING = /(?!)/;
const REFUSES = `the database refuses the backend, whose log says what its operator must do; ${LATER}`;

/** The first match counts. */
const FAILURES = [
  {
    name: "startup-parameter",
    code: NOTHING,
    words: /unsupported startup parameter/,
    detail: REFUSES,
    advice:
      "The pooler of DATABASE_URL takes no `options` and no timeouts in the address: take them out of DATABASE_URL",
    needsOperator: true,
  },
  {
    name: "statement-pooling",
    code: NOTHING,
    words: /transaction blocks not allowed in statement pooling mode/i,
    detail: REFUSES,
    advice: "The pooler of DATABASE_URL pools by statement: set pool_mode to transaction or session for this database",
    needsOperator: true,
  },
  {
    name: "pooler-refuses",
    code: NOTHING,
    words: /no such (user|database)|password authentication failed|SASL authentication failed|auth failed/i,
    detail: REFUSES,
    advice: `${SERVER} refuses the user: check its name and password`,
    needsOperator: true,
  },
  {
    name: "no-password",
    code: NOTHING,
    words: /client password must be a/,
    detail: REFUSES,
    advice: `${SERVER} asks for a password: give it in DATABASE_URL, in PGPASSWORD or in the file of PGPASSFILE`,
    needsOperator: true,
  },
  {
    name: "no-tls",
    code: NOTHING,
    words: /server does not support SSL connections/,
    detail: REFUSES,
    advice: `${SERVER} has no TLS, and sslmode wants it: turn it on there, or set sslmode=disable on a network that you trust`,
    needsOperator: true,
  },
  {
    name: "certificate-time",
    code: /^CERT_(HAS_EXPIRED|NOT_YET_VALID)$/,
    words: NOTHING,
    detail: REFUSES,
    advice:
      "The certificate of the PostgreSQL server, or of its authority, has expired or is not valid yet: renew it, or set the clock of this machine",
    needsOperator: true,
  },
  {
    name: "certificate",
    code: /CERT|SSL|TLS|^UNABLE_TO_|^EPROTO$|^CRL_|^HOSTNAME_MISMATCH$/,
    words: NOTHING,
    detail: REFUSES,
    advice:
      "The certificate of the PostgreSQL server is not trusted: name its authority's certificate with sslrootcert=FILE in " +
      "DATABASE_URL, and the host as the certificate names it",
    needsOperator: true,
  },
  {
    name: "login",
    code: /^28...$/,
    words: NOTHING,
    detail: REFUSES,
    advice: `${SERVER} refuses the user: check its name and password`,
    needsOperator: true,
  },
  {
    name: "no-database",
    code: /^3D000$/,
    words: NOTHING,
    detail: REFUSES,
    advice: "The database of DATABASE_URL does not exist: make it with createdb",
    needsOperator: true,
  },
  {
    name: "no-privilege",
    code: /^42501$/,
    words: NOTHING,
    detail: REFUSES,
    advice: "The user of DATABASE_URL lacks a privilege on the tables: grant what docs/backend.md shows",
    needsOperator: true,
  },
  {
    name: "disk-full",
    code: /^(53100|ENOSPC|EDQUOT)$/,
    words: NOTHING,
    detail: "the disk of the database is full: changes work when its operator has freed space",
    advice: "The disk of the database is full: free space there",
    needsOperator: true,
  },
  {
    name: "too-many-files",
    code: /^E[MN]FILE$/,
    words: NOTHING,
    detail: `the backend has too many files and connections open; ${LATER}`,
    advice: "The backend may open no more files and connections: raise the limit with ulimit -n",
    needsOperator: true,
  },
  {
    name: "silent",
    code: NOTHING,
    words: /^Query read timeout/,
    detail: `the database does not answer; ${LATER}`,
    advice: `${SERVER} cannot be reached: check that it runs and that its host and port are right`,
    needsOperator: false,
  },
  {
    name: "unreachable",
    code: /^(08...|57P..|E(CONN(REFUSED|RESET|ABORTED)|PIPE|TIMEDOUT|(HOST|NET)(UNREACH|DOWN)|NETRESET|NOTFOUND|AI_AGAIN|ADDRNOTAVAIL)|ERR_STREAM_\w+)$/,
    words:
      /timeout exceeded when trying to connect|timeout expired|Connection terminated|connection error and is not queryable|was closed and is not queryable|has been discarded|after calling end on the pool|already been destroyed|PGlite is closed|not currently accepting connections/,
    detail: `the database does not answer; ${LATER}`,
    advice: `${SERVER} cannot be reached: check that it runs and that its host and port are right`,
    needsOperator: false,
  },
  {
    name: "read-only",
    code: /^25006$/,
    words: NOTHING,
    detail: `the database takes no changes at the moment; ${LATER}`,
    advice: `${SERVER} has too much to do, or does not take changes: try again when it does`,
    needsOperator: false,
  },
  {
    name: "full",
    code: /^53300$/,
    words: NOTHING,
    detail: `the database has no connection left for the backend; ${LATER}`,
    advice: `${SERVER} has too much to do, or does not take changes: try again when it does`,
    needsOperator: false,
  },
  {
    name: "race",
    code: /^(40001|40P01)$/,
    words: NOTHING,
    detail: `too many requests change the same thing at the moment; ${LATER}`,
    advice: `${SERVER} has too much to do, or does not take changes: try again when it does`,
    needsOperator: false,
  },
  {
    name: "listings-busy",
    code: NOTHING,
    words: /^too many listings run/,
    detail: `too many listings run at the moment; ${LATER}`,
    advice: "More listings are asked for than the database answers: look for a caller that asks too often",
    needsOperator: false,
  },
  {
    name: "listing-too-long",
    code: NOTHING,
    words: /^the listing took too long/,
    detail:
      "the listing took longer than 5 seconds: ask for less of it, with its filters or a shorter time, or try again later",
    advice: "A listing took longer than 5 seconds: see which one in the log",
    needsOperator: false,
  },
  {
    name: "busy",
    // Insufficient resources, an operator's intervention (also a statement timeout), a lock timeout, an idle transaction
    // that the server ended.
    code: /^(53...|57...|55P03|25P0[34])$/,
    words: NOTHING,
    detail: `the database has too much to do; ${LATER}`,
    advice: `${SERVER} has too much to do, or does not take changes: try again when it does`,
    needsOperator: false,
  },
] as const satisfies readonly KnownFailure[];
const UNREACHABLE = FAILURES.find(({ name }) => name === "unreachable") ?? null;
type FailureName = (typeof FAILURES)[number]["name"];

/** Finds the database failure that an error is; null for any other error. */
export function databaseFailureOf(error: unknown): (DatabaseFailure & { readonly name: FailureName }) | null {
  if (!(error instanceof Error)) return null;
  const code = sqlStateOf(error) ?? "";
  const failure = FAILURES.find((known) => known.code.test(code) || known.words.test(error.message)) ?? null;
  // A socket in a folder fails with ENOENT or EACCES, which mean something else for files.
  if (failure === null && "syscall" in error && error.syscall === "connect") return UNREACHABLE;
  // It knows how much space there is.
  return failure !== null && error instanceof DiskFullError ? { ...failure, detail: error.message } : failure;
}

/** Checks whether an error is one of these failures. */
export function isFailure(error: unknown, ...names: readonly FailureName[]): boolean {
  const failure = databaseFailureOf(error);
  return failure !== null && names.includes(failure.name);
}

/** The five characters with which PostgreSQL reports what went wrong. */
export function sqlStateOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !("code" in error)) return undefined;
  return typeof error.code === "string" ? error.code : undefined;
}

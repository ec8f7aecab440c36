import type { z } from "zod";
import { ClientDeleteQuery, ClientReadQuery, type ClientState } from "../schemas/client";
import { ValidationError } from "./errors";

/** The last argument of every method. */
export interface CallOptions {
  /** Aborts the call, even while it waits in the queue or for a retry. */
  readonly signal?: AbortSignal | undefined;
  /**
   * The maximum time of one attempt, in milliseconds.
   * @default the client's `timeoutMs`
   */
  readonly timeoutMs?: number | undefined;
}

/** Options of reads that can also find deleted clients. */
export interface ReadOptions extends CallOptions {
  /**
   * Whether to find live clients, deleted clients that can be restored, or both.
   * @default "live"
   */
  readonly state?: ClientState | undefined;
}

/** @throws ValidationError for an unknown state. */
export function stateQuery(options: ReadOptions | undefined): Readonly<Record<string, unknown>> {
  return options?.state === undefined ? {} : parseInput("state", ClientReadQuery, { state: options.state });
}

/** Options of writes to an existing resource: the revision they start from, so that no other change is lost. */
export interface WriteOptions extends CallOptions {
  /**
   * The revision that you read. If the resource has another one by now, the call rejects with RevisionMismatchError.
   */
  readonly ifMatch: number;
}

/** Options of the delete of a client, which also ends its permissions. */
export interface DeleteOptions extends WriteOptions {
  /**
   * The start of the owners whose permissions the delete may end. The call rejects with ConflictError if the client has
   * permissions with another owner. Permissions without an owner do not count.
   * @default any owner
   */
  readonly grantOwnerPrefix?: string | undefined;
}

/** @throws ValidationError for a prefix that is not valid. */
export function deleteQuery({ grantOwnerPrefix }: DeleteOptions): Readonly<Record<string, unknown>> {
  return grantOwnerPrefix === undefined ? {} : parseInput("clients.delete", ClientDeleteQuery, { grantOwnerPrefix });
}

/**
 * Runs when a write starts; the function that it returns runs when the write has ended, before the caller continues.
 */
export type WriteListener = () => () => void;

/** How the caller authenticates. */
export type Authorization =
  | { readonly kind: "token" }
  | { readonly kind: "none" }
  | { readonly kind: "basic"; readonly user: string; readonly password: string };

/** One call of the API, before its address and headers are built. */
export interface Call<Schema extends z.ZodType | null> {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** The segments of the path, not encoded yet. */
  readonly path: readonly string[];
  readonly query?: Readonly<Record<string, unknown>>;
  readonly json?: unknown;
  readonly form?: Readonly<Record<string, string>>;
  /** The schema of the answer; null when it has no body. */
  readonly answer: Schema;
  /** Whether it is safe to send the request again after a lost answer. */
  readonly repeatable: boolean;
  /** @default the actor's token */
  readonly authorization?: Authorization;
  readonly options?: Partial<WriteOptions> | undefined;
}

/**
 * Reads a request's input strictly.
 *
 * @throws ValidationError with every field that is not valid; it repeats no value except an unknown permission.
 */
export function parseInput<Schema extends z.ZodType>(
  operation: string,
  schema: Schema,
  input: unknown,
): z.output<Schema> {
  const read = schema.safeParse(input);
  if (read.success) return read.data;
  const errors = read.error.issues.map(({ path, message }) => ({ field: path.join("."), message }));
  const detail = errors.map(({ field, message }) => (field === "" ? message : `${field}: ${message}`)).join("; ");
  throw new ValidationError(`${operation}: ${detail}`, { code: "validation_failed", detail, errors });
}

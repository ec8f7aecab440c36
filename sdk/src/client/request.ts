import type { z } from "zod";
import { ClientReadQuery, type ClientState } from "../schemas/client";
import { ValidationError } from "./errors";

/** What every method takes last. */
export interface CallOptions {
  /** Ends the call, also while it waits for its turn or for another attempt. */
  readonly signal?: AbortSignal | undefined;
  /**
   * The longest time of one attempt, in milliseconds.
   * @default the client's own
   */
  readonly timeoutMs?: number | undefined;
}

/** For reads that can find what was deleted. */
export interface ReadOptions extends CallOptions {
  /**
   * Whether a deleted client that can be restored is found.
   * @default "live"
   */
  readonly state?: ClientState | undefined;
}

/** The query of a read. @throws ValidationError for a state that there is not. */
export function stateQuery(options: ReadOptions | undefined): Readonly<Record<string, unknown>> {
  return options?.state === undefined ? {} : parseInput("state", ClientReadQuery, { state: options.state });
}

/** For writes to what exists: they name the revision they start from, so that nobody's change is lost. */
export interface WriteOptions extends CallOptions {
  /** The revision that the change was made from; another one in the backend is a RevisionMismatchError. */
  readonly ifMatch: number;
}

/** Called as a write begins; what it returns is called when the write has ended, before its caller continues. */
export type WriteListener = () => () => void;

/** How the caller shows who it is. */
export type Authorization =
  | { readonly kind: "token" }
  | { readonly kind: "none" }
  | { readonly kind: "basic"; readonly user: string; readonly password: string };

/** One call of the API, before its address and headers are made. */
export interface Call<Schema extends z.ZodType | null> {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** The parts of the path; they are encoded when the address is made. */
  readonly path: readonly string[];
  readonly query?: Readonly<Record<string, unknown>>;
  readonly json?: unknown;
  readonly form?: Readonly<Record<string, string>>;
  /** Reads the answer; null where the answer has no body. */
  readonly answer: Schema;
  /** Whether the request may be sent again when its answer was lost. */
  readonly repeatable: boolean;
  /** @default the actor's token */
  readonly authorization?: Authorization;
  readonly options?: Partial<WriteOptions> | undefined;
}

/**
 * Reads a request's input strictly.
 *
 * @throws ValidationError with every field that does not fit; it repeats no value but an unknown permission's.
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

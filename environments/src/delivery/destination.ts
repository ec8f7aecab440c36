/** The fields of a credential, by name: `clientSecret`, or `value` of an output. */
export type Values = Readonly<Record<string, string>>;

/**
 * What a destination holds: these values, others, or nothing. `unknown` is a destination that cannot be read, such as the
 * standard input of a command.
 */
export type Held = "current" | "stale" | "missing" | "unknown";

/** What became of a removal: `left` is what may still be there, because this token cannot see its place. */
export type Removal = "removed" | "left";

/**
 * A place where a credential is delivered. Each method may be called again at any time, and a second call changes nothing.
 * No value is ever an argument of a process, part of an error or of a log.
 */
export interface Destination {
  /** What it is: `dotenv`. */
  readonly kind: string;
  /** Where it is, for people: `.env.dev`. */
  readonly place: string;
  /**
   * Checks that it can be written, and what it holds. Without values, which are known only after the program has run, it is
   * `unknown` whether they are there. For a removal, a place that does not exist is as good as one that can be written.
   *
   * @throws EnvironmentFailure when it cannot be written.
   */
  check(values: Values | null, isRemoval?: boolean): Promise<Held>;
  /** @throws EnvironmentFailure when it cannot be written. */
  deliver(values: Values): Promise<void>;
  /**
   * Takes the credential away; nothing else.
   *
   * @returns `left` when it has found nothing, and does not see the place where that should be
   * @throws EnvironmentFailure when it cannot be written.
   */
  remove(): Promise<Removal>;
}

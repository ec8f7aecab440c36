import type { InputValue } from "./input-value";

/** A resource that a program has registered. */
export interface Registration {
  readonly urn: string;
  readonly type: string;
  /** Other URNs under which the engine may know it. */
  readonly aliases: readonly string[];
  /** `<URN>::<id>` of its explicit provider; empty without one. */
  readonly provider: string;
  readonly inputs: Readonly<Record<string, InputValue>>;
  /** The URNs of the resources that each input was made of. */
  readonly dependencies: ReadonlyMap<string, readonly string[]>;
  /** The paths of the inputs whose changes the engine ignores. */
  readonly ignoreChanges: readonly string[];
  /** Whether the engine only forgets it when it leaves the program: `retainOnDelete`, its own or that of a parent. */
  readonly retained: boolean;
  /** Where it is written: `<file>:<line>`. */
  readonly source: string | null;
}

import type { EngineOptions } from "../../model/manifest";
import type { InputValue } from "./input-value";

export interface Registration {
  readonly urn: string;
  readonly type: string;
  /** Other URNs that the engine may know it by. */
  readonly aliases: readonly string[];
  /** `<URN>::<id>` of its explicit provider; empty without one. */
  readonly provider: string;
  readonly inputs: Readonly<Record<string, InputValue>>;
  /** The URNs of the resources that each input depends on. */
  readonly dependencies: ReadonlyMap<string, readonly string[]>;
  /** The paths of the inputs whose changes the engine ignores. */
  readonly ignoreChanges: readonly string[];
  /** Its own options and those that it inherits from its parents. */
  readonly options: EngineOptions;
  /** `<file>:<line>` of the code that declares it. */
  readonly source: string | null;
}

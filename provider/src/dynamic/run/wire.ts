/**
 * The messages between the Pulumi engine and a dynamic provider's process, as plain values.
 *
 * Source: `@pulumi/pulumi/cmd/dynamic-provider` and the engine's RPC encoding.
 */

/** Resolved inputs or outputs of a resource; an input that the engine does not know yet is UNKNOWN. */
export type Properties = Record<string, unknown>;

/** Checks for a map of properties, which a list is not. */
export function isProperties(value: unknown): value is Properties {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export interface CheckFailure {
  /** Always empty: with a property name, the engine would print the property's raw value. */
  readonly property: "";
  readonly reason: string;
}

export interface CheckResult {
  readonly inputs: Properties;
  readonly failures: CheckFailure[];
}

/**
 * With `changes: undefined` the engine compares the inputs and prints only the keys that changed; `true` is for a change
 * that is not in the inputs.
 */
export interface DiffResult {
  readonly changes: boolean | undefined;
  readonly replaces?: string[];
}

export interface ReadResult {
  /** Empty when the resource is gone. */
  readonly id: string;
  readonly props?: Properties;
  readonly inputs?: Properties;
}

/** The handlers of one resource type, as the dynamic provider's process calls them. */
export interface Handler {
  configure(request: { config: { get(key: string): unknown } }): Promise<void>;
  check(olds: Properties, news: Properties): Promise<CheckResult>;
  diff(id: string, olds: Properties, news: Properties): Promise<DiffResult>;
  create(inputs: Properties): Promise<{ id: string; outs: Properties }>;
  read(id: string, props: Properties): Promise<ReadResult>;
  update(id: string, olds: Properties, news: Properties): Promise<{ outs: Properties }>;
  delete(id: string, props: Properties): Promise<void>;
}

/**
 * What travels between the Pulumi engine and a dynamic provider's process, as plain values.
 *
 * Source: `@pulumi/pulumi/cmd/dynamic-provider` and the engine's RPC encoding.
 */

/** Resolved inputs or outputs of a resource; an input that the engine does not know yet is {@link UNKNOWN}. */
export type Properties = Record<string, unknown>;

/** Stands for a value that is not known before the update runs; a whole unknown map is this text, too. */
export const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

const SIGNATURE = "4dabf18193072939515e22adb298388d";
const SECRET = "1b47061264138c4ac30d75fd1eb44270";

/** Marks an output as secret, so that the engine encrypts it in the state. */
export function secret(value: string | null): unknown {
  return value === null ? null : { [SIGNATURE]: SECRET, value };
}

export interface CheckFailure {
  /** Always empty: with a property's name the engine prints its raw value. */
  readonly property: "";
  readonly reason: string;
}

export interface CheckResult {
  readonly inputs: Properties;
  readonly failures: CheckFailure[];
}

/** `changes: undefined` lets the engine compare the inputs, and print the keys that changed and no others. */
export interface DiffResult {
  readonly changes: false | undefined;
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

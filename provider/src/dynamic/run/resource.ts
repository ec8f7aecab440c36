import type { z } from "zod";
import { sendable } from "./answer";
import type { Declared } from "./declared-owner";
import { Failure, PartialFailure } from "./failure";
import { memoryIn, placeIn } from "./location";
import { missingFailure, purposeOf } from "./missing-client";
import type { Connection, Session } from "./session";
import type { CheckResult, DiffResult, Handler, Properties } from "./wire";

/** The state of an existing resource, and what the program now declares. */
export interface Change<Inputs, State> {
  readonly id: string;
  readonly olds: State;
  readonly news: Inputs;
}

/** An existing resource and its state. */
export interface Existing<State> {
  readonly id: string;
  readonly state: State;
}

/**
 * What the handlers of a resource do, on typed values.
 *
 * Inputs in `check` and `diff` may hold the mark UNKNOWN; those in `create` and `update` are known.
 */
export interface Lifecycle<Inputs, State> {
  /** Checks what the program declares; `before` is null for a new resource. */
  check(before: Partial<Inputs> | null, declared: Declared): Promise<CheckResult>;
  diff(change: Change<Inputs, State>): Promise<DiffResult>;
  create(connection: Connection, inputs: Inputs): Promise<{ id: string; outs: Properties }>;
  /** Returns null when the resource is gone. The state may be incomplete; a read completes it. */
  read(connection: Connection, existing: Existing<Partial<State>>): Promise<Found | null>;
  /** Returns all outputs, because the engine keeps no others. */
  update(connection: Connection, change: Change<Inputs, State>): Promise<Properties>;
  delete(connection: Connection, existing: Existing<State>): Promise<void>;
}

/** What a read found. */
interface Found {
  readonly props: Properties;
  /** The inputs that declare the live state. */
  readonly inputs: Properties;
}

/** A type of resource. */
export interface Resource<Inputs, State> {
  /** The name of the resource in messages: `the state of client xpc_…`. */
  readonly noun: string;
  readonly inputs: Readable<Inputs>;
  readonly state: Readable<State>;
  readonly lifecycle: (session: Session) => Lifecycle<Inputs, State>;
}

/** The schema of an object, and of each of its fields. */
type Readable<Value> = z.ZodType<Value> & { readonly shape: Readonly<Record<string, z.ZodType>> };

type Located = { readonly project: string; readonly backendId: string };

/** Returns the handlers of a resource in the form that the dynamic provider's process calls. */
export function handlerOf<Inputs, State extends Located>(session: Session, resource: Resource<Inputs, State>): Handler {
  const lifecycle = resource.lifecycle(session);
  const stateOf = (id: string, properties: Properties) => readState(resource, id, properties);
  const inputsOf = (properties: Properties) => readInputs(resource, properties);
  return {
    async configure({ config }) {
      session.configure((key) => config.get(key));
    },

    async check(olds, news) {
      const before = Object.keys(olds).length === 0 ? null : readFields(resource.inputs, olds);
      const { inputs, failures } = await lifecycle.check(before, session.readDeclared(news));
      return { inputs: sendable(inputs), failures };
    },

    async diff(id, olds, news) {
      await session.verify(memoryIn(olds));
      return lifecycle.diff({ id, olds: stateOf(id, olds), news: inputsOf(news) });
    },

    create: (inputs) =>
      session.use({}, async (connection) => {
        const { id, outs } = await lifecycle.create(connection, inputsOf(inputs));
        return { id, outs: sendable(outs) };
      }),

    read: (id, props) =>
      session.use(placeIn(props), async (connection) => {
        const found = await lifecycle.read(connection, { id, state: readFields(resource.state, props) });
        if (found === null && purposeOf(props) === "get") throw await missingFailure(connection, id);
        if (found === null) return { id: "" };
        return { id, props: sendable(found.props), inputs: sendable(found.inputs) };
      }),

    update: (id, olds, news) =>
      session.use(memoryIn(olds), async (connection) => ({
        outs: sendable(
          await lifecycle
            .update(connection, { id, olds: stateOf(id, olds), news: inputsOf(news) })
            .catch((error: unknown) => throwPartly(error, id, news)),
        ),
      })),

    delete: (id, props) =>
      session.use(memoryIn(props), (connection) => lifecycle.delete(connection, { id, state: stateOf(id, props) })),
  };
}

/** Adds what the engine needs to keep the outputs of a failed update. Source: `grpcResponseFromError` of the SDK. */
function throwPartly(error: unknown, id: string, { __provider }: Properties): never {
  if (!(error instanceof PartialFailure)) throw error;
  const properties = sendable({ ...error.outs, __provider });
  throw Object.assign(error, { id, properties, reasons: [error.message] });
}

function readState<State>(
  { noun, state }: Pick<Resource<unknown, State>, "noun" | "state">,
  id: string,
  properties: Properties,
): State {
  const read = state.safeParse(properties);
  if (read.success) return read.data;
  throw new Failure(
    `the state of ${noun} ${id} cannot be read: ${problemsOf(read.error)}. Run \`pulumi refresh\`, which reads it from the backend again`,
  );
}

function readInputs<Inputs>(
  { noun, inputs }: Pick<Resource<Inputs, unknown>, "noun" | "inputs">,
  properties: Properties,
): Inputs {
  const read = inputs.safeParse(properties);
  if (read.success) return read.data;
  throw new Failure(
    `the inputs of a ${noun} cannot be read: ${problemsOf(read.error)}. Run \`pulumi up\` again, which checks them first`,
  );
}

/** Names each field and never its value, which may be a secret. */
function problemsOf({ issues }: z.ZodError): string {
  return issues.map(({ path, message }) => `${path.join(".")}: ${message}`).join("; ");
}

/** Reads the valid fields and leaves out the others. */
function readFields<Value>({ shape }: Readable<Value>, properties: Properties): Partial<Value> {
  const fields = Object.entries(shape).flatMap(([name, field]) => {
    const read = field.safeParse(properties[name]);
    return name in properties && read.success ? [[name, read.data] as const] : [];
  });
  // The field's own schema has parsed each value.
  return Object.fromEntries(fields) as Partial<Value>;
}

import type { z } from "zod";
import { Failure } from "./failure";
import type { Connection, Session } from "./session";
import type { CheckResult, DiffResult, Handler, Properties, ReadResult } from "./wire";

/** What a program declares, next to the state of a resource that is there. */
export interface Change<Inputs, State> {
  readonly id: string;
  readonly olds: State;
  readonly news: Inputs;
}

/** A resource that is there, by its state. */
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
  /** Takes the inputs as the program gave them; `before` is null for a resource that is to be created. */
  check(before: Partial<Inputs> | null, given: Properties): Promise<CheckResult>;
  diff(change: Change<Inputs, State>): Promise<DiffResult>;
  create(connection: Connection, inputs: Inputs): Promise<{ id: string; outs: Properties }>;
  /** Null when the resource is gone. What a state does not tell, a read finds out. */
  read(connection: Connection, existing: Existing<Partial<State>>): Promise<Omit<ReadResult, "id"> | null>;
  /** Answers the outputs: every one of them, because the engine keeps no others. */
  update(connection: Connection, change: Change<Inputs, State>): Promise<Properties>;
  delete(connection: Connection, existing: Existing<State>): Promise<void>;
}

/** A type of resource. */
export interface Resource<Inputs, State> {
  /** What it is of, for messages: `the state of client xpc_…`. */
  readonly noun: string;
  readonly inputs: Readable<Inputs>;
  readonly state: Readable<State>;
  readonly lifecycle: (session: Session) => Lifecycle<Inputs, State>;
}

/** The schema of an object, and of each of its fields. */
type Readable<Value> = z.ZodType<Value> & { readonly shape: Readonly<Record<string, z.ZodType>> };

type Located = { readonly project: string; readonly backendId: string };

/** Answers the handlers of a resource, as the dynamic provider's process calls them. */
export function handlerOf<Inputs, State extends Located>(session: Session, resource: Resource<Inputs, State>): Handler {
  const lifecycle = resource.lifecycle(session);
  const stateOf = (id: string, properties: Properties) => readState(resource, id, properties);
  const inputsOf = (properties: Properties) => readInputs(resource, properties);
  return {
    async configure({ config }) {
      session.configure((key) => config.get(key));
    },

    async check(olds, news) {
      return lifecycle.check(Object.keys(olds).length === 0 ? null : readFields(resource.inputs, olds), news);
    },

    async diff(id, olds, news) {
      await session.verify(locationIn(olds));
      return lifecycle.diff({ id, olds: stateOf(id, olds), news: inputsOf(news) });
    },

    create: (inputs) => session.use({}, (connection) => lifecycle.create(connection, inputsOf(inputs))),

    read: (id, props) =>
      session.use(locationIn(props), async (connection) => {
        const found = await lifecycle.read(connection, { id, state: readFields(resource.state, props) });
        return found === null ? { id: "" } : { id, ...found };
      }),

    update: (id, olds, news) =>
      session.use(locationIn(olds), async (connection) => ({
        outs: await lifecycle.update(connection, { id, olds: stateOf(id, olds), news: inputsOf(news) }),
      })),

    delete: (id, props) =>
      session.use(locationIn(props), (connection) => lifecycle.delete(connection, { id, state: stateOf(id, props) })),
  };
}

function locationIn({ project, backendId }: Properties): Partial<Located> {
  return {
    ...(typeof project === "string" && { project }),
    ...(typeof backendId === "string" && { backendId }),
  };
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

/** The fields that can be read; the others are left out. */
function readFields<Value>({ shape }: Readable<Value>, properties: Properties): Partial<Value> {
  const fields = Object.entries(shape).flatMap(([name, field]) => {
    const read = field.safeParse(properties[name]);
    return name in properties && read.success ? [[name, read.data] as const] : [];
  });
  // Each field is read by the schema of its own.
  return Object.fromEntries(fields) as Partial<Value>;
}

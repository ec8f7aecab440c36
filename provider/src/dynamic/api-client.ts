import { type Client, ConflictError, Description, Name, RevisionMismatchError } from "xtremepush-access";
import { conflictFailure } from "./conflict";
import { Failure } from "./failure";
import { goneAsNull } from "./gone";
import { checkInputs } from "./inputs";
import { isForeign, ownerBefore } from "./ownership";
import type { Connection, Home, Session } from "./session";
import { type Handler, type Properties, secret, UNKNOWN } from "./wire";

/** The handlers of `ApiClient`: its id is the client ID. */
export function apiClientHandler(session: Session): Handler {
  return {
    async configure({ config }) {
      session.configure((key) => config.get(key));
    },

    async check(_olds, news) {
      const { inputs, reasons } = normalize(news);
      const allowed = ["name", "description", "managedBy"];
      return checkInputs(session, { inputs, allowed, reasons });
    },

    async diff(_id, olds, news) {
      await session.verify(olds);
      const equal = FIELDS.every((field) => (olds[field] ?? null) === (news[field] ?? null));
      return equal ? { changes: false } : { changes: undefined };
    },

    create: (inputs) =>
      session.use({}, async (connection) => {
        const { access, project } = connection;
        const declared = declarationOf(inputs);
        const created = await access.clients.create(project, { ...declared, secretVersion: 1 }).catch((error) => {
          throw ConflictError.is(error) ? conflictFailure(error, declared) : error;
        });
        if (created.takenOver) await session.warn(takenOverMessage(created));
        return {
          id: created.id,
          outs: { ...outputs(connection, created, created.clientSecret), owner: declared.managedBy },
        };
      }),

    read: (id, props) =>
      session.use(props, async (connection) => {
        const live = await connection.access.clients.get(connection.project, id).catch(goneAsNull);
        if (live === null) return { id: "" };
        return {
          id,
          inputs: inputsOf(live),
          props: { ...outputs(connection, live, secretOf(props)), owner: ownerBefore(props, live) },
        };
      }),

    update: (id, olds, news) =>
      session.use(olds, async (connection) => {
        const declared = declarationOf(news);
        const live = await patch(connection, { id, declared, revision: Number(olds["revision"]) });
        return { outs: { ...outputs(connection, live, secretOf(olds)), owner: declared.managedBy } };
      }),

    delete: (id, props) =>
      session.use(props, async (connection) => {
        const left = await remove(connection, id, props);
        if (left !== null) await session.warn(leftAloneMessage(left));
      }),
  };
}

const FIELDS = ["name", "description", "managedBy"] as const;

/** What the program declares of a client. */
interface Declaration {
  readonly name: string;
  readonly description: string | null;
  readonly managedBy: string | null;
}

/** Gives the inputs the form that the backend stores, so that a blank more or less is no change. */
function normalize(news: Properties): { inputs: Properties; reasons: string[] } {
  const { description, ...inputs } = news;
  const reasons: string[] = [];
  const name = Name.safeParse(news["name"] ?? "");
  if (news["name"] !== UNKNOWN) {
    if (name.success) inputs["name"] = name.data;
    else reasons.push(`name: ${name.error.issues[0]?.message}`);
  }
  const text = Description.safeParse(description ?? null);
  if (description === UNKNOWN) inputs["description"] = description;
  else if (!text.success) reasons.push(`description: ${text.error.issues[0]?.message}`);
  else if (text.data !== null) inputs["description"] = text.data;
  return { inputs, reasons };
}

function declarationOf(inputs: Properties): Declaration {
  const { name, description, managedBy } = inputs;
  return { name: String(name), description: textOrNull(description), managedBy: textOrNull(managedBy) };
}

function textOrNull(value: unknown): string | null {
  return typeof value === "string" ? value : null;
}

function secretOf(state: Properties): string | null {
  return textOrNull(state["clientSecret"]);
}

interface Change {
  readonly id: string;
  readonly declared: Declaration;
  readonly revision: number;
}

/** Changes a client. A mismatch of revisions heals when the live state is what is declared: an own, interrupted write. */
async function patch({ access, project }: Connection, { id, declared, revision }: Change): Promise<Client> {
  try {
    return await access.clients.update(project, id, declared, { ifMatch: revision });
  } catch (error) {
    if (!RevisionMismatchError.is(error)) throw error;
    const live = await access.clients.get(project, id);
    const lines = FIELDS.filter((field) => live[field] !== declared[field]).map(
      (field) => `  ${field}: ${JSON.stringify(live[field])} -> ${JSON.stringify(declared[field])}`,
    );
    if (lines.length === 0) return live;
    throw new Failure([changedMeanwhile(live, revision), "from live to declared:", ...lines, REFRESH].join("\n"));
  }
}

/**
 * Deletes a client; one that is gone is no error, and one that another owner has taken over is left alone.
 *
 * @returns the client that was left alone; null when there is none any more.
 */
async function remove({ access, project }: Connection, id: string, props: Properties): Promise<Client | null> {
  const revision = Number(props["revision"]);
  try {
    if (isForeign(textOrNull(props["managedBy"]), props)) {
      const live = await access.clients.get(project, id).catch(goneAsNull);
      if (live === null || isForeign(live.managedBy, props)) return live;
    }
    await access.clients.delete(project, id, { ifMatch: revision }).catch(goneAsNull);
    return null;
  } catch (error) {
    if (!RevisionMismatchError.is(error)) throw error;
    const live = await access.clients.get(project, id).catch(goneAsNull);
    if (live === null) return null;
    if (isForeign(live.managedBy, props)) return live;
    throw new Failure(`${changedMeanwhile(live, revision)}; it is not deleted\n${REFRESH}`);
  }
}

function takenOverMessage({ id, name }: Client): string {
  return `client ${id} (${JSON.stringify(name)}) was there already, made by an earlier attempt of this program that was interrupted: it is taken over, with a new secret`;
}

function leftAloneMessage({ id, name, managedBy }: Client): string {
  return `client ${id} (${JSON.stringify(name)}) is not deleted: it is now managed by ${managedBy}`;
}

const REFRESH = "run `pulumi refresh` to take the live state into account, then try again";

function changedMeanwhile({ id, name, updatedBy, updatedTime, revision }: Client, seen: number): string {
  return `client ${id} (${JSON.stringify(name)}) was changed by ${updatedBy} at ${updatedTime} (revision ${seen} -> ${revision})`;
}

/** The inputs with which a program would have declared the live client. */
export function inputsOf({ name, description, managedBy }: Client): Properties {
  return {
    name,
    ...(description === null ? {} : { description }),
    ...(managedBy === null ? {} : { managedBy }),
  };
}

/** The outputs that every operation answers, but for the owner. */
export function outputs({ project, backendId }: Home, client: Client, clientSecret: string | null): Properties {
  const { id, name, description, managedBy, revision, createdBy, createdTime, updatedBy, updatedTime } = client;
  return {
    name,
    description,
    managedBy,
    clientId: id,
    clientSecret: secret(clientSecret),
    project,
    backendId,
    revision,
    createdBy,
    createdTime,
    updatedBy,
    updatedTime,
  };
}

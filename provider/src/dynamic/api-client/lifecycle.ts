import { type Client, ConflictError, RevisionMismatchError } from "xtremepush-access";
import { RESTORE_DAYS } from "xtremepush-access/schemas";
import { clientLabel, quoted, word } from "xtremepush-access/text";
import { UNKNOWN } from "../../protocol";
import { checkInputs } from "../run/check";
import { Failure } from "../run/failure";
import { goneAsNull } from "../run/gone";
import { historyLines } from "../run/history";
import { assertNotTaken, isForeign, ownerBefore, textOrNull } from "../run/ownership";
import type { Connection, Session } from "../run/session";
import type { Handler, Properties } from "../run/wire";
import { adoptable, adoptClient } from "./adoption";
import { conflictFailure } from "./conflict";
import { CLIENT_INPUTS, type Declaration, declarationOf, isFromBeforeVersions, knownOf, normalize } from "./inputs";
import { assertRotatable, staleSecretMessage, versionOf } from "./rotation";
import { heldSecret, inputsOf, outputs, sameKeys } from "./state";
import { mismatchSentence, REFRESH, type ReplacedSecret, updateClient } from "./update";

/** The handlers of `ApiClient`: its id is the client ID. */
export function apiClientHandler(session: Session): Handler {
  const warned = new Set<string>();
  return {
    async configure({ config }) {
      session.configure((key) => config.get(key));
    },

    async check(olds, news) {
      const { inputs, reasons, warnings } = normalize(olds, news);
      const id = adoptedBy(olds, inputs);
      const compare = async (connection: Connection) => {
        if (id !== null) await adoptable(connection, { id, declared: knownOf(inputs) });
      };
      const checked = await checkInputs(session, { inputs, allowed: CLIENT_INPUTS, reasons, compare });
      for (const warning of warnings.filter((sentence) => !warned.has(sentence))) {
        warned.add(warning);
        await session.warn(warning);
      }
      return checked;
    },

    async diff(id, olds, news) {
      await session.verify(olds);
      assertSameClient(id, news["adopt"]);
      const rotates = news["secretVersion"] !== UNKNOWN && versionOf(news) !== versionOf(olds);
      if (rotates) await assertNewVersion(session, id, { olds, news });
      return isSame(olds, news) ? { changes: false } : { changes: undefined };
    },

    create: (inputs) => session.use({}, (connection) => create(session, connection, inputs)),

    read: (id, props) =>
      session.use(props, async (connection) => {
        const live = await connection.reads.client(id).catch(goneAsNull);
        return live === null ? { id: "" } : read(session, connection, { live, props });
      }),

    update: (id, olds, news) => session.use(olds, (connection) => update(session, connection, { id, olds, news })),

    delete: (id, props) => session.use(props, (connection) => remove(session, connection, { id, props })),
  };
}

/** Only what is to be created is adopted; the input may stay afterwards, and says nothing then. */
function adoptedBy(olds: Properties, { adopt }: Properties): string | null {
  return Object.keys(olds).length > 0 || adopt === UNKNOWN ? null : textOrNull(adopt);
}

/** A resource that manages a client cannot take over another one in its place: that would orphan the first. */
function assertSameClient(id: string, adopt: unknown): void {
  if (typeof adopt !== "string" || adopt === UNKNOWN || adopt === id) return;
  throw new Failure(
    `this resource manages client ${word(id)}, so it cannot adopt ${word(adopt)}: remove adopt, or declare another resource for ${word(adopt)}`,
  );
}

interface Plan {
  readonly olds: Properties;
  readonly news: Properties;
}

async function assertNewVersion(session: Session, id: string, { olds, news }: Plan): Promise<void> {
  if ((await session.connect()) === null) return;
  await session.use(olds, async ({ access, project }) => {
    const live = await access.clients.get(project, id).catch(goneAsNull);
    // A client that is gone is the update's to tell.
    if (live === null) return;
    assertRotatable(live, {
      version: versionOf(news),
      before: versionOf(olds),
      overlap: textOrNull(news["secretOverlap"]),
      now: new Date(),
    });
  });
}

/** `adopt` has done its work once there is a state. */
function isSame(olds: Properties, news: Properties): boolean {
  const texts = ["name", "description", "managedBy", "secretOverlap"];
  if (texts.some((field) => (olds[field] ?? null) !== (news[field] ?? null))) return false;
  if (news["secretVersion"] === UNKNOWN || versionOf(olds) !== versionOf(news)) return false;
  return news["publicKeys"] !== UNKNOWN && sameKeys(olds["publicKeys"], news["publicKeys"]);
}

async function create(session: Session, connection: Connection, inputs: Properties) {
  const declared = declarationOf(inputs);
  const { managedBy: owner, secretOverlap } = declared;
  const adopt = textOrNull(inputs["adopt"]);
  const { client, clientSecret } =
    adopt === null ? await make(session, connection, declared) : await take(session, connection, { adopt, declared });
  const held = { clientSecret, version: client.secretVersion };
  return { id: client.id, outs: { ...outputs(connection, client, held), secretOverlap, owner } };
}

interface NewClient {
  readonly client: Client;
  readonly clientSecret: string | null;
}

async function make(session: Session, connection: Connection, declared: Declaration): Promise<NewClient> {
  const { access, project, reads } = connection;
  const { secretOverlap: _, ...fields } = declared;
  const client = await access.clients.create(project, fields).catch((error) => {
    throw ConflictError.is(error) ? conflictFailure(error, declared) : error;
  });
  if (client.takenOver) await session.warn(takenOverMessage(client));
  else reads.rememberMade(client.id);
  return { client, clientSecret: client.clientSecret };
}

interface Taking {
  readonly adopt: string;
  readonly declared: Declaration;
}

async function take(session: Session, connection: Connection, { adopt, declared }: Taking): Promise<NewClient> {
  const { client, deletedTime } = await adoptClient(connection, adopt, declared);
  if (deletedTime !== null) await session.warn(restoredMessage(client, deletedTime));
  return { client, clientSecret: null };
}

interface Reading {
  readonly live: Client;
  readonly props: Properties;
}

async function read(session: Session, connection: Connection, { live, props }: Reading) {
  const held = heldSecret(props, live);
  const stale = held.clientSecret === null ? null : staleSecretMessage(live, held.version);
  if (stale !== null) {
    const span = { client: live.id, target: "client", seen: Number(props["revision"]), live: live.revision } as const;
    const history = span.live > span.seen ? await historyLines(connection, span) : [];
    await session.warn([stale, ...history].join("\n"));
  }
  const secretOverlap = textOrNull(props["secretOverlap"]);
  const { secretVersion: _, ...fields } = inputsOf(live);
  const isUntold = isFromBeforeVersions(props) && held.version === 1;
  const secretVersion = isUntold ? {} : { secretVersion: held.version };
  const inputs = { ...fields, ...secretVersion, ...(secretOverlap !== null && { secretOverlap }) };
  return {
    id: live.id,
    inputs,
    props: { ...outputs(connection, live, held), secretOverlap, owner: ownerBefore(props, live) },
  };
}

interface Change extends Plan {
  readonly id: string;
}

async function update(session: Session, connection: Connection, { id, olds, news }: Change) {
  assertNotTaken("client", { olds, news });
  const declared = declarationOf(news);
  const { managedBy: owner, secretOverlap, secretVersion } = declared;
  const { client, replaced } = await updateClient(connection, { id, olds, declared });
  if (replaced !== null) await session.warn(replacedMessage(client, replaced));
  const before = heldSecret(olds, client);
  const clientSecret = secretVersion === 0 ? null : (client.clientSecret ?? before.clientSecret);
  const version = client.clientSecret === null && secretVersion !== 0 ? before.version : client.secretVersion;
  return { outs: { ...outputs(connection, client, { clientSecret, version }), secretOverlap, owner } };
}

interface Removal {
  readonly id: string;
  readonly props: Properties;
}

/** Deletes a client; one that is gone is no error, and one that another owner has taken over is left alone. */
async function remove(session: Session, connection: Connection, { id, props }: Removal): Promise<void> {
  const { access, project } = connection;
  const revision = Number(props["revision"]);
  try {
    if (isForeign(textOrNull(props["managedBy"]), props)) {
      const live = await access.clients.get(project, id).catch(goneAsNull);
      if (live === null) return;
      if (isForeign(live.managedBy, props)) return await session.warn(leftAloneMessage(live));
    }
    const last =
      (await access.clients.delete(project, id, { ifMatch: revision }).catch(goneAsNull)) ??
      (await lately(connection, id));
    if (last !== null && wasInUse(last)) await session.warn(inUseMessage(last, project));
  } catch (error) {
    if (!RevisionMismatchError.is(error)) throw error;
    const live = await access.clients.get(project, id).catch(goneAsNull);
    if (live === null) return;
    if (isForeign(live.managedBy, props)) return await session.warn(leftAloneMessage(live));
    const history = await historyLines(connection, {
      client: id,
      target: "client",
      seen: revision,
      live: live.revision,
    });
    throw new Failure([`${mismatchSentence(live, revision)}; it is not deleted`, ...history, REFRESH].join("\n"));
  }
}

/** A client that is gone: deleted in this moment when the answer was lost, or by an earlier attempt. */
async function lately({ access, project }: Connection, id: string): Promise<Client | null> {
  const client = await access.clients.get(project, id, { state: "any" }).catch(goneAsNull);
  const isRecent = client?.deletedTime && Date.now() - Date.parse(client.deletedTime) < DAY_MS;
  return isRecent ? client : null;
}

const DAY_MS = 24 * 60 * 60 * 1_000;

function wasInUse({ lastUsedTime, deletedTime }: Client): boolean {
  return lastUsedTime !== null && Date.parse(deletedTime ?? lastUsedTime) - Date.parse(lastUsedTime) < DAY_MS;
}

function inUseMessage({ id, name, lastUsedTime, deletedTime }: Client, project: string): string {
  const end = new Date(Date.parse(deletedTime ?? "") + RESTORE_DAYS * DAY_MS).toISOString();
  return `${clientLabel({ id, name })} is deleted, and was in use: last at ${lastUsedTime}; until ${end} it can be restored, with \`xtremepush-access-backend client restore ${word(id)} --project ${word(project)}\` or adopt: ${quoted(id)}`;
}

function takenOverMessage({ id, name }: Client): string {
  return `${clientLabel({ id, name })} was there already, made by an earlier attempt of this program that was interrupted: it is taken over, with a new secret`;
}

function restoredMessage({ id, name, secretVersion }: Client, deletedTime: string): string {
  return `${clientLabel({ id, name })} was deleted at ${deletedTime} and is restored with its permissions; its secrets and keys stay dead: declare secretVersion: ${secretVersion + 1} for a new secret`;
}

function replacedMessage(client: Client, { actor, createdTime }: ReplacedSecret): string {
  const { id, name, secretVersion, updatedBy } = client;
  const isOwn = actor === updatedBy;
  return [
    `secret version ${secretVersion} of ${clientLabel({ id, name })} was made by ${word(actor ?? "somebody")} at ${createdTime}`,
    isOwn ? ", by an earlier attempt that was interrupted, and was never used" : " and was never used",
    ": a fresh one has taken its place",
    isOwn ? "" : ", and that one does not work any more",
  ].join("");
}

function leftAloneMessage({ id, name, managedBy }: Client): string {
  return `${clientLabel({ id, name })} is not deleted: it is now managed by ${word(managedBy ?? "nobody")}`;
}

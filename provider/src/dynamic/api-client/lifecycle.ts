import type { Client } from "xtremepush-access";
import { SECRET_OVERLAP_MAX } from "xtremepush-access/schemas";
import { clientLabel, quoted, word } from "xtremepush-access/text";
import { parseOwner, UNKNOWN } from "../../protocol";
import { assertMayArm } from "../run/ceiling";
import { checkInputs } from "../run/check";
import { Failure, PartialFailure } from "../run/failure";
import { goneAsNull } from "../run/gone";
import { historyLines } from "../run/history";
import { assertNotTaken, isOwnerLate, ownerBefore } from "../run/ownership";
import type { Change, Lifecycle } from "../run/resource";
import { assertNotEarlier } from "../run/restored";
import type { Connection, Session } from "../run/session";
import type { Properties } from "../run/wire";
import { adoptClient, readAdoptable } from "./adoption";
import { ClientInputs, type Declaration, declarationOf, isFromBeforeVersions, knownOf, normalize } from "./inputs";
import { checkName, LeftAside, takeName } from "./name-taking";
import { passingName } from "./passing-name";
import { removeClient } from "./removal";
import { assertRotatable, staleSecretMessage, versionOf } from "./rotation";
import { addsKey, type ClientState, hasSameKeys, heldSecret, inputsOf, isSecretMissing, outputs } from "./state";
import { updateClient } from "./update";
import { missingSecretMessage, replacedMessage, restoredMessage, takenOverMessage } from "./warnings";

/** The handlers of `ApiClient`. */
export function apiClientLifecycle(session: Session): Lifecycle<ClientInputs, ClientState> {
  return {
    async check(before, { inputs: given }) {
      const { inputs, reasons, warnings } = normalize(before, given, session.requestedVersion(before?.managedBy));
      const read = ClientInputs.safeParse(inputs);
      // Only a new resource adopts a client; afterwards the input has no effect.
      const adopt = before === null && read.data?.adopt !== UNKNOWN ? (read.data?.adopt ?? null) : null;
      const compare = async (connection: Connection) => {
        assertOnlyClient(connection, inputs);
        if (!read.success) return;
        if (adopt !== null) {
          await readAdoptable(connection, { id: adopt, declared: knownOf(read.data) });
          await assertMayArm(connection, adopt);
        } else if (read.data.adopt !== UNKNOWN) await checkName(session, connection, { before, inputs: read.data });
      };
      const checked = await checkInputs(session, {
        inputs,
        allowed: Object.keys(ClientInputs.shape),
        reasons,
        compare,
      });
      for (const warning of warnings) await session.warn(warning);
      return checked;
    },

    async diff(change) {
      const { id, olds, news } = change;
      (await session.connect())?.handOvers.plan(id, news.name);
      if (news.name !== UNKNOWN) session.access.rememberName(id, news.name);
      await session.rememberRename(olds.owner, news.managedBy);
      assertSameClient(id, news.adopt);
      await checkCredentials(session, change);
      // The engine compares inputs, and neither a missing secret nor the owner in the state is one.
      if (olds.secretMissing || isOwnerLate(olds, news.managedBy)) return { changes: true };
      return isSame(olds, news) ? { changes: false } : { changes: undefined };
    },

    create: (connection, inputs) => create(session, connection, inputs),

    async read(connection, { id, state }) {
      const live = await connection.reads.client(id).catch(goneAsNull);
      return live === null ? null : read(session, connection, { live, state });
    },

    update: (connection, change) => connection.handOvers.during(change.id, () => update(session, connection, change)),

    delete: (connection, existing) =>
      connection.handOvers.during(existing.id, () => removeClient(session, connection, existing)),
  };
}

/** Refuses a second client of one name, which could never be created. */
function assertOnlyClient({ declarations, project }: Connection, { name, managedBy }: Properties): void {
  if (typeof name !== "string" || name === UNKNOWN || typeof managedBy !== "string") return;
  const other = declarations.claim(`the name ${name}`, managedBy);
  if (other === null) return;
  throw new Failure(
    `the name ${quoted(name)} is declared twice in this program, also by ${word(parseOwner(other)?.urn ?? other)}: names are unique in project ${project}. Remove one of the two resources, or choose another name`,
  );
}

/** A resource that manages one client cannot adopt another: that would orphan the first. */
function assertSameClient(id: string, adopt: ClientInputs["adopt"]): void {
  if (adopt === undefined || adopt === null || adopt === UNKNOWN || adopt === id) return;
  throw new Failure(
    `this resource manages client ${word(id)}, so it cannot adopt ${word(adopt)}: remove adopt, or declare another resource for ${word(adopt)}`,
  );
}

async function checkCredentials(session: Session, change: ClientChange): Promise<void> {
  const { olds, news } = change;
  const rotates = news.secretVersion !== UNKNOWN && (versionOf(news) !== versionOf(olds) || olds.secretMissing);
  if (rotates) await assertNewVersion(session, change);
  if (rotates || addsKey(olds, news)) await assertArmable(session, change);
  if (rotates && versionOf(news) === versionOf(olds)) await session.warn(missingSecretMessage(olds));
}

async function assertNewVersion(session: Session, { id, olds, news }: ClientChange): Promise<void> {
  if ((await session.connect()) === null) return;
  await session.use(olds, async ({ access, project }) => {
    const live = await access.clients.get(project, id).catch(goneAsNull);
    // The update reports a missing client.
    if (live === null) return;
    assertNotEarlier(clientLabel(live), { live: live.revision, seen: olds.revision });
    if (olds.secretMissing && versionOf(news) === live.secretVersion && !isSecretMissing(olds, live))
      throw new Failure(
        `secret version ${live.secretVersion} of ${clientLabel(live)} is in use by now: run \`pulumi refresh\`, which keeps it`,
      );
    assertRotatable(live, {
      version: versionOf(news),
      before: versionOf(olds),
      overlap: overlapOf(session, olds, declarationOf(news)),
      now: new Date(),
    });
  });
}

/** A rotation that the run was asked for keeps the earlier secret until every destination has the new one. */
function overlapOf(session: Session, olds: ClientState, declared: Declaration): string | null {
  const requested = session.requestedVersion(olds.owner, olds.managedBy, declared.managedBy);
  const isAsked = requested === declared.secretVersion && requested !== versionOf(olds);
  return isAsked ? SECRET_OVERLAP_MAX : declared.secretOverlap;
}

/** Refuses a new credential of a client that may do what the token's actor may cause nobody to do. */
async function assertArmable(session: Session, { id, olds }: ClientChange): Promise<void> {
  if ((await session.connect()) === null) return;
  await session.use(olds, (connection) => assertMayArm(connection, id));
}

type ClientChange = Change<ClientInputs, ClientState>;

/** Ignores `adopt`, which has no effect once there is a state. */
function isSame(olds: ClientState, news: ClientInputs): boolean {
  const texts = ["name", "description", "managedBy", "secretOverlap"] as const;
  if (texts.some((field) => olds[field] !== (news[field] ?? null))) return false;
  if (news.secretVersion === UNKNOWN || versionOf(olds) !== versionOf(news)) return false;
  return hasSameKeys(olds, news);
}

async function create(session: Session, connection: Connection, inputs: ClientInputs) {
  const declared = declarationOf(inputs);
  const { managedBy: owner, secretOverlap } = declared;
  const { adopt = null } = inputs;
  const { client, clientSecret } =
    adopt === null ? await make(session, connection, declared) : await take(session, connection, { adopt, declared });
  session.access.rememberName(client.id, client.name);
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
  const client = await takeName(connection, {
    ...{ name: declared.name, managedBy: declared.managedBy, isNew: true, leaver: null },
    write: () => access.clients.create(project, fields),
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
  readonly state: Partial<ClientState>;
}

async function read(session: Session, connection: Connection, { live, state }: Reading) {
  const held = heldSecret(state, live);
  const { updatedTime } = state;
  const stale = held.clientSecret === null ? null : staleSecretMessage(live, { version: held.version, updatedTime });
  if (stale !== null) {
    const { revision: seen = live.revision } = state;
    const span = { client: live.id, target: "client", seen, live: live.revision } as const;
    const history = span.live > span.seen ? await historyLines(connection, span) : [];
    await session.warn([stale, ...history].join("\n"));
  }
  const { secretOverlap = null } = state;
  const { secretVersion: _, ...fields } = inputsOf(live);
  const isUndeclared = isFromBeforeVersions(state) && held.version === 1;
  const secretVersion = isUndeclared ? {} : { secretVersion: held.version };
  return {
    inputs: { ...fields, ...secretVersion, ...(secretOverlap !== null && { secretOverlap }) },
    props: {
      ...outputs(connection, live, held),
      ...(isSecretMissing(state, live) && { secretMissing: true }),
      secretOverlap,
      owner: ownerBefore(state, live),
    },
  };
}

async function update(session: Session, connection: Connection, { id, olds, news }: ClientChange): Promise<Properties> {
  const declared = declarationOf(news);
  const { managedBy: owner, secretOverlap, secretVersion } = declared;
  assertNotTaken("client", olds, owner);
  const sent = { ...declared, secretOverlap: overlapOf(session, olds, declared) };
  const { client, replaced } = await updateClient(connection, { id, olds, declared: sent }).catch((error: unknown) => {
    throw error instanceof LeftAside ? partialFailure(connection, error, olds) : error;
  });
  if (replaced !== null) await session.warn(replacedMessage(client, replaced));
  const before = heldSecret(olds, client);
  const clientSecret = secretVersion === 0 ? null : (client.clientSecret ?? before.clientSecret);
  const version = client.clientSecret === null && secretVersion !== 0 ? before.version : client.secretVersion;
  return { ...outputs(connection, client, { clientSecret, version }), secretOverlap, owner };
}

/** Keeps in the state which name and revision a client has after a failed change of its name. */
function partialFailure(connection: Connection, { message, client }: LeftAside, olds: ClientState): PartialFailure {
  const { secretOverlap, owner, secretMissing } = olds;
  const isPassing = client.name === passingName(client.id);
  const now = isPassing ? `\nits name is ${quoted(client.name)} until the next \`pulumi up\`` : "";
  const held = heldSecret(olds, client);
  const outs = { ...outputs(connection, client, held), ...(secretMissing && { secretMissing }), secretOverlap, owner };
  return new PartialFailure(`${message}${now}`, outs);
}

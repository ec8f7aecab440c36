import { type Grant, NotFoundError, RevisionMismatchError } from "xtremepush-access";
import { word } from "xtremepush-access/text";
import { parseOwner, placeholderIndex, UNKNOWN } from "../../protocol";
import { assertMayGive } from "../run/ceiling";
import { checkInputs } from "../run/check";
import { Failure } from "../run/failure";
import { goneAsNull } from "../run/gone";
import { unclearFailure, whoseIs } from "../run/new-owner";
import { assertNotTaken, isOwnerLate, ownerBefore } from "../run/ownership";
import { differenceLines } from "../run/permission-difference";
import type { Existing, Lifecycle } from "../run/resource";
import { assertNotEarlier } from "../run/restored";
import type { Connection, Session } from "../run/session";
import type { Properties } from "../run/wire";
import { changedMeanwhile } from "./change-failure";
import { checkGrant, type Declaration, declarationOf, GrantInputs, type Target } from "./inputs";
import { mapOf, permissionsOf } from "./permission-map";
import { type GrantState, inputsOf, serverOutputs } from "./state";
import { assertMayCreate, assertMayTake } from "./take-over";

/** The handlers of `ScopeGrant`. */
export function scopeGrantLifecycle(session: Session): Lifecycle<GrantInputs, GrantState> {
  return {
    async check(before, { inputs: given, clientName }) {
      const { inputs, target, reasons } = checkGrant(given);
      const isNew = before?.client !== given["client"];
      let held = isNew ? [] : permissionsOf(before?.permissions);
      const compare = async (connection: Connection) => {
        if (target !== null) {
          assertOnlyGrant(connection, target);
          if (isNew) held = [...(await assertMayCreate(connection, target, session.warn))];
        }
        await assertMayGive(connection, "this grant gives", givenBy(inputs, before));
      };
      const checked = await checkInputs(session, {
        inputs,
        allowed: Object.keys(GrantInputs.shape),
        hidden: ["managedBy", "adopt"],
        reasons,
        compare,
      });
      if (checked.failures.length === 0) await reportChange(session, { before, inputs, clientName, held });
      return checked;
    },

    async diff({ olds, news }) {
      await session.rememberRename(olds.owner, news.managedBy);
      const replaces = news.client === olds.client ? [] : ["client"];
      // The engine compares inputs, and the owner in the state is none.
      if (isOwnerLate(olds, news.managedBy) && replaces.length === 0) return { changes: true };
      const equal = replaces.length === 0 && isSameSet(olds.permissions, news.permissions);
      if (equal && olds.managedBy === (news.managedBy ?? null)) return { changes: false };
      return { changes: undefined, replaces };
    },

    async create(connection, inputs) {
      const declared = declarationOf(inputs);
      const grant = await give(connection, declared);
      return { id: declared.client, outs: outputs(connection, declared, grant) };
    },

    async read(connection, { id, state }) {
      const live = await connection.reads.grant(id).catch(goneAsNull);
      if (live === null) return null;
      const inputs = inputsOf(live);
      const props = { ...inputs, owner: ownerBefore(state, live), ...serverOutputs(connection, live) };
      return { inputs, props };
    },

    async update(connection, { olds, news }) {
      const declared = declarationOf(news);
      assertNotTaken("the grant of client", { ...olds, clientId: olds.client }, declared.managedBy);
      const grant = await put(connection, declared, olds.revision);
      return outputs(connection, declared, grant);
    },

    delete: (connection, existing) => takeAway(session, connection, existing),
  };
}

/** The permissions that a grant gives: those that are new and, for a new client or owner, all. */
function givenBy({ client, permissions, managedBy }: Properties, before: Partial<GrantInputs> | null): string[] {
  const given = permissionsOf(permissions).filter((key) => placeholderIndex(key) === undefined);
  if (client !== before?.client || managedBy !== before?.managedBy) return given;
  const had = permissionsOf(before?.permissions);
  return given.filter((permission) => !had.includes(permission));
}

interface CheckedChange {
  readonly before: Partial<GrantInputs> | null;
  readonly inputs: Properties;
  readonly clientName: string | null;
  /** What the client may do now. */
  readonly held: readonly string[];
}

/** Reports what the client gains and loses, and what the client that had the grant before loses. */
async function reportChange(session: Session, { before, inputs, clientName, held }: CheckedChange): Promise<void> {
  const reads = (await session.connect())?.reads ?? null;
  const { client, permissions, managedBy } = inputs;
  const id = typeof client === "string" && client !== UNKNOWN ? client : null;
  const owner = typeof managedBy === "string" ? managedBy : null;
  const former = before?.client !== undefined && before.client !== client ? before.client : null;
  const hadBefore = permissionsOf(before?.permissions);
  const declared = permissionsOf(permissions);
  const after = declared.filter((key) => placeholderIndex(key) === undefined);
  const unknown = permissions === UNKNOWN ? null : declared.length - after.length;
  if (former !== null && id === null) {
    // It may be the same client, as with `client: crm.clientId.apply(…)` in the preview of a change of crm.
    const change = { before: hadBefore, after, unknown, isClientUnknown: true };
    return session.access.reportDeclared(reads, { id: former, name: null, owner }, change);
  }
  if (former !== null)
    await session.access.reportDeclared(reads, { id: former, name: null, owner }, { before: hadBefore, after: [] });
  await session.access.reportDeclared(reads, { id, name: clientName, owner }, { before: held, after, unknown });
}

/** Refuses a second grant of one client: each would remove what the other one gives. */
function assertOnlyGrant({ declarations }: Connection, { client, managedBy }: Target): void {
  const other = declarations.claim(`the grant of ${client}`, managedBy);
  if (other === null) return;
  throw new Failure(
    `client ${word(client)} already has a ScopeGrant in this program, ${word(parseOwner(other)?.urn ?? other)}: a client has one grant, which lists all of its permissions. Join the permissions in that one and remove this one; if both were deployed before, with \`pulumi up --refresh\`, so that the delete leaves the permissions to the other`,
  );
}

function isSameSet(before: GrantState["permissions"], after: GrantInputs["permissions"]): boolean {
  if (after === UNKNOWN) return false;
  const [old, young] = [permissionsOf(before), permissionsOf(after)];
  return old.length === young.length && old.every((id, index) => id === young[index]);
}

/** Grants a client its permissions. A new client has none, so this writes first and reads only after a conflict. */
async function give(connection: Connection, declared: Declaration): Promise<Grant> {
  const { access, project } = connection;
  const { client, permissions, managedBy } = declared;
  try {
    return await access.grants.put(project, client, { permissions, managedBy }, { ifMatch: 0 });
  } catch (error) {
    if (!RevisionMismatchError.is(error)) throw error;
    const live = await observe(connection, client);
    assertMayTake(live, declared, connection);
    return put(connection, declared, live.revision).catch(async (failure: unknown) => {
      // Of two programs that create it at once, the second one sees whose the grant now is.
      const now = await observe(connection, client).catch(() => null);
      if (now !== null) assertMayTake(now, declared, connection);
      throw failure;
    });
  }
}

async function observe({ access, project }: Connection, client: string): Promise<Grant> {
  return access.grants.get(project, client);
}

/** Replaces the set. After a revision mismatch, a live state equal to the declaration is an interrupted write of our own. */
async function put(connection: Connection, declared: Declaration, revision: number): Promise<Grant> {
  const { access, project } = connection;
  const { client, permissions, managedBy } = declared;
  try {
    return await access.grants.put(project, client, { permissions, managedBy }, { ifMatch: revision });
  } catch (error) {
    if (!RevisionMismatchError.is(error)) throw error;
    const live = await observe(connection, client);
    assertNotEarlier(grantLabel(client), { live: live.revision, seen: revision });
    const lines = differenceLines(live.permissions, permissions);
    if (lines.length === 0 && live.managedBy === managedBy) return live;
    throw await changedMeanwhile(connection, { live, revision, lines, managedBy });
  }
}

/** Removes the permissions and the owner, unless another owner now manages them. */
async function takeAway(session: Session, connection: Connection, existing: Existing<GrantState>): Promise<void> {
  const { id, state } = existing;
  const live = await observe(connection, id).catch(goneAsNull);
  if (live === null) return;
  const own = await ownGrant(session, connection, { live, state });
  if (own === null) return;
  assertNotEarlier(grantLabel(id), { live: live.revision, seen: state.revision });
  const isEmpty = live.permissions.length === 0;
  if (isEmpty && live.managedBy === null) return;
  const nothing = { client: id, permissions: [], managedBy: null };
  const isOwnChange = own.move?.revision === state.revision + 1 && live.revision === state.revision + 1;
  try {
    // For an empty grant this removes only the owner, whatever changed since.
    await put(connection, nothing, isEmpty || isOwnChange ? live.revision : state.revision);
    await session.access.reportGrantEnded(id, live.permissions);
  } catch (error) {
    // Another program may have taken the grant since the read above.
    const now = await observe(connection, id).catch((failure: unknown) =>
      NotFoundError.is(failure) ? null : undefined,
    );
    if (now === null) return;
    if (now === undefined || (await ownGrant(session, connection, { live: now, state })) !== null) throw error;
  }
}

interface Removal {
  readonly live: Grant;
  readonly state: GrantState;
}

/** Returns null for a grant of another owner, of which this warns. @throws Failure when only a person knows whose it is. */
async function ownGrant(session: Session, connection: Connection, { live, state: { owner } }: Removal) {
  const { client, managedBy, permissions } = live;
  const whose = await whoseIs(connection, { client, target: "grant", owner, managedBy });
  if (whose.kind === "ours") return whose;
  if (whose.kind === "unclear" && permissions.length > 0) {
    const release = `xtremepush-access-backend client release ${word(client)} --grant --project ${word(connection.project)}`;
    throw unclearFailure(
      {
        what: `the permissions of client ${word(client)} are not removed`,
        managedBy,
        way: `run \`${release}\`, then this again with --refresh`,
      },
      whose.move,
    );
  }
  await leaveAlone(session, live);
  return null;
}

async function leaveAlone(session: Session, { client, permissions, managedBy }: Grant): Promise<void> {
  if (permissions.length === 0) return;
  await session.warn(
    `the permissions of client ${client} stay: they are now managed by ${word(managedBy ?? "no program")}`,
  );
}

function grantLabel(client: string): string {
  return `the grant of client ${word(client)}`;
}

function outputs(connection: Connection, declared: Declaration, grant: Grant): Properties {
  const { client, permissions, managedBy } = declared;
  return { client, permissions: mapOf(permissions), managedBy, owner: managedBy, ...serverOutputs(connection, grant) };
}

import { type Grant, isPermission, type Permission, RevisionMismatchError } from "xtremepush-access";
import { ClientId } from "xtremepush-access/schemas";
import { clientLabel, word } from "xtremepush-access/text";
import { UNKNOWN } from "../../protocol";
import { aliasFor, aliasLines } from "../run/alias";
import { checkInputs } from "../run/check";
import { Failure } from "../run/failure";
import { goneAsNull } from "../run/gone";
import { historyLines, ownerWhenMade } from "../run/history";
import { assertNotTaken, isForeign, isOfOneProgram, ownerBefore } from "../run/ownership";
import { differenceLines } from "../run/permission-difference";
import type { Connection, Home, Session } from "../run/session";
import type { Handler, Properties } from "../run/wire";
import { checkMap, mapOf, permissionsOf } from "./permission-map";

/** The handlers of `ScopeGrant`: its id is the client's, and its set is the whole set of that client. */
export function scopeGrantHandler(session: Session): Handler {
  return {
    async configure({ config }) {
      session.configure((key) => config.get(key));
    },

    async check(olds, news) {
      const { map, reasons } = checkMap(news["permissions"]);
      const inputs = { ...news, permissions: map };
      const isNew = olds["client"] !== news["client"];
      return checkInputs(session, {
        inputs,
        allowed: ["client", "permissions", "managedBy", "adopt"],
        hidden: ["managedBy", "adopt"],
        reasons: [...reasons, ...clientReasons(news["client"])],
        ...(isNew && isKnown(inputs) && { compare: (connection) => assertMayCreate(connection, inputs) }),
      });
    },

    async diff(_id, olds, news) {
      await session.verify(olds);
      const replaces = news["client"] === olds["client"] ? [] : ["client"];
      const equal = replaces.length === 0 && sameSet(olds["permissions"], news["permissions"]);
      if (equal && olds["managedBy"] === news["managedBy"]) return { changes: false };
      return { changes: undefined, replaces };
    },

    create: (inputs) =>
      session.use({}, async (connection) => {
        const declared = declarationOf(inputs);
        const grant = await give(connection, declared);
        return { id: declared.client, outs: outputs(connection, declared, grant) };
      }),

    read: (id, props) =>
      session.use(props, async (connection) => {
        const live = await connection.reads.grant(id).catch(goneAsNull);
        if (live === null) return { id: "" };
        return {
          id,
          inputs: inputsOf(live),
          props: { ...inputsOf(live), owner: ownerBefore(props, live), ...serverOutputs(connection, live) },
        };
      }),

    update: (_id, olds, news) =>
      session.use(olds, async (connection) => {
        assertNotTaken("the grant of client", { olds, news });
        const declared = declarationOf(news);
        const grant = await put(connection, declared, Number(olds["revision"]));
        return { outs: outputs(connection, declared, grant) };
      }),

    delete: (id, props) => session.use(props, (connection) => takeAway(session, connection, { id, props })),
  };
}

interface Removal {
  readonly id: string;
  readonly props: Properties;
}

/** Takes the permissions and the owner away, unless they are another owner's by now. */
async function takeAway(session: Session, connection: Connection, { id, props }: Removal): Promise<void> {
  const live = await connection.access.grants.get(connection.project, id).catch(goneAsNull);
  if (live === null) return;
  const isEmpty = live.permissions.length === 0;
  if (isForeign(live.managedBy, props)) {
    if (isEmpty) return;
    return session.warn(
      `the permissions of client ${id} stay: they are now managed by ${word(live.managedBy ?? "nobody")}`,
    );
  }
  if (isEmpty && live.managedBy === null) return;
  const nothing = { client: id, permissions: [], managedBy: null };
  // Of an empty grant only the owner is taken away, whatever somebody has changed since.
  await put(connection, nothing, isEmpty ? live.revision : Number(props["revision"])).catch(goneAsNull);
}

/** What the program declares for one client. */
interface Declaration {
  readonly client: string;
  readonly permissions: readonly Permission[];
  readonly managedBy: string | null;
}

function declarationOf(inputs: Properties): Declaration {
  const { client, managedBy } = inputs;
  return {
    client: String(client),
    permissions: permissionsOf(inputs["permissions"]).filter(isPermission),
    managedBy: typeof managedBy === "string" ? managedBy : null,
  };
}

function clientReasons(client: unknown): string[] {
  const isKnownId = ClientId.safeParse(client).success;
  return isKnownId || client === UNKNOWN ? [] : ["client must be an ApiClient or a client ID (xpc_ and 26 characters)"];
}

function sameSet(before: unknown, after: unknown): boolean {
  if (after === UNKNOWN) return false;
  const [old, young] = [permissionsOf(before), permissionsOf(after)];
  return old.length === young.length && old.every((id, index) => id === young[index]);
}

function isKnown({ client, permissions }: Properties): boolean {
  const values = typeof permissions === "object" && permissions !== null ? Object.values(permissions) : [permissions];
  return client !== UNKNOWN && !values.includes(UNKNOWN);
}

/** In the preview already: what keeps the grant of a client that is there from being created. */
async function assertMayCreate(connection: Connection, inputs: Properties): Promise<void> {
  const declared = declarationOf(inputs);
  if (connection.reads.hasMade(declared.client)) return;
  const isAdopted = typeof inputs["adopt"] === "string";
  const live = await connection.reads.grant(declared.client).catch(goneAsNull);
  if (live === null && !isAdopted) throw await goneFailure(connection, declared.client);
  const grant = live ?? (await deletedGrant(connection, declared.client));
  assertMayTake(grant, declared);
  if (isAdopted && !(await isOwnAttempt(connection, declared))) assertGivesNothing(grant, declared);
}

/** A client that was this program's when it was made was left behind by an attempt, not made by hand. */
async function isOwnAttempt(connection: Connection, { client, managedBy }: Declaration): Promise<boolean> {
  const live = await connection.reads.client(client).catch(goneAsNull);
  if (live === null || !isOfOneProgram(live.managedBy, managedBy)) return false;
  return isOfOneProgram(await ownerWhenMade(connection, client), managedBy);
}

/** A client that never was is the read's own to tell. */
async function goneFailure({ access, project }: Connection, client: string): Promise<Failure> {
  const { name, deletedTime } = await access.clients.get(project, client, { state: "any" });
  return new Failure(
    `${clientLabel({ id: client, name })} was deleted at ${deletedTime}: give the permissions to a client that is live, or bring this one back with \`xtremepush-access-backend client restore ${client} --project ${project}\``,
  );
}

/** The grant of a client that is about to be restored, which leaves its owner behind. */
async function deletedGrant({ access, project }: Connection, client: string): Promise<Grant> {
  return { ...(await access.grants.get(project, client, { state: "any" })), managedBy: null };
}

/**
 * Keeps the adoption of a client from giving it permissions.
 *
 * The client does not tell: without a preview, it has an owner by the time at which its grant is checked.
 */
function assertGivesNothing(live: Grant, { client, permissions, managedBy }: Declaration): void {
  const isOwn = live.managedBy !== null && live.managedBy === managedBy;
  if (isOwn || live.permissions.length > 0 || permissions.length === 0) return;
  throw new Failure(
    [
      `client ${client} has no permissions, and its adoption changes nothing; this grant would give it:`,
      ...differenceLines([], permissions),
      "declare no permissions, and add them once the client is adopted; if this program has adopted it already, remove adopt",
    ].join("\n"),
  );
}

async function observe({ access, project }: Connection, client: string): Promise<Grant> {
  return access.grants.get(project, client);
}

/** Refuses to overwrite permissions that somebody else has given. */
function assertMayTake(live: Grant, declared: Declaration): void {
  const lines = differenceLines(live.permissions, declared.permissions);
  if (live.permissions.length === 0 || lines.length === 0) return;
  if (live.managedBy !== null && live.managedBy === declared.managedBy) return;
  const owner = live.managedBy === null ? "nobody's program" : word(live.managedBy);
  const alias = aliasFor(live.managedBy, declared.managedBy);
  throw new Failure(
    [
      `client ${declared.client} already has permissions, set by ${word(live.updatedBy ?? "nobody")} at ${live.updatedTime} and managed by ${owner}; creating this grant would change them:`,
      ...lines,
      ...(alias === null ? ["declare what is live, or take the live permissions away first"] : aliasLines(alias)),
    ].join("\n"),
  );
}

/** Gives a client its permissions. One that was made a moment ago has none, so that no look at it is needed. */
async function give(connection: Connection, declared: Declaration): Promise<Grant> {
  const { access, project } = connection;
  const { client, permissions, managedBy } = declared;
  try {
    return await access.grants.put(project, client, { permissions, managedBy }, { ifMatch: 0 });
  } catch (error) {
    if (!RevisionMismatchError.is(error)) throw error;
    const live = await observe(connection, client);
    assertMayTake(live, declared);
    return put(connection, declared, live.revision);
  }
}

/** Replaces the set. A mismatch of revisions heals when the live state is what is declared: an own, interrupted write. */
async function put(connection: Connection, declared: Declaration, revision: number): Promise<Grant> {
  const { access, project } = connection;
  const { client, permissions, managedBy } = declared;
  try {
    return await access.grants.put(project, client, { permissions, managedBy }, { ifMatch: revision });
  } catch (error) {
    if (!RevisionMismatchError.is(error)) throw error;
    const live = await observe(connection, client);
    const lines = differenceLines(live.permissions, permissions);
    if (lines.length === 0 && live.managedBy === managedBy) return live;
    throw await changedMeanwhile(connection, { live, revision, lines, managedBy });
  }
}

interface Mismatch {
  readonly live: Grant;
  readonly revision: number;
  readonly lines: readonly string[];
  readonly managedBy: string | null;
}

async function changedMeanwhile(connection: Connection, mismatch: Mismatch): Promise<Failure> {
  const { live, revision, lines, managedBy } = mismatch;
  const span = { client: live.client, target: "grant", seen: revision, live: live.revision } as const;
  const owner =
    live.managedBy === managedBy
      ? []
      : [`  managedBy: ${word(live.managedBy ?? "null")} -> ${word(managedBy ?? "null")}`];
  return new Failure(
    [
      `the permissions of client ${live.client} were changed by ${word(live.updatedBy ?? "nobody")} at ${live.updatedTime} (revision ${revision} -> ${live.revision})`,
      ...(await historyLines(connection, span)),
      "from live to declared:",
      ...lines,
      ...owner,
      "run `pulumi refresh` to take the live state into account, then `pulumi up`",
    ].join("\n"),
  );
}

/** The inputs with which a program would have declared the live grant. */
export function inputsOf({ client, permissions, managedBy }: Grant): Properties {
  return { client, permissions: mapOf(permissions), ...(managedBy === null ? {} : { managedBy }) };
}

function outputs(connection: Connection, declared: Declaration, grant: Grant): Properties {
  const { client, permissions, managedBy } = declared;
  return { client, permissions: mapOf(permissions), managedBy, owner: managedBy, ...serverOutputs(connection, grant) };
}

/** The outputs that are no inputs, but for the owner. */
export function serverOutputs({ project, backendId }: Home, grant: Grant): Properties {
  const { revision, updatedBy, updatedTime } = grant;
  return { project, backendId, revision, updatedBy, updatedTime };
}

import type { ConflictError, ConflictingResource } from "xtremepush-access";
import { clientLabel, quoted, word } from "xtremepush-access/text";
import { parseOwner, stackOf } from "../../protocol";
import { aliasFor, aliasLines } from "../run/alias";
import { Failure } from "../run/failure";
import type { Connection } from "../run/session";

/** A name that a program declares for a client. */
export interface WantedName {
  readonly name: string;
  readonly managedBy: string | null;
  /** Whether the client does not exist yet. */
  readonly isNew: boolean;
}

/** What the run knows of its program and of the backend. */
interface Run extends Pick<Connection, "project" | "epoch"> {
  readonly declarations: Pick<Connection["declarations"], "isDeclared" | "presentName">;
}

/** The client that has the name, as the backend lists it or as it reports a conflict. */
export type Holder = Pick<ConflictingResource, "id" | "managedBy" | "updatedBy">;

/** Names the client that conflicts with a new one, or with a new name. */
export function conflictFailure(error: ConflictError, wanted: WantedName, run: Run): Failure {
  const there = error.current;
  if (!there) return new Failure(error.message);
  if (error.code === "name_taken") return takenFailure(there, wanted, run);
  if (error.code !== "owner_conflict") return new Failure(error.message);
  return wanted.isNew ? lostFailure(there, run) : exchangedFailure(there, wanted);
}

/** A resource got the name of one that has a client; the engine changes all of them at once, and deletes last. */
function exchangedFailure(there: ConflictingResource, { managedBy }: WantedName): Failure {
  const urn = urnOf({ managedBy });
  return new Failure(
    `${clientLabel(there)} belongs to ${urn}, the name that this resource gets by an alias: a resource has one client. Take two steps: \`pulumi up\` with a name here that no other resource has had, after that resource has another name or is removed, then \`pulumi up\` with this one`,
  );
}

/** Explains that another client has the name, and how this one gets it. */
export function takenFailure(holder: Holder, wanted: WantedName, run: Run): Failure {
  const { declarations } = run;
  const { managedBy, updatedBy } = holder;
  const taken = takenSentence(holder, wanted);
  if (aliasFor(managedBy, wanted.managedBy) !== null) {
    const there = `${taken}, which a resource of this stack manages`;
    if (managedBy !== null && declarations.isDeclared(managedBy))
      return new Failure(`${there}: ${urnOf(holder)}, which is in the program and keeps it; choose another name`);
    return new Failure(
      [there, laterLine(holder), ...stayingLines(holder, wanted), ...restoredLines(holder, run)].join("\n"),
    );
  }
  const owner = managedBy === null ? "no program manages" : `${word(managedBy)} manages`;
  const adopt = managedBy === null && wanted.isNew ? `, or adopt that client with ${adoptLine(holder)}` : "";
  const renamed = earlierName(managedBy, wanted, declarations);
  return new Failure(
    `${taken}, which ${owner} (last changed by ${word(updatedBy ?? "unknown")}); ${renamed}choose another name${adopt}`,
  );
}

/**
 * The owner may be this program by its name of before. A new client may be checked before any resource that shows the rename;
 * and a resource that moved from another stack shows one, too.
 */
function earlierName(
  theirs: string | null,
  { managedBy, isNew }: WantedName,
  declarations: Run["declarations"],
): string {
  const [before, now] = [theirs, managedBy].map((owner) => stackOf(parseOwner(owner)?.urn ?? "")?.pulumiProject);
  const isRenamed = theirs !== null && declarations.presentName(theirs) !== theirs;
  if (!isRenamed && (!isNew || before === undefined || before !== now)) return "";
  const first = isNew ? "without this new resource" : "with the former name here";
  return `if that is this program before its owner or stack was renamed, run \`pulumi up\` ${first} first; otherwise `;
}

/** Says in a preview that a resource of this program has the name, and has not declared another one so far. */
export function awaitedMessage(holder: Holder, wanted: WantedName): string {
  return [
    `${takenSentence(holder, wanted)}, which a resource of this stack manages: if ${urnOf(holder)} gets another name in this run, this one waits for it`,
    ...stayingLines(holder, wanted),
  ].join("\n");
}

/** Explains that a resource of this program did not give its name up, though it declares another one. */
export function waitedFailure(end: "failed" | "stuck", holder: Holder, wanted: WantedName): Failure {
  const taken = `${takenSentence(holder, wanted)}, which gives it up in this run`;
  const why = {
    failed: `, but its own change, ${urnOf(holder)}, failed: correct that one, then run \`pulumi up\` again`,
    stuck: `, but the engine did not start its change, ${urnOf(holder)}, meanwhile: run \`pulumi up --parallel N\` with an N above the number of clients that change names, or take two steps: free names first, then these`,
  };
  return new Failure(taken + why[end]);
}

function takenSentence({ id }: Holder, { name }: WantedName): string {
  return `the name ${quoted(name)} is taken by client ${word(id)}`;
}

function urnOf({ managedBy }: Pick<Holder, "managedBy">): string {
  return word(parseOwner(managedBy)?.urn ?? "unknown");
}

/** With few places, the engine declares the resource that has the name only after this one is done. */
function laterLine(holder: Holder): string {
  return `if ${urnOf(holder)} gets another name in this run, the engine did not get to it meanwhile: run \`pulumi up --parallel N\` with an N above the number of clients that change names; with two explicit Providers, swap names in two steps`;
}

/** What to do when the resource that has the name keeps it. The engine deletes last. */
function stayingLines(holder: Holder, { managedBy, isNew }: WantedName): string[] {
  const alias = aliasFor(holder.managedBy, managedBy);
  if (isNew && alias !== null) {
    return [
      "if you removed that resource, take two steps, because deletes come last in a run: `pulumi up` without this new one, then `pulumi up` with it",
      ...aliasLines(alias),
    ];
  }
  return [
    `if you removed ${urnOf(holder)}, take two steps, because deletes come last in a run: \`pulumi up\` with the former name here, then \`pulumi up\` with this one`,
  ];
}

/** The state lost a client that is not recent enough to take over automatically. */
function lostFailure(there: ConflictingResource, run: Run): Failure {
  return new Failure(
    [
      `this resource already has ${clientLabel(there)}, which is missing from the state: ${lifeOf(there)}. A client that was used or changed, is older than a day, or was created by another actor is not taken over automatically. Restore the state that contains it, or keep it with ${adoptLine(there)} (its secret cannot be shown again: raise secretVersion afterwards)`,
      ...restoredLines(there, run),
    ].join("\n"),
  );
}

/** After a restore of the backend's database, a client may be back that the program had removed. */
function restoredLines({ id }: Pick<Holder, "id">, { epoch, project }: Run): string[] {
  if (epoch === 1) return [];
  return [
    `if the program had removed it before the database of the backend was restored, the restore has brought it back: delete it with \`xtremepush-access-backend client delete ${word(id)} --project ${word(project)}\``,
  ];
}

/** Who created it and when, and its last change and use; an older backend reports only the last change. */
function lifeOf({
  createdBy,
  createdTime,
  updatedBy,
  updatedTime,
  revision,
  lastUsedTime,
}: ConflictingResource): string {
  const isMadeKnown = createdBy !== undefined && createdTime !== undefined;
  const made = isMadeKnown ? [`created by ${word(createdBy)} at ${word(createdTime)}`] : [];
  const isChanged = revision > 1 || !isMadeKnown;
  const changed = isChanged
    ? [`last changed by ${word(updatedBy ?? "unknown")} at ${word(updatedTime ?? "an unknown time")}`]
    : [];
  const used = lastUsedTime ? [`last used at ${word(lastUsedTime)}`] : [];
  return [...made, ...changed, ...used].join(", ");
}

/** The input with which a program takes over an existing client. */
function adoptLine({ id }: Pick<ConflictingResource, "id">): string {
  return `adopt: ${quoted(id)}`;
}

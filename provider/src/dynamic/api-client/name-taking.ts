import { AccessError, type Client, ConflictError, RevisionMismatchError } from "xtremepush-access";
import { parseOwner, UNKNOWN } from "../../protocol";
import type { Declarations } from "../run/declarations";
import type { Failure } from "../run/failure";
import type { HandOvers, Wait, WaitEnd } from "../run/hand-overs";
import { isOfOneProgram } from "../run/ownership";
import type { Connection, Session } from "../run/session";
import { awaitedMessage, conflictFailure, type Holder, takenFailure, type WantedName, waitedFailure } from "./conflict";
import type { ClientInputs } from "./inputs";
import { passingName } from "./passing-name";

/** The inputs of a client, and those of the state. */
interface CheckedName {
  readonly before: Partial<ClientInputs> | null;
  readonly inputs: ClientInputs;
}

/**
 * Refuses a taken name in the preview. Another resource of the program may give its name up later in the run; then this only
 * warns.
 *
 * @throws Failure that names the client with the name, and its owner.
 */
export async function checkName(
  session: Session,
  connection: Connection,
  { before, inputs }: CheckedName,
): Promise<void> {
  const { name, managedBy = null } = inputs;
  const { declarations, handOvers, names } = connection;
  if (name === UNKNOWN || name === before?.name) return;
  const found = await names.holderOf(name);
  const isOwn = found !== null && found.managedBy !== null && [managedBy, before?.managedBy].includes(found.managedBy);
  if (found === null || isOwn) return;
  const holder = inPresentProgram(found, { before: before?.managedBy ?? null, managedBy, declarations });
  const wanted = { name, managedBy, isNew: before === null };
  if (!isOfOneProgram(holder.managedBy, managedBy)) throw takenFailure(holder, wanted, connection);
  if (!handOvers.isLeaving(holder.id, name)) await session.warn(awaitedMessage(holder, wanted));
}

interface Naming {
  /** The owner of this resource in the state. */
  readonly before: string | null;
  /** The owner that the program declares. */
  readonly managedBy: string | null;
  readonly declarations: Declarations;
}

/** Names the owner of a client as this run does: the run may rename the program. */
function inPresentProgram(holder: Holder, { before, managedBy, declarations }: Naming): Holder {
  const [theirs, old, current] = [holder.managedBy, before, managedBy].map((owner) => parseOwner(owner)?.program);
  if (holder.managedBy === null || theirs === undefined) return holder;
  const isOfBefore = theirs === old && current !== undefined;
  const present = isOfBefore
    ? `${current}${holder.managedBy.slice(theirs.length)}`
    : declarations.presentName(holder.managedBy);
  return { ...holder, managedBy: present };
}

/** The run in which a client takes its name. */
type Taker = Pick<Connection, "declarations" | "epoch" | "project">;

/** A change that gives a client its name. */
export interface NameTaking<T> extends WantedName {
  readonly write: () => Promise<T>;
  /** What an existing client needs to leave its name; null for a new client. */
  readonly leaver: Leaver | null;
}

interface Leaver {
  readonly id: string;
  /** Its former name. */
  readonly name: string;
  readonly rename: (name: string) => Promise<Client>;
}

/** A failed change after which the client has its former or its passing name, at a later revision than before. */
export class LeftAside extends Error {
  readonly client: Client;

  constructor(cause: unknown, client: Client) {
    super(cause instanceof Error ? cause.message : String(cause), { cause });
    this.client = client;
  }
}

/**
 * Makes a change that gives a client its name, and waits while another client of this run is about to give that name up.
 * When the clients wait for each other in a circle, this one takes a passing name first.
 *
 * @throws Failure that says who has the name and what to do, or LeftAside.
 */
export async function takeName<T>(connection: Connection, taking: NameTaking<T>): Promise<T> {
  const { handOvers } = connection;
  const { leaver, name } = taking;
  let aside: Client | null = null;
  const waited = new Set<string>();
  try {
    for (;;) {
      const since = handOvers.turn;
      const tried = await attempt(taking, connection);
      if ("result" in tried) return tried.result;
      const wait = { taker: leaver?.id ?? null, holder: tried.holder.id, name, since, isAside: aside !== null };
      const end = await waitForName(handOvers, wait, waited);
      if (end === "circle" && leaver !== null) {
        aside = await leaver.rename(passingName(leaver.id));
        handOvers.release(leaver.id);
      } else if (end !== "free") throw failureOf(end, tried.holder, { wanted: taking, run: connection });
    }
  } catch (error) {
    // After somebody else's change, the caller compares the live client.
    if (aside === null || leaver === null || RevisionMismatchError.is(error)) throw error;
    throw new LeftAside(error, await comeBack(leaver, aside));
  }
}

/**
 * Waits for a name. After a wait for a client that this process does not know, it answers `free` once: each explicit
 * `Provider` has a process of its own, so that client may have given the name up unseen.
 */
async function waitForName(handOvers: HandOvers, wait: Wait, waited: Set<string>): Promise<WaitEnd> {
  if (waited.has(wait.holder)) return "absent";
  const end = await handOvers.wait(wait);
  if (end !== "absent") return end;
  waited.add(wait.holder);
  return "free";
}

/** Tries the change once; with another resource of this program in the way, it returns the client that has the name. */
async function attempt<T>(
  { write, ...wanted }: NameTaking<T>,
  run: Taker,
): Promise<{ result: T } | { holder: Holder }> {
  try {
    return { result: await write() };
  } catch (error) {
    if (!ConflictError.is(error)) throw error;
    if (error.code === "name_taken" && error.current !== undefined) {
      const { managedBy } = inPresentProgram(error.current, {
        before: null,
        managedBy: wanted.managedBy,
        declarations: run.declarations,
      });
      const isOther = managedBy !== wanted.managedBy;
      if (isOther && isOfOneProgram(managedBy, wanted.managedBy)) return { holder: error.current };
    }
    throw conflictFailure(error, wanted, run);
  }
}

function failureOf(
  end: Exclude<WaitEnd, "free">,
  holder: Holder,
  { wanted, run }: { readonly wanted: WantedName; readonly run: Taker },
): Failure {
  if (end !== "failed" && end !== "stuck") return takenFailure(holder, wanted, run);
  const { managedBy } = wanted;
  const { declarations } = run;
  return waitedFailure(end, inPresentProgram(holder, { before: null, managedBy, declarations }), wanted);
}

/** Takes the former name back, unless another client of the run has it by now. */
async function comeBack({ name, rename }: Leaver, aside: Client): Promise<Client> {
  try {
    return await rename(name);
  } catch (error) {
    if (AccessError.is(error)) return aside;
    throw error;
  }
}

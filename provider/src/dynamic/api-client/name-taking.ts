import {
  AccessError,
  type Client,
  ConflictError,
  type ConflictingResource,
  RevisionMismatchError,
} from "xtremepush-access";
import { UNKNOWN } from "../../protocol";
import type { Failure } from "../run/failure";
import type { WaitEnd } from "../run/hand-overs";
import { isOfOneProgram } from "../run/ownership";
import type { Connection, Session } from "../run/session";
import { awaitedMessage, conflictFailure, takenFailure, type WantedName, waitedFailure } from "./conflict";
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
  if (name === UNKNOWN || name === before?.name) return;
  const holder = await connection.names.holderOf(name);
  const isOwn =
    holder !== null && holder.managedBy !== null && [managedBy, before?.managedBy].includes(holder.managedBy);
  if (holder === null || isOwn) return;
  const wanted = { name, managedBy, isNew: before === null };
  if (!isOfOneProgram(holder.managedBy, managedBy)) throw takenFailure(holder, wanted);
  if (!connection.handOvers.isLeaving(holder.id, name)) await session.warn(awaitedMessage(holder, wanted));
}

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
export async function takeName<T>({ handOvers }: Connection, taking: NameTaking<T>): Promise<T> {
  const { leaver, name } = taking;
  let aside: Client | null = null;
  try {
    for (;;) {
      const since = handOvers.turn;
      const tried = await attempt(taking);
      if ("result" in tried) return tried.result;
      const wait = { taker: leaver?.id ?? null, holder: tried.holder.id, name, since, isAside: aside !== null };
      const end = await handOvers.wait(wait);
      if (end === "circle" && leaver !== null) {
        aside = await leaver.rename(passingName(leaver.id));
        handOvers.release(leaver.id);
      } else if (end !== "free") throw failureOf(end, tried.holder, taking);
    }
  } catch (error) {
    // After somebody else's change, the caller compares the live client.
    if (aside === null || leaver === null || RevisionMismatchError.is(error)) throw error;
    throw new LeftAside(error, await comeBack(leaver, aside));
  }
}

/** Tries the change once; with another resource of this program in the way, it returns the client that has the name. */
async function attempt<T>(taking: NameTaking<T>): Promise<{ result: T } | { holder: ConflictingResource }> {
  try {
    return { result: await taking.write() };
  } catch (error) {
    if (!ConflictError.is(error)) throw error;
    const holder = error.code === "name_taken" ? error.current : undefined;
    const isOfThisProgram = holder !== undefined && isOfOneProgram(holder.managedBy, taking.managedBy);
    if (isOfThisProgram && holder.managedBy !== taking.managedBy) return { holder };
    throw conflictFailure(error, taking);
  }
}

function failureOf(end: Exclude<WaitEnd, "free">, holder: ConflictingResource, wanted: WantedName): Failure {
  return end === "failed" || end === "stuck" ? waitedFailure(end, holder, wanted) : takenFailure(holder, wanted);
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

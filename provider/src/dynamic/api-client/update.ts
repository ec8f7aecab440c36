import { type Client, type ClientChanged, type ClientPatch, RevisionMismatchError } from "xtremepush-access";
import { clientLabel, word } from "xtremepush-access/text";
import { Failure } from "../run/failure";
import { historyLines, makerOf } from "../run/history";
import type { Connection } from "../run/session";
import { clientDifference } from "./difference";
import type { Declaration } from "./inputs";
import { versionOf } from "./rotation";
import type { ClientState } from "./state";

/** A change of a client, from the state before to what is declared. */
export interface ClientUpdate {
  readonly id: string;
  readonly olds: ClientState;
  readonly declared: Declaration;
}

/** A secret that nobody has used, and that a fresh one of its version has replaced. */
export interface ReplacedSecret {
  /** Who made it; null where the record does not tell. */
  readonly actor: string | null;
  readonly createdTime: string;
}

/** The client after a change; `replaced` when it had an unused secret of the version that was asked for. */
export interface UpdatedClient {
  readonly client: ClientChanged;
  readonly replaced: ReplacedSecret | null;
}

const ATTEMPTS = 5;

/**
 * Changes a client.
 *
 * A mismatch of revisions heals when the live state is what is declared: an own, interrupted write. The answer that
 * held the new secret is lost then, so it is asked for again, which gives a fresh one while nobody has used the lost one.
 *
 * @throws Failure that lists who changed what, when it was somebody else's change.
 */
export async function updateClient(connection: Connection, update: ClientUpdate): Promise<UpdatedClient> {
  const { access, project } = connection;
  const patch = patchOf(update);
  const seen = update.olds.revision;
  let revision = seen;
  let live = patch.secretVersion ? await access.clients.get(project, update.id) : null;
  for (let attempt = 1; ; attempt += 1) {
    try {
      const replaced = live === null ? null : await unusedSecret(connection, patch, live);
      return { client: await access.clients.update(project, update.id, patch, { ifMatch: revision }), replaced };
    } catch (error) {
      if (!RevisionMismatchError.is(error) || attempt === ATTEMPTS) throw error;
    }
    live = await access.clients.get(project, update.id);
    const lines = differenceOf(live, update, patch);
    if (lines.length > 0) throw await changedMeanwhile(connection, { live, seen, lines });
    if (!asksAgain(patch, live)) return { client: { ...live, clientSecret: null }, replaced: null };
    revision = live.revision;
  }
}

/** What the change replaces: it succeeds for the revision that was read alone, and never over a secret in use. */
async function unusedSecret(
  connection: Connection,
  { secretVersion }: ClientPatch,
  live: Client,
): Promise<ReplacedSecret | null> {
  const secret = live.secrets.find(({ version }) => version === secretVersion && version === live.secretVersion);
  return secret === undefined ? null : { actor: await makerOf(connection, live), createdTime: secret.createdTime };
}

/** A version that is sent makes a secret, and an overlap moves the end of those before: only when the program says so. */
function patchOf({ olds, declared }: ClientUpdate): ClientPatch {
  const { secretVersion, secretOverlap, ...fields } = declared;
  const rotates = secretVersion !== versionOf(olds);
  const overlaps = secretOverlap !== null && (rotates || secretOverlap !== olds.secretOverlap);
  return { ...fields, ...(rotates && { secretVersion }), ...(overlaps && { secretOverlap }) };
}

/** What is not done, or what a read does not show to be done: whether the secret has arrived, and when those before end. */
function asksAgain({ secretVersion, secretOverlap }: ClientPatch, live: Client): boolean {
  if (secretOverlap !== undefined) return true;
  return secretVersion !== undefined && (secretVersion > 0 || live.secretVersion > 0);
}

/**
 * The version counts when the secrets are touched. One that is live is ours when it is the one before, which is to be
 * changed, or the one that is asked for.
 */
function differenceOf(live: Client, { olds, declared }: ClientUpdate, patch: ClientPatch): string[] {
  const { secretVersion, secretOverlap: _, ...fields } = declared;
  const touchesSecrets = patch.secretVersion !== undefined || patch.secretOverlap !== undefined;
  const isOurs = !touchesSecrets || [versionOf(olds), secretVersion].includes(live.secretVersion);
  return clientDifference(live, isOurs ? fields : { ...fields, secretVersion });
}

/** Somebody else's change, which is between the state and the live client. */
interface Mismatch {
  readonly live: Client;
  /** The revision of the state. */
  readonly seen: number;
  /** From live to declared. */
  readonly lines: readonly string[];
}

async function changedMeanwhile(connection: Connection, { live, seen, lines }: Mismatch): Promise<Failure> {
  const history = await historyLines(connection, { client: live.id, target: "client", seen, live: live.revision });
  return new Failure(
    [mismatchSentence(live, seen), ...history, "from live to declared:", ...lines, REFRESH].join("\n"),
  );
}

/** Who changed a client since a revision, and when. */
export function mismatchSentence({ id, name, updatedBy, updatedTime, revision }: Client, seen: number): string {
  return `${clientLabel({ id, name })} was changed by ${word(updatedBy)} at ${updatedTime} (revision ${seen} -> ${revision})`;
}

/** What to do about somebody else's change. */
export const REFRESH = "run `pulumi refresh` to take the live state into account, then try again";

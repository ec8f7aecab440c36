import { type Connection, inTransaction } from "../database/transaction";
import { type EnvironmentKey, type EnvironmentRow, lockEnvironmentRow, updateEnvironment } from "../store/environments";
import type { Change } from "./change";
import { deadRunsAfter, environmentLocked, isLive, lockLost } from "./environment-locks";
import { environmentNotFound, recordOf } from "./environments";

/** The run that asks for a lock. */
export interface AskingRun {
  readonly run: string;
  readonly host: string;
  readonly processId: number;
  readonly process: string | null;
  readonly command: string;
  /** A run that the caller knows to be dead. */
  readonly deadRun?: string | undefined;
}

/** Takes the lock for a run, also over from a run that died; of several at once, one gets it. */
export function lockEnvironment(
  change: Change,
  key: EnvironmentKey,
  { deadRun, ...asking }: AskingRun,
): Promise<EnvironmentRow> {
  const { actor, time } = change;
  return inTransaction(change.database.db, async (transaction) => {
    const row = await presentRow(transaction, key);
    const { lock } = row;
    // The answer to the first request was lost.
    if (lock?.run === asking.run) return updateEnvironment(transaction, key, { lockSeen: time });
    if (lock !== null && lock.run !== deadRun && isLive(row, time)) throw environmentLocked(row, time);
    const taken = { ...asking, actor: actor.name, sinceTime: time.toISOString() };
    if (lock !== null) {
      const [before, after] = [lock, taken].map(({ run, actor, host, processId, command }) => {
        return { run, actor, host, processId, command };
      });
      const changes = { before: before ?? null, after: after ?? null };
      await recordOf(transaction, change, { key, action: "environment.take-over", ...changes });
    }
    return updateEnvironment(transaction, key, { lock: taken, lockSeen: time, deadRuns: deadRunsAfter(row) });
  });
}

/** Notes that a run still works. It keeps a lock that nobody has taken, however late it comes. */
export function renewLock(change: Change, key: EnvironmentKey, run: string): Promise<EnvironmentRow> {
  return inTransaction(change.database.db, async (transaction) => {
    const row = await presentRow(transaction, key);
    if (row.lock?.run !== run) throw lockLost(row);
    return updateEnvironment(transaction, key, { lockSeen: change.time });
  });
}

/** Gives the lock of a run back, if it has it. A run that finished has also finished what dead ones left. */
export function unlockEnvironment(
  change: Change,
  key: EnvironmentKey,
  { run, finished }: { readonly run: string; readonly finished: boolean },
): Promise<void> {
  return inTransaction(change.database.db, async (transaction) => {
    const row = await lockEnvironmentRow(transaction, key);
    if (row?.lock?.run !== run) return;
    const deadRuns = finished ? [] : row.deadRuns;
    await updateEnvironment(transaction, key, { lock: null, lockSeen: null, deadRuns });
  });
}

async function presentRow(db: Connection, key: EnvironmentKey): Promise<EnvironmentRow> {
  const row = await lockEnvironmentRow(db, key);
  if (row === null) throw await environmentNotFound(db, key);
  return row;
}

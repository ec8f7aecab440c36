import { randomUUID } from "node:crypto";
import { linkSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, utimesSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { isNamed } from "../failures/named-error";
import { StartFailure } from "../failures/start-failure";
import { FILE_CODES, writePrivately } from "./file-failure";
import { isRunning, ownIdentity } from "./process-identity";

/** After this time without a touch, a lock may be taken over from another container. */
const SILENCE_MS = 15_000;
/** The parts of the silence: how often a lock is touched, and after what time without a touch its holder gives up. */
const HEARTBEAT = 1 / 5;
const LOSS = 2 / 3;

const Holder = z.object({
  pid: z.number().int(),
  started: z.string().nullable(),
  place: z.string(),
  since: z.iso.datetime(),
});
type Holder = z.output<typeof Holder>;

export interface FolderLock {
  /** Resolves with the reason when another backend has the folder, or may soon take it. */
  readonly lost: Promise<Error>;
  release(): void;
}

/**
 * Takes the lock of a data folder.
 *
 * @throws StartFailure that names the holder.
 *
 * A lock is a file `lock.<generation>`. A hard link creates it as a whole, so two starts cannot both create one generation.
 * A start that takes over the lock of a holder that has ended creates the next generation. The highest one is never
 * removed, so generations only grow, and a late start with a lower one sees the higher and gives up. A released lock is
 * an empty file.
 */
export async function lockFolder(folder: string, silence: number = SILENCE_MS): Promise<FolderLock> {
  const last = lastGeneration(folder);
  const holder = last === 0 ? null : readHolder(lockPath(folder, last));
  if (holder !== null && (await isAlive(holder, lockPath(folder, last), silence))) throw held(folder, holder);
  if (!makeLock(folder, last + 1)) return lockFolder(folder, silence);
  return keepLock(folder, last + 1, silence);
}

// From another container, only the changing time of the file shows that a holder runs; the clocks may differ.
async function isAlive(holder: Holder, path: string, silence: number): Promise<boolean> {
  const running = isRunning(holder);
  if (running !== null) return running;
  const seen = touchedTime(path);
  const end = Date.now() + silence;
  while (Date.now() < end) {
    await sleep(Math.min(500, silence));
    if (touchedTime(path) !== seen) return true;
  }
  return false;
}

function makeLock(folder: string, generation: number): boolean {
  const holder: Holder = { ...ownIdentity(), since: new Date().toISOString() };
  const draft = join(folder, `lock-draft.${randomUUID()}`);
  const path = lockPath(folder, generation);
  try {
    writePrivately(draft, JSON.stringify(holder));
    linkSync(draft, path);
  } catch (error) {
    if (isNamed(error, "EEXIST")) return false;
    throw error;
  } finally {
    rmSync(draft, { force: true });
  }
  if (lastGeneration(folder) === generation) return true;
  rmSync(path, { force: true });
  return false;
}

function keepLock(folder: string, generation: number, silence: number): FolderLock {
  for (const older of generations(folder)) {
    if (older < generation) rmSync(lockPath(folder, older), { force: true });
  }
  const path = lockPath(folder, generation);
  const { promise: lost, resolve: lose } = Promise.withResolvers<Error>();
  let isLost = false;
  let touched = performance.now();
  const beat = () => {
    const failure = touch(folder, generation);
    if (failure === null) touched = performance.now();
    const silent = performance.now() - touched;
    if (failure !== TAKEN && silent < silence * LOSS) return;
    clearInterval(heartbeat);
    isLost = true;
    lose(new Error(lossOf(path, failure, silent)));
  };
  const heartbeat = setInterval(beat, silence * HEARTBEAT).unref();
  return {
    lost,
    release: () => {
      clearInterval(heartbeat);
      if (!isLost) ifThere(() => truncateSync(path));
    },
  };
}

const TAKEN = "taken";

/**
 * Touches a lock and returns what prevents it, as a code; null when nothing does. A file that cannot be touched for a moment
 * does not end a backend that works; the database reports a disk that takes no writes.
 */
function touch(folder: string, generation: number): string | null {
  try {
    if (lastGeneration(folder) > generation) return TAKEN;
    utimesSync(lockPath(folder, generation), new Date(), new Date());
    return null;
  } catch (error) {
    if (!isNamed(error, "ENOENT", ...FILE_CODES)) throw error;
    return error.code;
  }
}

function lossOf(path: string, failure: string | null, silentMs: number): string {
  if (failure === TAKEN) return `another backend has taken over its lock ${path}`;
  return `its lock ${path} could not be touched for ${Math.round(silentMs / 1_000)} seconds (${failure}), so another backend may take it over`;
}

function held(folder: string, { pid, since }: Holder): StartFailure {
  return new StartFailure(
    `The folder ${folder} is held by another backend (pid ${pid}, since ${since}): stop it, or choose another folder with --data-dir.`,
  );
}

function readHolder(path: string): Holder | null {
  const content = ifThere(() => readFileSync(path, "utf8")) ?? "";
  if (content === "") return null;
  const parsed = Holder.safeParse(json(content));
  if (parsed.success) return parsed.data;
  throw new StartFailure(`The lock ${path} cannot be read: make sure that no backend uses its folder, then delete it.`);
}

function json(content: string): unknown {
  try {
    return JSON.parse(content);
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

function touchedTime(path: string): number | null {
  return ifThere(() => statSync(path).mtimeMs);
}

// A lock file disappears when a later generation takes over, or with its folder.
function ifThere<Result>(access: () => Result): Result | null {
  try {
    return access();
  } catch (error) {
    if (isNamed(error, "ENOENT")) return null;
    throw error;
  }
}

function lastGeneration(folder: string): number {
  return Math.max(0, ...generations(folder));
}

function generations(folder: string): readonly number[] {
  return readdirSync(folder).flatMap((name) => {
    const [, generation] = /^lock\.(\d{1,15})$/.exec(name) ?? [];
    return generation === undefined ? [] : [Number(generation)];
  });
}

function lockPath(folder: string, generation: number): string {
  return join(folder, `lock.${generation}`);
}

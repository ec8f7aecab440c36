import { randomUUID } from "node:crypto";
import {
  linkSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { isNamed } from "../failures/named-error";
import { StartFailure } from "../failures/start-failure";
import { FILE_CODES } from "./file-failure";
import { isRunning, ownIdentity } from "./process-identity";

const HEARTBEAT_MS = 3_000;
const SILENCE_MS = 15_000;

const Holder = z.object({
  pid: z.number().int(),
  started: z.string().nullable(),
  place: z.string(),
  since: z.iso.datetime(),
});
type Holder = z.output<typeof Holder>;

export interface FolderLock {
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
  return keepLock(folder, last + 1);
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
    writeFileSync(draft, JSON.stringify(holder), { mode: 0o600, flush: true });
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

function keepLock(folder: string, generation: number): FolderLock {
  for (const older of generations(folder)) {
    if (older < generation) rmSync(lockPath(folder, older), { force: true });
  }
  const path = lockPath(folder, generation);
  const heartbeat = setInterval(() => touch(path), HEARTBEAT_MS).unref();
  return {
    release: () => {
      clearInterval(heartbeat);
      ifThere(() => truncateSync(path));
    },
  };
}

// A file that cannot be touched does not end a backend that works; the database reports a disk that takes no writes.
function touch(path: string): void {
  try {
    utimesSync(path, new Date(), new Date());
  } catch (error) {
    if (!isNamed(error, "ENOENT", ...FILE_CODES)) throw error;
  }
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

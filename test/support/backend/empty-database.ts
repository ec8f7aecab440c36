import { cpSync, mkdtempSync, openAsBlob, rmSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PGlite } from "@electric-sql/pglite";
import { databaseFolder, prepareDataFolder } from "../../../backend/src/process/data-folder";
import { temporaryFolder } from "../process/temporary-folder";

/** Where a run of mocha over all files tells its processes of the folder that it has prepared for them. */
const SHARED = "TEST_EMPTY_DATABASE";
const IMAGE = "image.tar";
const DATA = "data";

let image: Promise<Blob> | undefined;

/** A dump of an empty PGlite. Making one takes seconds of CPU time, loading a copy of it a fraction. */
export function emptyImage(): Promise<Blob> {
  const shared = process.env[SHARED];
  image ??= shared === undefined ? dumpEmpty() : openAsBlob(join(shared, IMAGE));
  return image;
}

let template: Promise<string> | undefined;

/**
 * A working folder with the data folder of a backend whose first start ended once the database was made: empty, without
 * tables and admin. `removeTemporaryFolders` takes it away.
 */
export async function folderWithDatabase(): Promise<string> {
  const shared = process.env[SHARED];
  template ??= shared === undefined ? makeDataFolder(join(ownFolder(), DATA)) : Promise.resolve(join(shared, DATA));
  const cwd = temporaryFolder();
  cpSync(await template, join(cwd, ".xtremepush-access"), { recursive: true });
  return cwd;
}

/** Prepares both for this process and for those that it starts later. */
export async function shareEmptyDatabase(): Promise<void> {
  const folder = ownFolder();
  await writeFile(join(folder, IMAGE), Buffer.from(await (await emptyImage()).arrayBuffer()));
  await makeDataFolder(join(folder, DATA));
  process.env[SHARED] = folder;
}

async function makeDataFolder(dataDir: string): Promise<string> {
  prepareDataFolder(dataDir);
  const pglite = await PGlite.create(databaseFolder(dataDir), { loadDataDir: await emptyImage() });
  await pglite.close();
  return dataDir;
}

// A small log and few buffers, which each copy would have to copy and to clear.
const SMALL = ["--wal-segsize=1", "--set", "shared_buffers=16MB"];

async function dumpEmpty(): Promise<Blob> {
  const pglite = await PGlite.create({ initDbStartParams: SMALL });
  // PostgreSQL itself needs neither, and they are two thirds of the files that each copy would write.
  await pglite.exec("update pg_database set datistemplate = false");
  for (const template of ["template0", "template1"]) await pglite.exec(`drop database ${template}`);
  await pglite.exec("checkpoint");
  const dump = await pglite.dumpDataDir("none");
  await pglite.close();
  return dump;
}

let made: string | undefined;

/** This process's own folder, which goes with it. */
function ownFolder(): string {
  if (made !== undefined) return made;
  const own = mkdtempSync(join(tmpdir(), "xtremepush-access-empty-"));
  process.once("exit", () => rmSync(own, { recursive: true, force: true }));
  made = own;
  return own;
}

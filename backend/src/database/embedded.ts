import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from "node:fs";
import { dirname } from "node:path";
import { type DatabaseConnection, type Dialect, type Driver, PGliteDialect } from "kysely";
import { isNamed } from "../failures/named-error";
import { StartFailure } from "../failures/start-failure";
import { CHANGE_MIB, DiskSpace, type ReadSpace } from "./disk-space";
import { assertUsable, closeFolder } from "./folder-mode";
import { LastingPGlite } from "./lasting-pglite";
import type { Report } from "./migrate";

/** An open PGlite. */
export interface Embedded {
  readonly pglite: LastingPGlite;
  /** Null in memory. */
  readonly disk: DiskSpace | null;
}

/** The folder of a database. */
export interface FolderLocation {
  readonly folder: string;
  /** Measures the disk of the folder. */
  readonly readSpace?: ReadSpace;
  /** Resolves with the reason when the folder must not be written any more; the database then ends. */
  readonly lost?: Promise<Error>;
}

/** Opens the database in a folder, or makes one there. @throws StartFailure with what is wrong. */
export async function openFolder(where: FolderLocation, report: Report = () => {}): Promise<Embedded> {
  // A folder that does not exist yet is on the disk of the one that will hold it.
  const disk = new DiskSpace(dirname(where.folder), where.readSpace);
  assertOpenable(where.folder, disk);
  if (filesIn(where.folder).length === 0) await makeDatabase(where, disk, report);
  return { pglite: await openFiles(where, disk), disk };
}

/**
 * Makes the database in another folder and renames it when it is whole: PGlite opens a part of a database as if it were
 * whole. Nothing was ever written to what a start has left that was killed before the rename.
 */
async function makeDatabase({ folder, lost }: FolderLocation, disk: DiskSpace, report: Report): Promise<void> {
  const unfinished = `${folder}.unfinished`;
  if (existsSync(unfinished)) {
    report(`${unfinished} is removed: an earlier start was interrupted while it made the database`);
    rmSync(unfinished, { recursive: true });
  }
  mkdirSync(unfinished, { recursive: true, mode: 0o700 });
  const pglite = await openFiles({ folder: unfinished, ...(lost && { lost }) }, disk);
  pglite.assertRunning();
  await pglite.close();
  try {
    // An empty folder of that name is replaced.
    renameSync(unfinished, folder);
  } catch (error) {
    if (!isNamed(error, "EBUSY", "EXDEV", "ENOTDIR", "EPERM")) throw error;
    throw new StartFailure(
      `The new database cannot take the place of ${folder} (${error.code}), which is a link or a mount: remove it, and link or mount the whole data folder.`,
    );
  }
}

async function openFiles({ folder, lost }: FolderLocation, disk: DiskSpace): Promise<LastingPGlite> {
  const pglite = new LastingPGlite(folder);
  void lost?.then((reason) => pglite.end(reason));
  try {
    await pglite.waitReady;
  } catch {
    const shortage = disk.shortage();
    if (shortage !== null) throw new StartFailure(shortage.advice);
    assertUsable(folder);
    // Whatever is wrong with the files, PGlite reports that it was aborted, or nothing.
    throw new StartFailure(
      `The database in ${folder} cannot be opened: its files are damaged or of another version of PostgreSQL; restore a copy of the data folder, or start with another one.`,
    );
  }
  closeFolder(folder);
  return pglite;
}

/** Makes a database in memory; `image` is a dump of an empty one. */
export function openMemory(image?: Blob): Embedded {
  return { pglite: new LastingPGlite(image === undefined ? {} : { loadDataDir: image }), disk: null };
}

/** What Kysely runs statements on; changes are refused while the disk is full. */
export function dialectOf(embedded: Embedded): Dialect {
  return new EmbeddedDialect(embedded);
}

class EmbeddedDialect extends PGliteDialect {
  readonly #pglite: LastingPGlite;

  constructor({ pglite, disk }: Embedded) {
    super({
      pglite,
      onCreateConnection: async (connection) => {
        if (disk !== null) refuseChanges(connection, disk);
      },
    });
    this.#pglite = pglite;
  }

  override createDriver(): Driver {
    const driver = super.createDriver();
    const begin = driver.beginTransaction.bind(driver);
    // Kysely waits without an end for a transaction that PGlite could not begin. The check holds until it begins, because
    // Kysely lets one caller at a time use the connection; so no statement may go to PGlite around Kysely.
    driver.beginTransaction = async (connection, settings) => {
      this.#pglite.assertRunning();
      await begin(connection, settings);
    };
    return driver;
  }
}

function refuseChanges(connection: DatabaseConnection, disk: DiskSpace): void {
  const execute = connection.executeQuery.bind(connection);
  connection.executeQuery = async (query, options) => {
    const shortage = READ.test(query.sql) ? null : disk.shortage();
    if (shortage !== null) throw shortage;
    return execute(query, options);
  };
}

const READ = /^\s*select\b/i;

/** What a new database takes. */
const FIRST_MIB = 96;

function assertOpenable(folder: string, disk: DiskSpace): void {
  const files = filesIn(folder);
  const wanted = files.length === 0 ? FIRST_MIB : CHANGE_MIB;
  const free = disk.freeMib();
  if (free < wanted) {
    throw new StartFailure(
      `The disk of ${folder} has ${free} MiB free, and the database needs ${wanted}: free some, and start again.`,
    );
  }
  if (files.length > 0 && !files.includes("PG_VERSION")) {
    throw new StartFailure(
      `The database in ${folder} has no file PG_VERSION, so it is not whole: restore a copy of the data folder, or start with another one.`,
    );
  }
}

function filesIn(folder: string): readonly string[] {
  return existsSync(folder) ? readdirSync(folder) : [];
}

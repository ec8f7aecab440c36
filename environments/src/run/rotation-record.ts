import { readFile, rm } from "node:fs/promises";
import { z } from "zod";
import { makeOwnFolder, ownPath } from "../own-folder";
import { replaceFile } from "../replace-file";

/** The version that each client gets, by its ID. */
export type RotationRecord = Readonly<Record<string, number>>;

const RecordFile = z.strictObject({ version: z.literal(1), versions: z.record(z.string(), z.int().min(1)) });

const FOLDER = "rotations";

/**
 * What a run of `up --rotate` has begun on this machine. A run that is killed when all is done leaves it, so that the same command
 * does not make another secret.
 */
export async function readRotations(folder: string, name: string): Promise<RotationRecord> {
  const text = await readFile(fileOf(folder, name), "utf8").catch(() => "");
  const read = RecordFile.safeParse(parsed(text));
  return read.success ? read.data.versions : {};
}

/** Replaces the record of an environment; without versions, there is none. */
export async function writeRotations(folder: string, name: string, versions: RotationRecord): Promise<void> {
  const file = fileOf(folder, name);
  if (Object.keys(versions).length === 0) return rm(file, { force: true });
  await makeOwnFolder(folder, FOLDER);
  await replaceFile(file, `${JSON.stringify({ version: 1, versions }, null, 2)}\n`, 0o600);
}

function fileOf(folder: string, name: string): string {
  return ownPath(folder, FOLDER, `${name}.json`);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

import { createHash } from "node:crypto";
import { readdir, readFile, rm } from "node:fs/promises";
import { z } from "zod";
import { EnvironmentFailure } from "../environment-failure";
import { Delivery } from "../file/delivery";
import { makeOwnFolder, ownPath } from "../own-folder";
import { replaceFile } from "../replace-file";
import type { Credential } from "./credentials";

/** What was delivered where, and when. It holds no credential. */
const Delivered = z.strictObject({
  delivery: Delivery,
  clientId: z.string().nullable(),
  secretVersion: z.number().nullable(),
  /** A hash of the values, by which a change is noticed where the destination cannot be read. */
  hash: z.string(),
  deliveredTime: z.iso.datetime(),
});
export type Delivered = z.output<typeof Delivered>;

const RecordFile = z.strictObject({ version: z.literal(1), deliveries: z.array(Delivered) });

const FOLDER = "deliveries";

/** The deliveries of an environment that this machine knows of. */
export async function readRecord(folder: string, name: string): Promise<readonly Delivered[]> {
  const file = fileOf(folder, name);
  const text = await readFile(file, "utf8").catch(() => null);
  if (text === null) return [];
  const read = RecordFile.safeParse(parsed(text));
  if (read.success) return read.data.deliveries;
  throw new EnvironmentFailure(`${file} cannot be read; delete it, and the next \`up\` delivers again`);
}

/** The deliveries of all other environments that this machine knows of. */
export async function readOtherRecords(folder: string, name: string): Promise<readonly Delivered[]> {
  const files = await readdir(ownPath(folder, FOLDER)).catch(() => []);
  const others = files.flatMap((file) =>
    file.endsWith(".json") && file !== `${name}.json` ? [file.slice(0, -5)] : [],
  );
  return (await Promise.all(others.map((other) => readRecord(folder, other)))).flat();
}

/** Replaces the record of an environment; without deliveries, there is none. */
export async function writeRecord(folder: string, name: string, deliveries: readonly Delivered[]): Promise<void> {
  const file = fileOf(folder, name);
  if (deliveries.length === 0) return rm(file, { force: true });
  await makeOwnFolder(folder, FOLDER);
  await replaceFile(file, `${JSON.stringify({ version: 1, deliveries }, null, 2)}\n`, 0o600);
}

/** Whether two deliveries bring the same credential to the same place. */
export function isSameDelivery(a: Delivery, b: Delivery): boolean {
  return JSON.stringify(Delivery.parse(a)) === JSON.stringify(Delivery.parse(b));
}

/** Tells one set of values from another. A secret has 256 random bits, so a hash gives nothing away. */
export function hashOf({ values }: Credential): string {
  const sorted = Object.entries(values).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return `sha256:${createHash("sha256").update(JSON.stringify(sorted)).digest("hex")}`;
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

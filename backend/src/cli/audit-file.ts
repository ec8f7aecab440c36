import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { type FileHandle, open, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { Time } from "xtremepush-access/schemas";
import { visible } from "xtremepush-access/text";
import { z } from "zod";
import { isNamed } from "../failures/named-error";
import { StartFailure } from "../failures/start-failure";

/** The last line of an export; `sha256` is that of all lines before it, each with its line feed. */
const Summary = z.strictObject({
  export: z.strictObject({
    backend: z.string(),
    before: Time,
    rows: z.number().int().min(0),
    sha256: z.string().regex(/^[0-9a-f]{64}$/),
  }),
});
export type AuditSummary = z.output<typeof Summary>["export"];

/**
 * Writes an export: one row per line, then its summary. It is on the disk when this returns, and there is no file when this
 * fails.
 *
 * @throws StartFailure when there is such a file.
 */
export async function writeAuditFile(
  path: string,
  source: Pick<AuditSummary, "backend" | "before">,
  batches: AsyncIterable<readonly string[]>,
): Promise<AuditSummary> {
  const file = await open(path, "wx", 0o600).catch((error: unknown) => {
    throw isNamed(error, "EEXIST")
      ? new StartFailure(`${visible(path)} exists: name another file with --out.`, 2)
      : unusable(path, error);
  });
  try {
    const summary = await writeLines(file, source, batches);
    await file.sync();
    await file.close();
    await syncFolder(dirname(path));
    return summary;
  } catch (error) {
    await file.close().catch(() => {});
    await rm(path, { force: true });
    throw isNamed(error, "ENOSPC", "EDQUOT", "EIO") ? unusable(path, error) : error;
  }
}

async function writeLines(
  file: FileHandle,
  source: Pick<AuditSummary, "backend" | "before">,
  batches: AsyncIterable<readonly string[]>,
): Promise<AuditSummary> {
  const hash = createHash("sha256");
  let rows = 0;
  for await (const batch of batches) {
    const text = batch.map((line) => `${line}\n`).join("");
    hash.update(text);
    rows += batch.length;
    await file.appendFile(text);
  }
  const summary = { ...source, rows, sha256: hash.digest("hex") };
  await file.appendFile(`${JSON.stringify({ export: summary })}\n`);
  return summary;
}

/** The name of a new file is on the disk when its folder is. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, "r");
  await folder.sync();
  await folder.close();
}

/** Checks an export against its own summary. @throws StartFailure when it is incomplete or was changed. */
export async function readAuditSummary(path: string): Promise<AuditSummary> {
  const hash = createHash("sha256");
  let rows = -1;
  let last: Buffer | undefined;
  for await (const line of linesOf(path)) {
    if (last !== undefined) hash.update(last).update("\n");
    rows += 1;
    last = line;
  }
  const summary = Summary.safeParse(parse(last)).data?.export;
  if (summary === undefined) throw new StartFailure(`${visible(path)} is not a complete export of the audit trail.`);
  if (summary.rows !== rows || summary.sha256 !== hash.digest("hex")) {
    throw new StartFailure(`${visible(path)} was changed after it was exported: its rows do not match its last line.`);
  }
  return summary;
}

/** Reads the rows of an export, without its summary. */
export async function* readAuditLines(path: string): AsyncGenerator<string> {
  let last: Buffer | undefined;
  for await (const line of linesOf(path)) {
    if (last !== undefined) yield last.toString();
    last = line;
  }
}

/** Only a line feed ends a line: node:readline also ends one at characters that JSON leaves as they are. */
async function* linesOf(path: string): AsyncGenerator<Buffer> {
  let parts: Buffer[] = [];
  for await (const chunk of chunksOf(path)) {
    let start = 0;
    for (let end = chunk.indexOf("\n"); end !== -1; end = chunk.indexOf("\n", start)) {
      yield Buffer.concat([...parts, chunk.subarray(start, end)]);
      parts = [];
      start = end + 1;
    }
    parts.push(chunk.subarray(start));
  }
  const rest = Buffer.concat(parts);
  if (rest.length > 0) yield rest;
}

async function* chunksOf(path: string): AsyncGenerator<Buffer> {
  try {
    yield* createReadStream(path);
  } catch (error) {
    throw unusable(path, error);
  }
}

function unusable(path: string, error: unknown): unknown {
  if (!(error instanceof Error && "code" in error)) return error;
  return new StartFailure(`The file ${visible(path)} cannot be read or written (${error.code}).`);
}

function parse(line: Buffer | undefined): unknown {
  try {
    return JSON.parse(line?.toString() ?? "");
  } catch {
    return null;
  }
}

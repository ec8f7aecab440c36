import { Command, InvalidArgumentError } from "commander";
import { DAY_MS } from "xtremepush-access/schemas";
import { count, visible } from "xtremepush-access/text";
import type { Database } from "../database/open";
import { StartFailure } from "../failures/start-failure";
import type { Flags } from "../process/settings";
import { type AuditSummary, readAuditLines, readAuditSummary, writeAuditFile } from "./audit-file";
import { confirm } from "./confirm";
import { addDataOptions } from "./data-options";
import { type Limits, withData } from "./data-work";
import { pastTime } from "./duration";
import { TERMINAL } from "./output";

const EXPORT_EXAMPLE = `
Example:
  $ xtremepush-access-backend admin audit-export --before 400d --out audit-2026.jsonl

Each line is one row as JSON, oldest first; the last one has their number and their SHA-256.`;

const PRUNE_EXAMPLE = `
Example:
  $ DATABASE_URL=postgresql://access_owner@db.internal/access xtremepush-access-backend admin audit-prune audit-2026.jsonl

Only the owner of the tables may do it. docs/backend.md has the steps.`;

interface ExportOptions extends Flags {
  readonly before: string;
  readonly out: string;
}

interface PruneOptions extends Flags {
  readonly yes: boolean;
}

/** The command that writes old audit rows to a file. */
export function auditExportCommand(limits: Limits): Command {
  return addDataOptions(new Command("audit-export"))
    .description("Write the audit rows of before a time to a file, which `admin audit-prune` takes. Nothing changes.")
    .requiredOption("--before <time>", "only rows of before then: 400d or a date, at least a day ago", readOldTime)
    .requiredOption("--out <file>", "a file that does not exist")
    .addHelpText("after", EXPORT_EXAMPLE)
    .action(({ before, out, ...flags }: ExportOptions) =>
      withData(flags, limits, (database) => exportAudit(database, before, out)),
    );
}

/** The command that deletes the audit rows that a file has. */
export function auditPruneCommand(limits: Limits): Command {
  return addDataOptions(new Command("audit-prune"))
    .description("Delete the audit rows of an export, after comparing each with the table, and record that.")
    .argument("<file>", "the file of `admin audit-export`")
    .option("--yes", "do not ask", false)
    .addHelpText("after", PRUNE_EXAMPLE)
    .action(async (file: string, { yes, ...flags }: PruneOptions) => {
      const summary = await readAuditSummary(file);
      await withData(flags, limits, (database) => prune(database, { ...summary, file }, yes));
    });
}

/** A change that is under way, or of a replica whose clock is slow, must not come after the export. */
function readOldTime(text: string): string {
  const time = pastTime(text);
  if (Date.parse(time) <= Date.now() - DAY_MS) return time;
  throw new InvalidArgumentError("Give a time that is at least a day ago.");
}

async function exportAudit({ db }: Database, before: string, out: string): Promise<void> {
  const [{ readAuditBefore }, { auditText }, { findBackend, EMPTY }] = await Promise.all([
    import("../store/old-audit.js"),
    import("../changes/prune-audit.js"),
    import("../store/backend.js"),
  ]);
  const backend = await findBackend(db);
  if (backend === null) throw new Error(EMPTY);
  async function* texts() {
    for await (const batch of readAuditBefore(db, new Date(before))) yield batch.map(auditText);
  }
  const { rows, sha256 } = await writeAuditFile(out, { backend: backend.id, before }, texts());
  TERMINAL.err(`Wrote ${count(rows, "audit row")} of before ${before} to ${visible(out)}, SHA-256 ${sha256}.`);
}

async function prune(
  database: Database,
  exported: AuditSummary & { readonly file: string },
  yes: boolean,
): Promise<void> {
  const [{ ownsAudit }, { ExportMismatch, pruneAudit }, { findBackend }] = await Promise.all([
    import("../store/old-audit.js"),
    import("../changes/prune-audit.js"),
    import("../store/backend.js"),
  ]);
  const { backend, before, rows, file } = exported;
  if (backend !== (await findBackend(database.db))?.id) {
    throw new StartFailure(
      `Nothing was pruned: ${visible(file)} is the export of another backend, ${visible(backend)}.`,
    );
  }
  if (rows === 0) return TERMINAL.err("The export has no rows: nothing was pruned.");
  if (!(await ownsAudit(database.db))) {
    throw new StartFailure("Nothing was pruned: only the owner of the tables may do it, the role that migrates.");
  }
  await confirm(`delete ${count(rows, "audit row")} of before ${before}`, yes);
  try {
    await pruneAudit(database, { ...exported, before: new Date(before), read: () => readAuditLines(file) }, new Date());
  } catch (error) {
    if (!(error instanceof ExportMismatch)) throw error;
    throw new StartFailure(`Nothing was pruned: ${error.message}. Export again with --before ${before}.`);
  }
  TERMINAL.err(`Deleted ${count(rows, "audit row")} of before ${before}. Keep ${visible(file)}.`);
}

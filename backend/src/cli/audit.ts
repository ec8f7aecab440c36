import { Command, InvalidArgumentError, Option } from "commander";
import type { AccessClient, AuditEvent } from "xtremepush-access";
import { AuditQuery } from "xtremepush-access/schemas";
import { visibleJson } from "xtremepush-access/text";
import { StartFailure } from "../failures/start-failure";
import { accessFromEnvironment } from "./access";
import { auditChanges, auditTrailLine } from "./audit-line";
import { findClientId, readProject } from "./client-lookup";
import { formatCsvRow } from "./csv";
import { pastTime } from "./duration";
import { TERMINAL } from "./output";

const EXAMPLES = `
Examples:
  $ xtremepush-access-backend audit --since 7d --project retail
  $ xtremepush-access-backend audit --since 2027-01-01 --action grant.update --csv > grants.csv`;

export function auditCommand(): Command {
  return new Command("audit")
    .description("Show what changed, newest first, one line for each change. Without --project, only for admins.")
    .addOption(new Option("--project <slug>", "only the clients and grants of this project").argParser(readProject))
    .option("--client <client>", "only this client, by its client ID or its name; needs --project")
    .option("--actor <actor>", "only the changes of this actor, by its id or its name")
    .option("--action <action>", "only the changes of this kind, as in grant.update", readAction)
    .option("--since <time>", "only changes since then: 7d, 12h, or a date", (text) => pastTime(text))
    .option("--until <time>", "only changes before then: 1d, 12h, or a date", (text) => pastTime(text))
    .addOption(new Option("--json", "write JSON").default(false).conflicts("csv"))
    .option("--csv", "write CSV with a header", false)
    .addHelpText("after", EXAMPLES)
    .action(writeAudit);
}

interface AuditOptions {
  readonly project?: string;
  readonly client?: string;
  readonly actor?: string;
  readonly action?: string;
  readonly since?: string;
  readonly until?: string;
  readonly json: boolean;
  readonly csv: boolean;
}

const CSV: Readonly<Record<string, (event: AuditEvent) => string>> = {
  time: ({ time }) => time,
  actor: ({ actor }) => actor.name,
  actor_id: ({ actor }) => actor.id,
  action: ({ action }) => action,
  project: ({ target }) => target.project ?? "",
  target: ({ target }) => target.type,
  target_id: ({ target }) => target.id,
  target_name: ({ target }) => target.name ?? "",
  managed_by: ({ managedBy }) => managedBy ?? "",
  revision: ({ revision }) => String(revision ?? ""),
  changes: (event) => auditChanges(event).join(" | "),
  request_id: ({ requestId }) => requestId,
};

function readAction(text: string): string {
  const action = AuditQuery.shape.action.safeParse(text);
  if (action.success && action.data !== undefined) return action.data;
  throw new InvalidArgumentError("Give an action like grant.update; the lines of the audit trail show them.");
}

/** Writes each row as it comes, because a trail can have millions. */
async function writeAudit({ json, csv, ...which }: AuditOptions): Promise<void> {
  const events = eventsOf(accessFromEnvironment(), which);
  if (csv) TERMINAL.out(formatCsvRow(Object.keys(CSV)));
  let found = 0;
  for await (const event of events) {
    found += 1;
    if (csv) TERMINAL.out(formatCsvRow(Object.values(CSV).map((cell) => cell(event))));
    else if (json) TERMINAL.out(`${found === 1 ? "[" : ","}${visibleJson(event)}`);
    else TERMINAL.out(auditTrailLine(event));
  }
  if (json) TERMINAL.out(found === 0 ? "[]" : "]");
  else if (!csv && found === 0) TERMINAL.err("No change matches.");
}

async function* eventsOf(
  access: AccessClient,
  { project, client, ...filter }: Omit<AuditOptions, "json" | "csv">,
): AsyncIterable<AuditEvent> {
  const query = { limit: 1_000, ...filter };
  if (project === undefined) {
    if (client !== undefined) throw new StartFailure("--client needs --project: only there its name is unique.", 2);
    yield* access.audit.all(query);
  } else if (client === undefined) yield* access.audit.ofProject(project, query);
  else yield* access.audit.ofClient(project, await findClientId(access, project, client), query);
}

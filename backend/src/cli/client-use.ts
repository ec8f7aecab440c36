import { type Command, InvalidArgumentError } from "commander";
import type { ReportedTime } from "xtremepush-access";
import { type NotKnown, unusedNotKnown } from "xtremepush-access/rules";
import { USE_DAYS } from "xtremepush-access/schemas";
import { count, visible, visibleJson } from "xtremepush-access/text";
import { accessFromEnvironment } from "./access";
import { findClientId, projectOption } from "./client-lookup";
import { TERMINAL } from "./output";
import { countedUse, plainTime } from "./plain-time";
import { formatTable } from "./table";
import { readUse } from "./use-pages";

/** Adds the commands that show what gateways report of the use of permissions. */
export function addClientUse(command: Command): void {
  command
    .command("usage")
    .description("Show which permissions a client uses, as gateways report it.")
    .argument("<client>", "its client ID or its name")
    .addOption(projectOption())
    .option("--days <days>", `count the calls of so many days, at most ${USE_DAYS}`, readDays, 30)
    .option("--json", "write JSON", false)
    .addHelpText(
      "after",
      '\nExample:\n  $ xtremepush-access-backend client usage "CRM sync" --project retail --days 90',
    )
    .action(showUsage);
  command
    .command("unused")
    .description("List the permissions that clients have and do not use, as gateways report it.")
    .addOption(projectOption())
    .option("--days <days>", `not used for so many days, at most ${USE_DAYS}`, readDays, 90)
    .option("--json", "write JSON", false)
    .addHelpText("after", "\nExample:\n  $ xtremepush-access-backend client unused --project retail --days 90")
    .action(listUnused);
}

interface UseOptions {
  readonly project: string;
  readonly days: number;
  readonly json: boolean;
}

function readDays(text: string): number {
  const days = Number(text);
  if (Number.isInteger(days) && days >= 1 && days <= USE_DAYS) return days;
  throw new InvalidArgumentError(`Give a whole number of days, 1 to ${USE_DAYS}.`);
}

async function showUsage(which: string, { project, days, json }: UseOptions): Promise<void> {
  const access = accessFromEnvironment();
  const use = await access.use.ofClient(project, await findClientId(access, project, which), { days });
  if (json) return TERMINAL.out(visibleJson(use));
  const { reported, permissions } = use;
  TERMINAL.err(explain(reported, project, unusedNotKnown(reported, { days, now: new Date() })));
  if (permissions.length === 0) return TERMINAL.err("The client has no permissions.");
  TERMINAL.out(
    formatTable(
      ["PERMISSION", "GRANTED", "LAST USED", "CALLS", "REFUSED"],
      permissions.map(({ permission, granted, lastUsedTime, count, refused }) => [
        ...[permission, granted ? "yes" : "no"],
        ...(reported === null
          ? ["not known", "", ""]
          : [countedUse(lastUsedTime, reported.since), String(count), String(refused)]),
      ]),
    ),
  );
}

async function listUnused({ project, days, json }: UseOptions): Promise<void> {
  const { reported, notKnown, items } = await readUse(accessFromEnvironment(), project, { unusedDays: days });
  if (json) return TERMINAL.out(visibleJson({ project, days, reported, notKnown, items }));
  const knownFrom = notKnown?.knownFrom ?? null;
  const later = `What was not used for ${count(days, "day")} is known from ${plainTime(knownFrom)} on.`;
  TERMINAL.err([explain(reported, project, notKnown), ...(knownFrom === null ? [] : [later])].join(" "));
  if (reported === null || notKnown !== null) return;
  if (items.length === 0) return TERMINAL.err(`Every permission was used in the last ${count(days, "day")}.`);
  TERMINAL.out(
    formatTable(
      ["CLIENT", "NAME", "PERMISSION", "LAST USED", "GRANT CHANGED"],
      items.flatMap(({ clientId, name, grantedTime, permissions }) =>
        permissions.map(({ permission, lastUsedTime }) => [
          ...[clientId, name, permission, countedUse(lastUsedTime, reported.since), plainTime(grantedTime)],
        ]),
      ),
    ),
  );
}

/** Who counts, and of what time nothing is known. */
function explain(reported: ReportedTime | null, project: string, notKnown: Pick<NotKnown, "why"> | null): string {
  if (reported === null) return `No gateway has reported for ${visible(project)}: it is not known what is used.`;
  const { since, until, gateways } = reported;
  const known = `Reported by ${gateways.map((name) => visible(name)).join(", ")}, until ${plainTime(until)}.`;
  if (notKnown === null) return known;
  if (notKnown.why === "ended") return `${known} It is not known what was used since then.`;
  return `${known} Gateways report since ${plainTime(since)} only, and it is not known what was used before.`;
}

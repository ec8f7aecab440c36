import { Command } from "commander";
import { count, visible } from "xtremepush-access/text";
import type { Database } from "../database/open";
import { StartFailure } from "../failures/start-failure";
import type { Flags } from "../process/settings";
import type { ActorRow } from "../store/actors";
import type { LiveAt, LiveCredential } from "../store/live-access";
import { confirm } from "./confirm";
import { addDataOptions } from "./data-options";
import { type Limits, withData } from "./data-work";
import { pastTime } from "./duration";
import { TERMINAL } from "./output";
import { plainTime } from "./plain-time";
import { formatTable } from "./table";

const EXAMPLE = `
Examples:
  $ xtremepush-access-backend admin restored
  $ xtremepush-access-backend admin restored --revoke-actor ci --end-all-secrets --yes

Run it after each restore, before a backend starts on the database. Every Pulumi state of before is then refused until
\`pulumi refresh\`. docs/backend.md has the steps.`;

interface RestoredOptions extends Flags {
  readonly since?: string;
  readonly endAllSecrets: boolean;
  readonly revokeActor: readonly string[];
  readonly yes: boolean;
}

/** The command that announces a restored database. */
export function restoredCommand(limits: Limits): Command {
  return addDataOptions(new Command("restored"))
    .description(
      "Announce that the database was restored from a backup: list the access that works, which may have been taken away since, and give the database another epoch.",
    )
    .option(
      "--since <time>",
      "the time of the backup (2d, 12h, or a date): list and end only what worked then, not what was made since",
      (text) => pastTime(text),
    )
    .option("--end-all-secrets", "end every client secret that is listed", false)
    .option("--revoke-actor <name>", "revoke this actor as well; may be repeated", collect, [])
    .option("--yes", "do not ask", false)
    .addHelpText("after", EXAMPLE)
    .action((options: RestoredOptions) => withData(options, limits, (database) => announce(database, options)));
}

function collect(name: string, names: readonly string[]): readonly string[] {
  return [...names, name];
}

async function announce(database: Database, options: RestoredOptions): Promise<void> {
  const { since, endAllSecrets, revokeActor, yes } = options;
  // Loaded only now, as in `start`.
  const [store, { announceRestore }] = await Promise.all([
    import("../store/live-access.js"),
    import("../changes/announce-restore.js"),
  ]);
  const at: LiveAt = { now: new Date(), madeUntil: since === undefined ? null : new Date(since) };
  const latest = await store.findLatestAudit(database.db);
  const credentials = await store.listLiveCredentials(database.db, at);
  const actors = await store.listLiveActors(database.db, at);
  if (latest !== null) {
    TERMINAL.out(
      `The latest change in this database: ${plainTime(latest.time.toISOString())}, ${visible(latest.action)} by ${visible(latest.actorName)}.`,
    );
  }
  TERMINAL.out(`\n${credentialsText(credentials)}\n\n${actorsText(actors)}`);
  const revokes = await readRevokes(database, { names: revokeActor, now: at.now });
  const secrets = credentials.filter(({ kind }) => kind === "secret").length;
  const ends = [
    ...(endAllSecrets ? [`end ${count(secrets, "secret")}`] : []),
    ...(revokes.length > 0 ? [`revoke ${count(revokes.length, "actor")}`] : []),
  ];
  await confirm(["give the database another epoch", ...ends].join(" and "), yes);
  const { epoch, endedSecrets } = await announceRestore(database, { ...at, endsSecrets: endAllSecrets, revokes });
  const ended = endAllSecrets ? ` ${count(endedSecrets, "secret")} ended.` : "";
  const revoked = revokes.length > 0 ? ` ${count(revokes.length, "actor")} revoked.` : "";
  TERMINAL.err(
    `The database has epoch ${epoch}.${ended}${revoked} Next: \`pulumi refresh\`, then \`pulumi preview --diff\`, in each stack.`,
  );
}

/** The IDs of the actors to revoke. @throws StartFailure when one is not live, or when no admin would be left. */
async function readRevokes(
  { db }: Database,
  { names, now }: { readonly names: readonly string[]; readonly now: Date },
): Promise<readonly string[]> {
  const { listLiveActors } = await import("../store/live-access.js");
  const live = await listLiveActors(db, { now, madeUntil: null });
  const revoked = new Set(
    names.map((name) => {
      const actor = live.find((one) => one.name === name || one.id === name);
      if (actor === undefined) throw new StartFailure(`Nothing was changed. There is no live actor ${visible(name)}.`);
      return actor.id;
    }),
  );
  const admins = live.filter(({ role }) => role === "admin");
  const unbound = admins.filter(({ ceiling }) => ceiling === null);
  const kept = unbound.length > 0 ? unbound : admins;
  if (kept.length > 0 && kept.every(({ id }) => revoked.has(id))) {
    const which = kept.length < admins.length ? "No admin without a ceiling" : "No admin";
    throw new StartFailure(
      `Nothing was changed. ${which} would be left: make one first with \`xtremepush-access-backend admin recover\`.`,
    );
  }
  return [...revoked];
}

function credentialsText(credentials: readonly LiveCredential[]): string {
  if (credentials.length === 0) return "No secret and no public key works.";
  const rows = credentials.map((each) => [
    each.project,
    each.clientId,
    each.clientName,
    each.kind === "secret" ? `secret ${each.version}` : `key ${each.label}`,
    timeText(each.createdTime),
    timeText(each.lastUsedTime),
    timeText(each.endTime),
  ]);
  const head = ["PROJECT", "CLIENT", "NAME", "CREDENTIAL", "MADE", "LAST USED", "ENDS"];
  return `Secrets and public keys that work:\n${formatTable(head, rows)}`;
}

function actorsText(actors: readonly ActorRow[]): string {
  if (actors.length === 0) return "No actor's token works.";
  const rows = actors.map(({ name, role, projects, createdTime, expiresTime }) => [
    ...[name, role, projects?.join(", ") ?? "all", timeText(createdTime), timeText(expiresTime)],
  ]);
  return `Actors whose tokens work:\n${formatTable(["NAME", "ROLE", "PROJECTS", "MADE", "ENDS"], rows)}`;
}

function timeText(time: Date | null): string {
  return plainTime(time?.toISOString() ?? null);
}

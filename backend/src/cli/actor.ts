import { Command, Option } from "commander";
import { type Actor, type Permission, RISKS, type Risk, type Role, select } from "xtremepush-access";
import { Name, ROLES } from "xtremepush-access/schemas";
import { count, visible, visibleJson } from "xtremepush-access/text";
import { StartFailure } from "../failures/start-failure";
import { accessFromEnvironment } from "./access";
import { endTime } from "./duration";
import { collect, TERMINAL, type View, writeListing } from "./output";
import { collectPermissions } from "./permission";
import { plainTime } from "./plain-time";

const ACTORS: View<Actor> = {
  columns: {
    ACTOR: ({ id }) => id,
    NAME: ({ name }) => name,
    ROLE: ({ role }) => role,
    PROJECTS: ({ projects }) => projects?.join(", ") ?? "all",
    CEILING: ({ ceiling }) => (ceiling === null ? "any" : count(ceiling.length, "permission")),
    OWNERS: ({ ownerPrefix }) => (ownerPrefix === null ? "any" : `${ownerPrefix}…`),
    ENDS: ({ expiresTime }) => plainTime(expiresTime),
    STATE: (actor) => stateOf(actor),
  },
  empty: "No actors yet: make one with `xtremepush-access-backend actor create NAME --role editor --project SLUG`.",
};

export function actorCommand(): Command {
  const command = new Command("actor").description("Make, list and revoke actors: who may call the management API.");
  command
    .command("create")
    .description("Make an actor. Only its token is written to standard output, and only once.")
    .argument("<name>", "who it is, a person or a pipeline; a name is never used twice")
    .addOption(new Option("--role <role>", "what it may do").choices(ROLES).makeOptionMandatory())
    .option("--project <slug...>", "the projects that it sees; for a gateway, a viewer or an editor")
    .option("--owner-prefix <prefix>", "an editor changes only what has an owner that begins with it, as in team-a/")
    .option(
      "--ceiling <id...>",
      "the only permissions that it may cause anybody to have (default: all)",
      collectPermissions,
    )
    .addOption(
      new Option("--ceiling-risk <risk>", "a ceiling of all permissions that have at most this risk today")
        .choices(RISKS)
        .conflicts("ceiling"),
    )
    .option("--expires <time>", "when its token ends: 90d, 12h, or a date (default: never)", (text) => endTime(text))
    .option("--json", "write the actor and its token as JSON", false)
    .addHelpText(
      "after",
      "\nExample:\n  $ XTREMEPUSH_TOKEN=$(xtremepush-access-backend actor create ci --role editor --project retail --owner-prefix team-a/ --expires 90d)",
    )
    .action(createActor);
  command
    .command("list")
    .description("List all actors, including revoked ones.")
    .option("--expiring <time>", "only those that are live and end before then: 14d, or a date", (text) =>
      endTime(text),
    )
    .option("--json", "write JSON", false)
    .addHelpText("after", "\nExample:\n  $ xtremepush-access-backend actor list --expiring 14d")
    .action(listActors);
  command
    .command("revoke")
    .description("Revoke an actor's token permanently.")
    .argument("<actor>", "its id or its name")
    .addHelpText("after", "\nExample:\n  $ xtremepush-access-backend actor revoke ci")
    .action(revokeActor);
  return command;
}

interface CreateOptions {
  readonly role: Role;
  readonly project?: string[];
  readonly ownerPrefix?: string;
  readonly ceiling?: readonly Permission[];
  readonly ceilingRisk?: Risk;
  readonly expires?: string;
  readonly json: boolean;
}

async function createActor(name: string, options: CreateOptions): Promise<void> {
  const { role, project, ownerPrefix, expires, json } = options;
  const ceiling = ceilingOf(options);
  const actor = await accessFromEnvironment().actors.create({
    name,
    role,
    ...(project !== undefined && { projects: project }),
    ...(ownerPrefix !== undefined && { ownerPrefix }),
    ...(ceiling !== undefined && { ceiling }),
    ...(expires !== undefined && { expiresTime: expires }),
  });
  if (json) return TERMINAL.out(visibleJson(actor));
  const owners = actor.ownerPrefix === null ? "" : ` of the owners ${visible(actor.ownerPrefix)}…`;
  const bound = `${owners}${actor.ceiling === null ? "" : `, with a ceiling of ${count(actor.ceiling.length, "permission")}`}`;
  TERMINAL.err(
    `Made the ${visible(actor.role)} ${visible(actor.name)}${bound}. Its token is shown only once; it expires: ${plainTime(actor.expiresTime)}.`,
  );
  TERMINAL.out(actor.token);
}

function ceilingOf({ ceiling, ceilingRisk }: CreateOptions): readonly Permission[] | undefined {
  return ceilingRisk === undefined ? ceiling : select({ maxRisk: ceilingRisk });
}

async function listActors({ expiring, json }: { readonly expiring?: string; readonly json: boolean }): Promise<void> {
  const all = accessFromEnvironment().actors.list({ limit: 1_000 });
  if (expiring === undefined) return writeListing(TERMINAL, all, { json, view: ACTORS });
  const view = { ...ACTORS, empty: `No actor ends before ${plainTime(expiring)}.` };
  await writeListing(TERMINAL, endingBefore(all, new Date(expiring)), { json, view });
}

async function* endingBefore(actors: AsyncIterable<Actor>, end: Date): AsyncIterable<Actor> {
  for await (const actor of actors) {
    const { expiresTime } = actor;
    if (stateOf(actor) === "live" && expiresTime !== null && new Date(expiresTime) < end) yield actor;
  }
}

async function revokeActor(which: string): Promise<void> {
  const access = accessFromEnvironment();
  const actors = await collect(access.actors.list({ limit: 1_000 }));
  const wanted = Name.safeParse(which).data;
  const actor = actors.find(({ id, name }) => id === which || name === wanted);
  if (actor === undefined) {
    throw new StartFailure(`There is no actor ${visible(which)}: see \`xtremepush-access-backend actor list\`.`);
  }
  await access.actors.revoke(actor.id);
  TERMINAL.out(`Revoked ${visible(actor.name)} (${visible(actor.id)}): its token no longer works.`);
}

function stateOf({ revokedTime, expiresTime }: Actor): string {
  if (revokedTime !== null) return `revoked ${plainTime(revokedTime)}`;
  return expiresTime !== null && new Date(expiresTime) <= new Date() ? "ended" : "live";
}

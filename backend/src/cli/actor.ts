import { Command } from "commander";
import type { AccessClient, Actor } from "xtremepush-access";
import { Name } from "xtremepush-access/schemas";
import { count, visible, visibleJson } from "xtremepush-access/text";
import { StartFailure } from "../failures/start-failure";
import { accessFromEnvironment } from "./access";
import { addBounds, type BoundsOptions, boundsOf } from "./actor-bounds";
import { addTrustCommand, describeTrust } from "./actor-trust";
import { endTime } from "./duration";
import { collect, TERMINAL, type View, writeListing } from "./output";
import { plainTime } from "./plain-time";

const ACTORS: View<Actor> = {
  columns: {
    ACTOR: ({ id }) => id,
    NAME: ({ name }) => name,
    ROLE: ({ role }) => role,
    PROJECTS: ({ projects }) => projects?.join(", ") ?? "all",
    CEILING: ({ ceiling }) => (ceiling === null ? "any" : count(ceiling.length, "permission")),
    TRUSTS: ({ trust }) => (trust === null ? "" : describeTrust(trust)),
    OWNERS: ({ ownerPrefix }) => (ownerPrefix === null ? "any" : `${ownerPrefix}…`),
    ENDS: ({ expiresTime }) => plainTime(expiresTime),
    STATE: (actor) => stateOf(actor),
  },
  empty: "No actors yet: make one with `xtremepush-access-backend actor create NAME --role editor --project SLUG`.",
};

export function actorCommand(): Command {
  const command = new Command("actor").description("Make, list and revoke actors: who may call the management API.");
  const create = command
    .command("create")
    .description("Make an actor. Only its token is written to standard output, and only once.")
    .argument("<name>", "who it is, a person or a pipeline; a name is never used twice");
  addBounds(create)
    .option("--json", "write the actor and its token as JSON", false)
    .addHelpText(
      "after",
      "\nExample:\n  $ XTREMEPUSH_TOKEN=$(xtremepush-access-backend actor create ci --role editor --project retail --owner-prefix team-a/ --expires 90d)",
    )
    .action(createActor);
  addTrustCommand(command);
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
    .command("rotate")
    .description("Replace an actor's token. Only the new one is written to standard output, and only once.")
    .argument("<actor>", "its id or its name")
    .option("--overlap <duration>", "how long the token of before works on, as in 1h", "0s")
    .option("--expires <time>", "the new end of the actor: 90d, 12h, or a date (default: as before)", (text) =>
      endTime(text),
    )
    .addHelpText("after", "\nExample:\n  $ xtremepush-access-backend actor rotate ci --overlap 1h --expires 90d")
    .action(rotateActor);
  command
    .command("revoke")
    .description("Revoke an actor's token permanently.")
    .argument("<actor>", "its id or its name")
    .addHelpText("after", "\nExample:\n  $ xtremepush-access-backend actor revoke ci")
    .action(revokeActor);
  return command;
}

async function createActor(name: string, options: BoundsOptions & { readonly json: boolean }): Promise<void> {
  const actor = await accessFromEnvironment().actors.create({ name, ...boundsOf(options) });
  if (options.json) return TERMINAL.out(visibleJson(actor));
  const owners = actor.ownerPrefix === null ? "" : ` of the owners ${visible(actor.ownerPrefix)}…`;
  const bound = `${owners}${actor.ceiling === null ? "" : `, with a ceiling of ${count(actor.ceiling.length, "permission")}`}`;
  TERMINAL.err(
    `Made the ${visible(actor.role)} ${visible(actor.name)}${bound}. Its token is shown only once; it expires: ${plainTime(actor.expiresTime)}.`,
  );
  TERMINAL.out(actor.token);
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

interface RotateOptions {
  readonly overlap: string;
  readonly expires?: string;
}

async function rotateActor(which: string, { overlap, expires }: RotateOptions): Promise<void> {
  const access = accessFromEnvironment();
  const { id } = await findActor(access, which);
  const actor = await access.actors.rotate(id, {
    overlap,
    ...(expires !== undefined && { expiresTime: expires }),
  });
  const before = /^0+[smhd]$/.test(overlap)
    ? "The token of before no longer works"
    : `The token of before works for ${overlap}`;
  TERMINAL.err(
    `Rotated the token of ${visible(actor.name)}. It is shown only once; it expires: ${plainTime(actor.expiresTime)}. ${before}.`,
  );
  TERMINAL.out(actor.token);
}

async function findActor(access: AccessClient, which: string): Promise<Actor> {
  const actors = await collect(access.actors.list({ limit: 1_000 }));
  const wanted = Name.safeParse(which).data;
  const actor = actors.find(({ id, name }) => id === which || name === wanted);
  if (actor !== undefined) return actor;
  throw new StartFailure(`There is no actor ${visible(which)}: see \`xtremepush-access-backend actor list\`.`);
}

async function revokeActor(which: string): Promise<void> {
  const access = accessFromEnvironment();
  const actor = await findActor(access, which);
  await access.actors.revoke(actor.id);
  TERMINAL.out(`Revoked ${visible(actor.name)} (${visible(actor.id)}): its token no longer works.`);
}

function stateOf({ revokedTime, expiresTime }: Actor): string {
  if (revokedTime !== null) return `revoked ${plainTime(revokedTime)}`;
  return expiresTime !== null && new Date(expiresTime) <= new Date() ? "ended" : "live";
}

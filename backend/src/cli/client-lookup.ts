import { InvalidArgumentError, Option } from "commander";
import type { AccessClient, Client } from "xtremepush-access";
import { restorableUntil } from "xtremepush-access/rules";
import { ClientId, ProjectSlug } from "xtremepush-access/schemas";
import { visible } from "xtremepush-access/text";
import { StartFailure } from "../failures/start-failure";

/** The option with the project of the clients. */
export function projectOption(): Option {
  return new Option("--project <slug>", "the project")
    .env("XTREMEPUSH_PROJECT")
    .argParser(readProject)
    .makeOptionMandatory();
}

/** Reads the slug of a project. An empty one, as an unset variable leaves it, would be another address. */
export function readProject(text: string): string {
  const slug = ProjectSlug.safeParse(text);
  if (slug.success) return slug.data;
  throw new InvalidArgumentError("Give the slug of a project, as `xtremepush-access-backend project list` shows it.");
}

/** Finds the ID of a client by its ID, or by its name when it is live. */
export async function findClientId(access: AccessClient, project: string, which: string): Promise<string> {
  if (ClientId.safeParse(which).success) return which;
  const [client] = (await access.clients.list(project, { name: which })).items;
  if (client !== undefined) return client.id;
  throw new StartFailure(
    `There is no client ${visible(which)} in ${visible(project)}: see \`xtremepush-access-backend client list --project ${visible(project)}\`.`,
  );
}

/** When a deleted client can no longer be restored; null while it is live. */
export function restorableTime({ deletedTime }: Client): string | null {
  return deletedTime === null ? null : restorableUntil(new Date(deletedTime)).toISOString();
}

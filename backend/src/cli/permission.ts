import { Command, InvalidArgumentError, Option } from "commander";
import { type AccessClient, type ClientWithGrant, isPermission, PERMISSIONS, type Permission } from "xtremepush-access";
import { unknownPermissionMessage } from "xtremepush-access/catalog";
import { accessFromEnvironment } from "./access";
import { readProject } from "./client-lookup";
import { TERMINAL, type View, writeListing } from "./output";
import { countedUse, plainTime } from "./plain-time";
import { readUse } from "./use-pages";

/** A client, and when a gateway last let it use the permission. */
interface Holder extends ClientWithGrant {
  /** Null when no gateway has reported a use. */
  readonly permissionLastUsedTime: string | null;
  /** Since when gateways report for the project; null when none does. */
  readonly reportedSince: string | null;
}

const HOLDERS: View<Holder> = {
  columns: {
    PROJECT: ({ project }) => project,
    CLIENT: ({ id }) => id,
    NAME: ({ name }) => name,
    "LAST USED": ({ lastUsedTime }) => plainTime(lastUsedTime),
    "PERMISSION LAST USED": ({ permissionLastUsedTime, reportedSince }) =>
      reportedSince === null ? "not known" : countedUse(permissionLastUsedTime, reportedSince),
    "MANAGED BY": ({ grant }) => grant.managedBy ?? "no program",
  },
  empty: "No client has this permission.",
};

export function permissionCommand(): Command {
  const command = new Command("permission").description("See who has a permission.");
  command
    .command("holders")
    .description(
      "List the clients that have a permission, and when each last used it, in all projects that the actor sees.",
    )
    .argument("<permission>", "as in export:segment", readPermission)
    .addOption(new Option("--project <slug>", "only in this project").argParser(readProject))
    .option("--json", "write JSON", false)
    .addHelpText("after", "\nExample:\n  $ xtremepush-access-backend permission holders export:segment")
    .action(listHolders);
  return command;
}

/** Reads a permission of the catalog. */
export function readPermission(text: string): Permission {
  if (!isPermission(text)) throw new InvalidArgumentError(unknownPermissionMessage(text));
  return text;
}

/** Collects the permissions of an option that is repeated. */
export function collectPermissions(text: string, earlier: readonly Permission[] = []): readonly Permission[] {
  return [...new Set([...earlier, readPermission(text)])];
}

async function listHolders(
  permission: Permission,
  { project, json }: { readonly project?: string; readonly json: boolean },
): Promise<void> {
  const { title, risk } = PERMISSIONS[permission];
  if (!json) TERMINAL.err(`${permission} (${risk}): ${title}`);
  await writeListing(TERMINAL, holdersOf(accessFromEnvironment(), permission, project), { json, view: HOLDERS });
}

async function* holdersOf(
  access: AccessClient,
  permission: Permission,
  only: string | undefined,
): AsyncIterable<Holder> {
  for await (const project of only === undefined ? slugsOf(access) : [only]) {
    const { reported, items } = await readUse(access, project, { permission });
    const used = new Map(items.map(({ clientId, permissions }) => [clientId, permissions[0]?.lastUsedTime ?? null]));
    for await (const client of access.clients.list(project, { permission, limit: 1_000 })) {
      const permissionLastUsedTime = used.get(client.id) ?? null;
      yield { ...client, permissionLastUsedTime, reportedSince: reported?.since ?? null };
    }
  }
}

async function* slugsOf(access: AccessClient): AsyncIterable<string> {
  for await (const { slug } of access.projects.list({ limit: 1_000 })) yield slug;
}

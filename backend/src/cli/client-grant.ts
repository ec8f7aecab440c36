import type { Command } from "commander";
import { type Grant, isPermission, PERMISSIONS, type Permission, RISKS } from "xtremepush-access";
import { clientLabel, count, visible, visibleJson } from "xtremepush-access/text";
import { StartFailure } from "../failures/start-failure";
import { accessFromEnvironment } from "./access";
import { findClientId, projectOption } from "./client-lookup";
import { confirm } from "./confirm";
import { TERMINAL } from "./output";
import { collectPermissions } from "./permission";

/** Adds the commands that make a client by hand and give it permissions. */
export function addClientGrants(command: Command): void {
  command
    .command("create")
    .description("Make a client by hand. Only its secret is written to standard output, and only once.")
    .argument("<name>", "a name that no live client of the project has")
    .addOption(projectOption())
    .option("--description <text>", "what it is for")
    .option("--no-secret", "make no secret: it signs assertions with a key that is added later")
    .option("--json", "write the client and its secret as JSON", false)
    .addHelpText(
      "after",
      '\nExample:\n  $ SECRET=$(xtremepush-access-backend client create "CRM sync" --project retail)',
    )
    .action(createClient);
  command
    .command("grant")
    .description("Give permissions to a client and take them away; shows what changes, and asks.")
    .argument("<client>", "its client ID or its name")
    .addOption(projectOption())
    .option("--add <id...>", "permissions that it gains", collectPermissions)
    .option("--remove <id...>", "permissions that it loses", collectPermissions)
    .option("--yes", "do not ask", false)
    .addHelpText(
      "after",
      '\nExample:\n  $ xtremepush-access-backend client grant "CRM sync" --project retail --add list:profile --remove import:profile',
    )
    .action(grantPermissions);
}

interface CreateOptions {
  readonly project: string;
  readonly description?: string;
  readonly secret: boolean;
  readonly json: boolean;
}

async function createClient(name: string, { project, description, secret, json }: CreateOptions): Promise<void> {
  const client = await accessFromEnvironment().clients.create(project, {
    name,
    secretVersion: secret ? 1 : 0,
    ...(description !== undefined && { description }),
  });
  if (json) return TERMINAL.out(visibleJson(client));
  TERMINAL.err(
    `Made ${clientLabel(client)}, which may do nothing yet: \`xtremepush-access-backend client grant ${visible(client.id)} ` +
      `--project ${visible(project)} --add PERMISSION\`.${secret ? " Its secret is shown only once." : ""}`,
  );
  if (client.clientSecret !== null) TERMINAL.out(client.clientSecret);
}

interface GrantOptions {
  readonly project: string;
  readonly add?: readonly Permission[];
  readonly remove?: readonly Permission[];
  readonly yes: boolean;
}

async function grantPermissions(which: string, { project, add = [], remove = [], yes }: GrantOptions): Promise<void> {
  const both = add.filter((permission) => remove.includes(permission));
  if (both.length > 0) throw new StartFailure(`Both --add and --remove name ${both.join(", ")}: leave one out.`, 2);
  if (add.length + remove.length === 0) throw new StartFailure("Give permissions with --add or --remove.", 2);
  const access = accessFromEnvironment();
  const id = await findClientId(access, project, which);
  const [client, grant] = await Promise.all([access.clients.get(project, id), access.grants.get(project, id)]);
  const gained = add.filter((permission) => !grant.permissions.includes(permission));
  const lost = remove.filter((permission) => grant.permissions.includes(permission));
  if (gained.length + lost.length === 0) {
    return TERMINAL.out(`Nothing to change: ${clientLabel(client)} already has exactly that.`);
  }
  assertKnown(clientLabel(client), grant);
  TERMINAL.err(describeChange(clientLabel(client), { gained, lost, grant }));
  await confirm("change the permissions", yes);
  const kept = grant.permissions.filter(isPermission).filter((permission) => !lost.includes(permission));
  const changed = await access.grants.put(
    project,
    id,
    { permissions: [...kept, ...gained] },
    { ifMatch: grant.revision },
  );
  TERMINAL.out(`${clientLabel(client)} has ${count(changed.permissions.length, "permission")} now.`);
}

/** A change replaces the whole grant, so it would take away what this version does not know. */
function assertKnown(label: string, { permissions }: Grant): void {
  const unknown = permissions.filter((id) => !isPermission(id));
  if (unknown.length === 0) return;
  throw new StartFailure(
    `${label} has permissions that this version does not know (${visible(unknown.join(", "))}): upgrade this command, ` +
      "xtremepush-access-backend, and run it again. Nothing was changed.",
  );
}

interface GrantChange {
  readonly gained: readonly Permission[];
  readonly lost: readonly Permission[];
  readonly grant: Grant;
}

function describeChange(label: string, { gained, lost, grant }: GrantChange): string {
  const lines = [
    ...byRisk(gained).map(
      (permission) => `  + ${permission} (${PERMISSIONS[permission].risk}): ${PERMISSIONS[permission].title}`,
    ),
    ...byRisk(lost).map(
      (permission) => `  - ${permission} (${PERMISSIONS[permission].risk}): ${PERMISSIONS[permission].title}`,
    ),
  ];
  const owner = grant.managedBy;
  const managed =
    owner === null
      ? []
      : [`${visible(owner)} manages these permissions: its next update sets them back. Change them there.`];
  return [`${label}:`, ...lines, ...managed].join("\n");
}

function byRisk(permissions: readonly Permission[]): Permission[] {
  const risk = (permission: Permission) => RISKS.indexOf(PERMISSIONS[permission].risk);
  return [...permissions].sort((a, b) => risk(b) - risk(a));
}

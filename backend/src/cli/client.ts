import { Command, InvalidArgumentError, Option } from "commander";
import {
  type AccessClient,
  type AuditEvent,
  ClientId,
  type ClientWithGrant,
  type Grant,
  isPermission,
  type Permission,
  unknownPermissionMessage,
} from "xtremepush-access";
import { count, plain, plainTime } from "../plain-text";
import { StartFailure } from "../start-failure";
import { accessFromEnvironment } from "./access";
import { auditLine } from "./audit-line";
import { grantTable } from "./grant-table";
import { collect, TERMINAL, type View, writeListing } from "./output";
import { table } from "./table";

const CLIENTS: View<ClientWithGrant> = {
  columns: {
    CLIENT: ({ id }) => id,
    NAME: ({ name }) => name,
    PERMISSIONS: ({ grant }) => String(grant.permissions.length),
    "LAST USED": ({ lastUsedTime }) => plainTime(lastUsedTime),
    UPDATED: ({ updatedTime }) => plainTime(updatedTime),
    BY: ({ updatedBy }) => updatedBy,
  },
  empty: "No clients yet: declare one in a Pulumi program (`new ApiClient(…)`) and run `pulumi up`.",
};

export function clientCommand(): Command {
  const command = new Command("client").description(
    "See the clients of a project, what they may do, and who changed them.",
  );
  command
    .command("list")
    .description("List the clients of a project.")
    .addOption(projectOption())
    .option("--name <name>", "only the client of this name")
    .option("--permission <id>", "only clients that have this permission, as in list:profile", permissionOf)
    .option("--managed-by <owner>", "only the clients of this owner")
    .option("--json", "write JSON", false)
    .addHelpText(
      "after",
      "\nExample:\n  $ xtremepush-access-backend client list --project retail --permission export:segment",
    )
    .action(listClients);
  command
    .command("show")
    .description("Show a client and its grant, with titles and risks.")
    .argument("<client>", "its client ID or its name")
    .addOption(projectOption())
    .option("--json", "write JSON", false)
    .addHelpText("after", '\nExample:\n  $ xtremepush-access-backend client show "CRM sync" --project retail')
    .action(showClient);
  command
    .command("audit")
    .description("Show who changed a client and its grant, newest first, one line a change.")
    .argument("<client>", "its client ID or its name; a deleted one by its ID")
    .addOption(projectOption())
    .option("--json", "write JSON", false)
    .addHelpText("after", '\nExample:\n  $ xtremepush-access-backend client audit "CRM sync" --project retail')
    .action(auditClient);
  return command;
}

interface ClientOptions {
  readonly project: string;
  readonly json: boolean;
}

interface ListOptions extends ClientOptions {
  readonly name?: string;
  readonly permission?: Permission;
  readonly managedBy?: string;
}

function projectOption(): Option {
  return new Option("--project <slug>", "the project").env("XTREMEPUSH_PROJECT").makeOptionMandatory();
}

function permissionOf(text: string): Permission {
  if (!isPermission(text)) throw new InvalidArgumentError(unknownPermissionMessage(text));
  return text;
}

async function listClients({ project, json, ...filter }: ListOptions): Promise<void> {
  const clients = accessFromEnvironment().clients.list(project, { limit: 1_000, ...filter });
  const empty = Object.keys(filter).length === 0 ? CLIENTS.empty : "No client fits.";
  await writeListing(TERMINAL, clients, { json, view: { ...CLIENTS, empty } });
}

async function showClient(which: string, { project, json }: ClientOptions): Promise<void> {
  const access = accessFromEnvironment();
  const id = await clientIdOf(access, project, which);
  const [client, grant] = await Promise.all([access.clients.get(project, id), access.grants.get(project, id)]);
  if (json) return TERMINAL.out(JSON.stringify({ ...client, grant }, null, 2));
  const facts = [
    ["client", client.id],
    ["name", client.name],
    ["description", client.description ?? "none"],
    ["project", client.project],
    ["managed by", client.managedBy ?? "nobody: made by hand"],
    ["last used", plainTime(client.lastUsedTime)],
    ["created", `${plainTime(client.createdTime)} by ${client.createdBy}`],
    ["updated", `${plainTime(client.updatedTime)} by ${client.updatedBy}`],
    ["grant", grantSummary(grant)],
  ];
  TERMINAL.out(table(["", ""], facts).trimStart());
  if (grant.permissions.length > 0) TERMINAL.out(`\n${grantTable(grant.permissions)}`);
}

async function auditClient(which: string, { project, json }: ClientOptions): Promise<void> {
  const access = accessFromEnvironment();
  const id = await clientIdOf(access, project, which);
  const events: AuditEvent[] = await collect(access.audit.ofClient(project, id, { limit: 1_000 }));
  if (json) return TERMINAL.out(JSON.stringify(events, null, 2));
  for (const event of events) TERMINAL.out(auditLine(event));
}

async function clientIdOf(access: AccessClient, project: string, which: string): Promise<string> {
  if (ClientId.safeParse(which).success) return which;
  const [client] = (await access.clients.list(project, { name: which })).items;
  if (client !== undefined) return client.id;
  throw new StartFailure(
    `There is no client ${plain(which)} in ${plain(project)}: see \`xtremepush-access-backend client list --project ${plain(project)}\`.`,
  );
}

function grantSummary({ permissions, revision, updatedTime, updatedBy }: Grant): string {
  if (revision === 0) return "never set: the client may do nothing";
  return `${count(permissions.length, "permission")}, updated ${plainTime(updatedTime)} by ${updatedBy ?? "nobody"}`;
}

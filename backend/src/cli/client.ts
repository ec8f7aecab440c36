import { Command } from "commander";
import type { AuditEvent, Client, ClientSecretInfo, ClientWithGrant, Grant, Permission } from "xtremepush-access";
import { count, visibleJson } from "xtremepush-access/text";
import { accessFromEnvironment } from "./access";
import { auditLine } from "./audit-line";
import { addClientChanges } from "./client-changes";
import { addClientDeliveries } from "./client-deliveries";
import { addClientGrants } from "./client-grant";
import { findClientId, projectOption, restorableTime } from "./client-lookup";
import { addClientUse } from "./client-use";
import { grantTable } from "./grant-table";
import { collect, TERMINAL, type View, writeListing } from "./output";
import { readPermission } from "./permission";
import { plainTime } from "./plain-time";
import { formatTable } from "./table";

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

const DELETED_CLIENTS: View<ClientWithGrant> = {
  columns: {
    CLIENT: ({ id }) => id,
    NAME: ({ name }) => name,
    PERMISSIONS: ({ grant }) => String(grant.permissions.length),
    "LAST USED": ({ lastUsedTime }) => plainTime(lastUsedTime),
    DELETED: ({ deletedTime }) => plainTime(deletedTime),
    "RESTORE UNTIL": (client) => plainTime(restorableTime(client)),
  },
  empty: "No client was deleted in the last 30 days.",
};

export function clientCommand(): Command {
  const command = new Command("client").description(
    "See the clients of a project, what they may do, and who changed them; make, grant, rotate, delete, restore and release one.",
  );
  addClientReads(command);
  addClientUse(command);
  addClientDeliveries(command);
  addClientGrants(command);
  addClientChanges(command);
  return command;
}

function addClientReads(command: Command): void {
  command
    .command("list")
    .description("List the clients of a project.")
    .addOption(projectOption())
    .option("--name <name>", "only the client of this name")
    .option("--permission <id>", "only clients that have this permission, as in list:profile", readPermission)
    .option("--managed-by <owner>", "only the clients of this owner")
    .option("--deleted", "the deleted ones that can be restored, instead of those that are live", false)
    .option("--json", "write JSON", false)
    .addHelpText(
      "after",
      "\nExample:\n  $ xtremepush-access-backend client list --project retail --permission export:segment",
    )
    .action(listClients);
  command
    .command("show")
    .description("Show a client with its secrets, its keys and its grant, with titles and risks.")
    .argument("<client>", "its client ID or its name; a deleted one by its ID")
    .addOption(projectOption())
    .option("--json", "write JSON", false)
    .addHelpText("after", '\nExample:\n  $ xtremepush-access-backend client show "CRM sync" --project retail')
    .action(showClient);
  command
    .command("audit")
    .description("Show who changed a client and its grant, newest first, one line for each change.")
    .argument("<client>", "its client ID or its name; a deleted one by its ID")
    .addOption(projectOption())
    .option("--json", "write JSON", false)
    .addHelpText("after", '\nExample:\n  $ xtremepush-access-backend client audit "CRM sync" --project retail')
    .action(auditClient);
}

interface ClientOptions {
  readonly project: string;
  readonly json: boolean;
}

interface ListOptions extends ClientOptions {
  readonly name?: string;
  readonly permission?: Permission;
  readonly managedBy?: string;
  readonly deleted: boolean;
}

async function listClients({ project, json, deleted, ...filter }: ListOptions): Promise<void> {
  const query = { limit: 1_000, ...filter, ...(deleted && { state: "deleted" as const }) };
  const clients = accessFromEnvironment().clients.list(project, query);
  const view = deleted ? DELETED_CLIENTS : CLIENTS;
  const empty = Object.keys(filter).length === 0 ? view.empty : "No client matches.";
  await writeListing(TERMINAL, clients, { json, view: { ...view, empty } });
}

async function showClient(which: string, { project, json }: ClientOptions): Promise<void> {
  const access = accessFromEnvironment();
  const id = await findClientId(access, project, which);
  const any = { state: "any" } as const;
  const [client, grant] = await Promise.all([
    access.clients.get(project, id, any),
    access.grants.get(project, id, any),
  ]);
  if (json) return TERMINAL.out(visibleJson({ ...client, grant }));
  const until = restorableTime(client);
  const facts = [
    ["client", client.id],
    ["name", client.name],
    ["description", client.description ?? "none"],
    ["project", client.project],
    ["managed by", client.managedBy ?? "no program: made by hand"],
    ["last used", plainTime(client.lastUsedTime)],
    ["created", `${plainTime(client.createdTime)} by ${client.createdBy}`],
    ["updated", `${plainTime(client.updatedTime)} by ${client.updatedBy}`],
    ...(until === null
      ? []
      : [["deleted", `${plainTime(client.deletedTime)}, can be restored until ${plainTime(until)}`]]),
    ["secret", secretSummary(client)],
    ["grant", grantSummary(grant)],
  ];
  TERMINAL.out(formatTable(["", ""], facts).trimStart());
  if (client.secrets.length > 0) TERMINAL.out(`\n${secretTable(client.secrets)}`);
  if (Object.keys(client.publicKeys).length > 0) TERMINAL.out(`\n${keyTable(client)}`);
  if (grant.permissions.length > 0) TERMINAL.out(`\n${grantTable(grant.permissions)}`);
}

async function auditClient(which: string, { project, json }: ClientOptions): Promise<void> {
  const access = accessFromEnvironment();
  const id = await findClientId(access, project, which);
  const events: AuditEvent[] = await collect(access.audit.ofClient(project, id, { limit: 1_000 }));
  if (json) return TERMINAL.out(visibleJson(events));
  for (const event of events) TERMINAL.out(auditLine(event));
}

function grantSummary({ permissions, revision, updatedTime, updatedBy }: Grant): string {
  if (revision === 0) return "never set: the client may do nothing";
  return `${count(permissions.length, "permission")}, updated ${plainTime(updatedTime)} by ${updatedBy ?? "an unknown actor"}`;
}

function secretSummary({ secretVersion, secrets }: Client): string {
  if (secretVersion === 0) return "none: secret version 0";
  const lives = secrets.some(({ version }) => version === secretVersion);
  return `version ${secretVersion}${lives ? "" : ", which no longer works: rotate it to get one that does"}`;
}

function secretTable(secrets: readonly ClientSecretInfo[]): string {
  return formatTable(
    ["SECRET", "CREATED", "LAST USED", "ENDS"],
    secrets.map(({ version, createdTime, lastUsedTime, expiresTime }) => [
      `version ${version}`,
      ...[createdTime, lastUsedTime, expiresTime].map(plainTime),
    ]),
  );
}

function keyTable({ publicKeys }: Client): string {
  return formatTable(
    ["KEY", "TYPE", "ALGORITHMS", "ENDS", "FINGERPRINT"],
    Object.entries(publicKeys).map(([label, { type, algorithms, expiresTime, fingerprint }]) => [
      ...[label, type, algorithms.join(", "), plainTime(expiresTime), fingerprint],
    ]),
  );
}

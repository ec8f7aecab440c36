import { type Command, InvalidArgumentError } from "commander";
import type { Permission } from "xtremepush-access";
import { RESTORE_DAYS, SecretOverlap, SecretVersion } from "xtremepush-access/schemas";
import { clientLabel, count, visible } from "xtremepush-access/text";
import { StartFailure } from "../failures/start-failure";
import { accessFromEnvironment } from "./access";
import { findClientId, projectOption, restorableTime } from "./client-lookup";
import { type Rotated, rotate } from "./client-rotation";
import { TERMINAL } from "./output";
import { plainTime } from "./plain-time";

/** Adds the commands that change a client. What a program manages must change in the program. */
export function addClientChanges(command: Command): void {
  command
    .command("rotate")
    .description("Make the next secret of a client. Only the secret is written to standard output, and only once.")
    .argument("<client>", "its client ID or its name")
    .addOption(projectOption())
    .option("--overlap <time>", "how long the previous secret keeps working, 0s to 90d (default: 24h)", readOverlap)
    .option(
      "--to <version>",
      "the version of the new secret (default: the next one); repeat the current one to replace a secret that was never used",
      readVersion,
    )
    .addHelpText(
      "after",
      '\nExample:\n  $ SECRET=$(xtremepush-access-backend client rotate "CRM sync" --project retail --overlap 7d)',
    )
    .action(rotateClient);
  command
    .command("delete")
    .description(
      `Delete a client and its grant; its secrets and keys stop working. It can be restored for ${RESTORE_DAYS} days.`,
    )
    .argument("<client>", "its client ID or its name")
    .addOption(projectOption())
    .option(
      "--yes",
      "do it; without this nothing is deleted, and the command says when the client was last used",
      false,
    )
    .addHelpText("after", '\nExample:\n  $ xtremepush-access-backend client delete "CRM sync" --project retail --yes')
    .action(deleteClient);
  command
    .command("restore")
    .description("Restore a deleted client under its ID, with its grant; its secrets and keys stay revoked.")
    .argument("<client>", "its client ID, as `client list --deleted` shows it")
    .addOption(projectOption())
    .option("--name <name>", "another name, if another client has taken its own")
    .option("--managed-by <owner>", "its new owner (default: none); an actor bound to owners must name one")
    .addHelpText(
      "after",
      "\nExample:\n  $ xtremepush-access-backend client restore xpc_aaaaaaaaaaaaaaaaaaaaaaaaaa --project retail",
    )
    .action(restoreClient);
  command
    .command("release")
    .description(
      "Remove the owner of a client and its grant, so that another program can adopt it; nothing else changes.",
    )
    .argument("<client>", "its client ID or its name")
    .option("--grant", "remove the owner of the grant alone; the client keeps its own")
    .addOption(projectOption())
    .addHelpText("after", '\nExample:\n  $ xtremepush-access-backend client release "CRM sync" --project retail')
    .action(releaseClient);
}

interface ProjectOptions {
  readonly project: string;
}

interface RotateOptions extends ProjectOptions {
  readonly overlap?: string;
  readonly to?: number;
}

function readOverlap(text: string): string {
  const overlap = SecretOverlap.safeParse(text);
  if (overlap.success) return overlap.data;
  throw new InvalidArgumentError(overlap.error.issues.map(({ message }) => message).join("; "));
}

function readVersion(text: string): number {
  const version = SecretVersion.min(1, "a version is 1 or more").safeParse(Number(text));
  if (/^\d+$/.test(text) && version.success) return version.data;
  throw new InvalidArgumentError("Give a whole number from 1 on.");
}

async function rotateClient(which: string, { project, overlap, to }: RotateOptions): Promise<void> {
  const access = accessFromEnvironment();
  const done = await rotate(access, { project, client: await findClientId(access, project, which), to, overlap });
  const { client } = done;
  if (client.clientSecret === null) throw new StartFailure(`The backend made no secret for ${clientLabel(client)}.`);
  TERMINAL.err(describeRotation(done));
  TERMINAL.out(client.clientSecret);
}

function describeRotation({ client, replaced }: Rotated): string {
  const earlier = client.secrets
    .filter(({ version }) => version !== client.secretVersion)
    .map(({ version, expiresTime }) => `Version ${version} works until ${plainTime(expiresTime)}.`);
  const owner = client.managedBy;
  const managed =
    owner === null ? [] : [`${visible(owner)} manages it: declare secretVersion: ${client.secretVersion} there.`];
  const others =
    replaced === null
      ? []
      : [
          `It replaces the one that ${visible(replaced.actor)} made at ${plainTime(replaced.time)}, which has ended: tell them.`,
        ];
  const made = `Made secret version ${client.secretVersion} of ${clientLabel(client)}; it is shown only once.`;
  return [made, ...others, ...earlier, ...managed].join(" ");
}

async function deleteClient(
  which: string,
  { project, yes }: ProjectOptions & { readonly yes: boolean },
): Promise<void> {
  const access = accessFromEnvironment();
  const client = await access.clients.get(project, await findClientId(access, project, which));
  if (!yes) {
    throw new StartFailure(
      `Not deleted: ${clientLabel(client)}, last used: ${plainTime(client.lastUsedTime)}. Add --yes to delete it; it can be ` +
        `restored for ${RESTORE_DAYS} days, and its secrets and keys stop working at once.`,
      2,
    );
  }
  const deleted = await access.clients.delete(project, client.id, { ifMatch: client.revision });
  TERMINAL.out(
    `Deleted ${clientLabel(deleted)}, last used: ${plainTime(deleted.lastUsedTime)}. Until ${plainTime(restorableTime(deleted))} ` +
      `\`xtremepush-access-backend client restore ${visible(deleted.id)} --project ${visible(project)}\` brings it back.`,
  );
}

async function restoreClient(
  which: string,
  { project, ...wanted }: ProjectOptions & { readonly name?: string; readonly managedBy?: string },
): Promise<void> {
  const access = accessFromEnvironment();
  const before = await access.clients.get(project, which, { state: "any" });
  if (before.deletedTime === null) return TERMINAL.out(`The ${clientLabel(before)} is already live; nothing changed.`);
  const client = await access.clients.restore(project, which, wanted);
  const { permissions } = await access.grants.get(project, which);
  TERMINAL.out(
    `Restored ${clientLabel(client)} with ${count(permissions.length, "permission")}. None of its secrets and keys work: ` +
      `\`xtremepush-access-backend client rotate ${visible(client.id)} --project ${visible(project)}\` makes a secret.`,
  );
}

interface ReleaseOptions extends ProjectOptions {
  /** Only the grant. */
  readonly grant?: true;
}

async function releaseClient(which: string, { project, grant: isGrantOnly }: ReleaseOptions): Promise<void> {
  const access = accessFromEnvironment();
  const id = await findClientId(access, project, which);
  const [client, grant] = await Promise.all([access.clients.get(project, id), access.grants.get(project, id)]);
  const clientOwner = isGrantOnly ? null : client.managedBy;
  const owners = new Set([clientOwner, grant.managedBy].filter((owner) => owner !== null));
  const subject = isGrantOnly ? `grant of ${clientLabel(client)}` : clientLabel(client);
  if (owners.size === 0) return TERMINAL.out(`The ${subject} already has no owner; nothing was changed.`);
  // The grant first: if this version does not know one of its permissions, the call fails before anything changes.
  if (grant.managedBy !== null) {
    const permissions = grant.permissions as Permission[];
    await access.grants.put(project, id, { permissions, managedBy: null }, { ifMatch: grant.revision });
  }
  if (clientOwner !== null) {
    await access.clients.update(project, id, { managedBy: null }, { ifMatch: client.revision });
  }
  const [released, use] = isGrantOnly ? [`the ${subject}`, "declare"] : [`${subject} and its grant`, "adopt"];
  TERMINAL.out(
    `Released ${released} from ${[...owners].map((text) => visible(text)).join(" and ")}: another program can ${use} ` +
      "it now. One that still has it in its state takes it back with its next change after a refresh, unless another has " +
      "it by then.",
  );
}

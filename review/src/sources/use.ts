import { parseOwnerIn } from "pulumi-xtremepush/protocol";
import type { AccessClient, CallOptions, ReportedTime } from "xtremepush-access";
import { DAY_MS } from "xtremepush-access/schemas";

/** A live client, as far as its use is concerned. */
export interface ClientInUse {
  readonly id: string;
  readonly name: string;
  readonly managedBy: string | null;
  /** When its grant was last changed; null when it has no permissions. */
  readonly grantedTime: string | null;
  /** The permissions of its grant, with the time of their last use; null when no gateway has counted one. */
  readonly lastUsed: ReadonlyMap<string, string | null>;
}

/** What gateways have counted in a project. */
export interface ProjectUse {
  /** Null when no gateway has reported for the project: then nothing is known. */
  readonly reported: ReportedTime | null;
  readonly clients: readonly ClientInUse[];
}

/** Reads the live clients of a project with their use. @throws AccessError */
export async function readProjectUse(
  access: AccessClient,
  project: string,
  options: CallOptions = {},
): Promise<ProjectUse> {
  const first = await access.use.ofProject(project, { limit: 1_000 }, options);
  const items = [...first.items];
  for (let { nextCursor: cursor } = first; cursor !== null; ) {
    const page = await access.use.ofProject(project, { limit: 1_000, cursor }, options);
    items.push(...page.items);
    cursor = page.nextCursor;
  }
  const granted = new Map(items.map((item) => [item.clientId, item]));
  const clients: ClientInUse[] = [];
  for await (const { id, name, managedBy } of access.clients.list(project, { limit: 1_000 }, options)) {
    const { grantedTime = null, permissions = [] } = granted.get(id) ?? {};
    const lastUsed = new Map(permissions.map(({ permission, lastUsedTime }) => [permission, lastUsedTime]));
    clients.push({ id, name, managedBy, grantedTime, lastUsed });
  }
  return { reported: first.reported, clients };
}

/**
 * Finds the live client that a program declares: by its client ID, or by the URN that owns it.
 *
 * @param names what the program may call it: URNs and client IDs.
 * @returns null when there is none, or when several match.
 */
export function findClient(
  { clients }: ProjectUse,
  names: ReadonlySet<string>,
  stack: { readonly pulumiProject: string; readonly stack: string },
): ClientInUse | null {
  const found = clients.filter(
    ({ id, managedBy }) => names.has(id) || names.has(parseOwnerIn(managedBy, stack)?.urn ?? id),
  );
  return found.length === 1 ? (found[0] ?? null) : null;
}

/** The calendar days (UTC) from one time to a later one; never negative. */
export function daysBetween(earlier: string, later: Date): number {
  return Math.max(0, dayOf(later.toISOString()) - dayOf(earlier));
}

function dayOf(time: string): number {
  return Math.floor(Date.parse(time) / DAY_MS);
}

/** The calendar day (UTC) of a time, as 2026-11-29. */
export function dateOf(time: string | Date): string {
  return new Date(time).toISOString().slice(0, 10);
}

import { AccessClient } from "xtremepush-access";

/** The actions of a client's life that the traffic writes. */
export type Action = "client.create" | "grant.update";

/** Writes by the name of their client, as in `client.create 7f2a`. */
export interface Shown {
  readonly writes: ReadonlySet<string>;
  readonly auditRows: ReadonlySet<string>;
}

/** Which of the acknowledged writes are not there, or without their audit row. */
export function missingFrom(acknowledged: readonly string[], { writes, auditRows }: Shown) {
  return {
    writes: acknowledged.filter((write) => !writes.has(write)),
    auditRows: acknowledged.filter((write) => !auditRows.has(write)),
  };
}

/** Reads what a backend has of a project. */
export async function shownBy(
  { endpoint, token }: { endpoint: string; token: string },
  project: string,
): Promise<Shown> {
  const access = new AccessClient({ endpoint, token });
  const writes = new Set<string>();
  for await (const { name, grant } of access.clients.list(project, { limit: 1_000 })) {
    writes.add(writeOf("client.create", name));
    if (grant.permissions.length > 0) writes.add(writeOf("grant.update", name));
  }
  const auditRows = new Set<string>();
  for await (const { action, target } of access.audit.ofProject(project, { limit: 1_000 })) {
    auditRows.add(`${action} ${target.name}`);
  }
  return { writes, auditRows };
}

/** How a write is remembered. */
export function writeOf(action: Action, name: string): string {
  return `${action} ${name}`;
}

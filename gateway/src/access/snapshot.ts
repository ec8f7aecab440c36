import type { AccessChange, AccessEntry, AccessPage } from "xtremepush-access/schemas";

/** What one client may do. */
export interface ClientAccess extends Pick<AccessEntry, "clientId" | "name" | "project" | "revision"> {
  /** Tokens with a lower revision do not count: they are from before a restore of the client. */
  readonly validFromRevision: number;
  readonly permissions: ReadonlySet<string>;
}

/** What all clients may do, at a position of the backend's changes. */
export interface Snapshot {
  readonly backend: Readonly<Pick<AccessPage["backend"], "id" | "epoch">>;
  readonly issuer: string;
  sequence: string;
  readonly clients: Map<string, ClientAccess>;
  /** The ends of revoked tokens, in milliseconds since 1970, by the tokens' IDs. */
  readonly revoked: Map<string, number>;
}

type Listed = Pick<AccessPage, "backend" | "issuer" | "sequence" | "clients" | "revokedTokens">;

/** Begins a snapshot with its first page. */
export function snapshotOf(page: Listed): Snapshot {
  const { backend, issuer, sequence } = page;
  const { id, epoch } = backend;
  const snapshot: Snapshot = { backend: { id, epoch }, issuer, sequence, clients: new Map(), revoked: new Map() };
  addPage(snapshot, page);
  return snapshot;
}

/** Adds what a later page lists; the snapshot stays at the position of its first page. */
export function addPage(
  snapshot: Snapshot,
  { clients, revokedTokens }: Pick<Listed, "clients" | "revokedTokens">,
): void {
  for (const entry of clients) snapshot.clients.set(entry.clientId, clientAccess(entry));
  for (const { jti, expires } of revokedTokens) snapshot.revoked.set(jti, Date.parse(expires));
}

/** Applies changes in their order, all of them before anybody reads the snapshot again. */
export function applyChanges(snapshot: Snapshot, sequence: string, changes: readonly AccessChange[]): void {
  for (const change of changes) {
    if (isRevocation(change)) snapshot.revoked.set(change.revokedToken.jti, Date.parse(change.revokedToken.expires));
    else if (change.deleted) snapshot.clients.delete(change.clientId);
    else snapshot.clients.set(change.clientId, clientAccess(change));
  }
  snapshot.sequence = sequence;
}

/** Revoked tokens are kept for this long after their end: a clock that was ahead and is set back must not bring them back. */
const KEPT_MS = 86_400_000;

/** Forgets revoked tokens that have been over for a day. */
export function forgetEnded({ revoked }: Snapshot, now: number): void {
  for (const [jti, expires] of revoked) {
    if (expires + KEPT_MS < now) revoked.delete(jti);
  }
}

/** A snapshot as the backend lists it. */
export function listed({ backend, issuer, sequence, clients, revoked }: Readonly<Snapshot>): Listed {
  return {
    ...{ backend, issuer, sequence },
    clients: [...clients.values()].map((client) => ({
      ...client,
      permissions: [...client.permissions],
      deleted: false,
    })),
    revokedTokens: [...revoked].map(([jti, expires]) => ({ jti, expires: new Date(expires).toISOString() })),
  };
}

type Revocation = Extract<AccessChange, { readonly revokedToken: unknown }>;

// Answers are read leniently, so their types have an index signature that `in` does not narrow.
function isRevocation(change: AccessChange): change is Revocation {
  return "revokedToken" in change && !("clientId" in change);
}

function clientAccess({
  clientId,
  name,
  project,
  revision,
  validFromRevision,
  permissions,
}: AccessEntry): ClientAccess {
  return { clientId, name, project, revision, validFromRevision, permissions: new Set(permissions) };
}

import type { FastifyReply } from "fastify";
import {
  type AccessChange,
  AccessChanges,
  AccessChangesQuery,
  AccessPage,
  AccessQuery,
  type JsonWebKeySet,
  ProjectSlug,
} from "xtremepush-access/schemas";
import { z } from "zod";
import { projectNotFound } from "../../changes/refusals";
import type { Connection } from "../../database/transaction";
import {
  type AccessChangeRow,
  type AccessHead,
  type LatestAccess,
  readAccessChanges,
} from "../../store/access-changes";
import {
  type AccessEntryRow,
  type AccessPosition,
  findAccess,
  listAccess,
  listRevokedTokens,
} from "../../store/access-entries";
import type { ActorRow } from "../../store/actors";
import { EMPTY, findBackend } from "../../store/backend";
import { findProject } from "../../store/projects";
import type { AccessFeed } from "../access-feed";
import { actorOf, assertSees, assertStillLive } from "../authorization";
import { decodeCursor, encodeCursor, malformedCursor } from "../cursors";
import { answer, problem } from "../openapi/answers";
import { creationKeyset, type Keyset, readPage } from "../pagination";
import type { Router, RouteSettings } from "../router";
import { serializeAccess, serializeRevokedToken } from "../serializers";
import type { Services } from "../services";
import { stoppingSignal } from "../stopping";

export interface AccessSettings extends RouteSettings {
  readonly feed: AccessFeed;
  /** The keys that verify access tokens now. */
  readonly signingKeys: () => Promise<JsonWebKeySet>;
}

const tags = ["Gateways"];

/** What gateways read. */
export function accessRoutes(app: Router, settings: AccessSettings): void {
  snapshotRoute(app, settings);
  changesRoute(app, settings);
}

function snapshotRoute(app: Router, { services, feed, authorize, signingKeys }: AccessSettings): void {
  app.get(
    "/v1/access",
    {
      onRequest: authorize("gateway"),
      schema: {
        ...{ operationId: "getAccess", summary: "Read what clients may do now, page by page", tags },
        querystring: AccessQuery,
        response: { 200: answer(AccessPage, "A page of the snapshot"), 404: problem("project_not_found") },
      },
    },
    async (request) => {
      const { project, limit, cursor } = request.query;
      const projects = await askedProjects(services, actorOf(request), project);
      const listing = { of: "access", project };
      const backend = await findBackend(services.database.db);
      if (backend === null) throw new Error(EMPTY);
      const start = decodeCursor(listing, cursor);
      // Before the rows: what changes while they are read comes with the changes.
      const sequence = start?.[0] ?? formatSequence(await feed.head());
      if (parseSequence(sequence) === null) throw malformedCursor();
      const part = { listing, sequence, projects, query: { limit, cursor } };
      const page = start?.length === 2 ? await tokenPage(services, part, start[1]) : await clientPage(services, part);
      const { id, epoch } = backend;
      const about = { version: 1 as const, backend: { id, epoch }, issuer: services.issuer, sequence };
      return { ...about, ...page, signingKeys: await signingKeys() };
    },
  );
}

/** The part of the snapshot to read. */
interface SnapshotPart {
  readonly listing: { readonly of: string; readonly project: string | undefined };
  readonly sequence: string;
  readonly projects: readonly string[] | null;
  readonly query: { readonly limit: number; readonly cursor: string | undefined };
}

type SnapshotRows = Pick<AccessPage, "clients" | "revokedTokens" | "nextCursor">;

async function clientPage(services: Services, part: SnapshotPart): Promise<SnapshotRows> {
  const { listing, sequence, projects, query } = part;
  const wanted = { listing, query, keyset: accessKeyset(sequence) };
  const { rows, nextCursor } = await readPage(wanted, (asked) =>
    services.database.listings.read((db) => listAccess(db, { projects }, asked)),
  );
  const clients = rows.map(serializeAccess);
  if (nextCursor !== null) return { clients, revokedTokens: [], nextCursor };
  return { ...(await tokenPage(services, part, "")), clients };
}

async function tokenPage(services: Services, part: SnapshotPart, after = ""): Promise<SnapshotRows> {
  const { listing, sequence, projects, query } = part;
  // PostgreSQL does not take every string.
  if (!/^[\x21-\x7e]{0,100}$/.test(after)) throw malformedCursor();
  const { rows, more } = await services.database.listings.read((db) =>
    listRevokedTokens(db, { projects, now: services.clock() }, { after, limit: query.limit }),
  );
  const last = rows.at(-1);
  return {
    clients: [],
    revokedTokens: rows.map(serializeRevokedToken),
    nextCursor: more && last !== undefined ? encodeCursor(listing, [sequence, last.jti]) : null,
  };
}

/** The sequence of the snapshot, and where a page of clients ended. */
function accessKeyset(sequence: string): Keyset<AccessEntryRow, AccessPosition> {
  return {
    write: (row) => [sequence, row.project, ...byCreation.write(row)],
    read: z
      .tuple([z.string(), ProjectSlug], z.string())
      .transform(([, project, ...position]): { project: string; position: unknown } => ({ project, position }))
      .pipe(z.object({ project: z.string(), position: byCreation.read }))
      .transform(({ project, position }) => ({ project, ...position })),
  };
}

const byCreation = creationKeyset<AccessEntryRow>((row) => row);

function changesRoute(app: Router, { services, feed, authorize, signingKeys }: AccessSettings): void {
  const stopping = stoppingSignal(app);

  app.get(
    "/v1/access/changes",
    {
      onRequest: authorize("gateway"),
      schema: {
        ...{ operationId: "getAccessChanges", summary: "Read what changed since, or wait for a change", tags },
        querystring: AccessChangesQuery,
        response: {
          200: answer(AccessChanges, "The changes; none when the wait has ended without one"),
          404: problem("project_not_found"),
        },
      },
    },
    async (request, reply) => {
      const { project, after, wait } = request.query;
      const projects = await askedProjects(services, actorOf(request), project);
      const signal = AbortSignal.any([stopping, closeOf(reply)]);
      const found = await findChanges(
        { database: services.database, feed },
        { after, projects },
        { ms: wait * 1_000, signal },
      );
      if (wait > 0) await assertStillLive(services, request);
      return { ...found, signingKeys: await signingKeys() };
    },
  );
}

/** Aborts when the caller has gone. */
function closeOf({ raw }: FastifyReply): AbortSignal {
  const closed = new AbortController();
  raw.once("close", () => closed.abort());
  return closed.signal;
}

/** As many changes as an answer has at most. */
const CHANGES_MAX = 500;

type FoundChanges = Pick<AccessChanges, "sequence" | "changes" | "more" | "reset">;

async function findChanges(
  { database, feed }: Pick<Services, "database"> & Pick<AccessSettings, "feed">,
  { after, projects }: { readonly after: string; readonly projects: readonly string[] | null },
  { ms, signal }: { readonly ms: number; readonly signal: AbortSignal },
): Promise<FoundChanges> {
  const end = performance.now() + ms;
  let head = await feed.head();
  let known: AccessHead | null = parseSequence(after);
  for (;;) {
    // One more than an answer has tells that there are others.
    const wanted = { projects, limit: CHANGES_MAX + 1 };
    const rows = known?.epoch === head.epoch ? await readAccessChanges(database.db, known, wanted) : null;
    if (known === null || rows === null)
      return { sequence: formatSequence(head), changes: [], more: false, reset: true };
    if (rows.length > 0) return shownChanges(database.db, rows, head);
    // There were changes of other projects only.
    known = head;
    const left = head.isBehind ? 0 : end - performance.now();
    head = await feed.next(head, { ms: left, signal });
    if (head === known) return { sequence: formatSequence(head), changes: [], more: head.isBehind, reset: false };
  }
}

async function shownChanges(
  db: Connection,
  rows: readonly AccessChangeRow[],
  head: LatestAccess,
): Promise<FoundChanges> {
  const listed = rows.slice(0, CHANGES_MAX);
  const last = listed.at(-1);
  // Rows may follow that are not listed, or not seen when the head was read.
  const isCut = rows.length > CHANGES_MAX;
  const isAhead = last === undefined || (!isCut && head.number > last.number);
  const sequence = formatSequence(isAhead ? head : { ...last, epoch: head.epoch });
  const ids = [...new Set(listed.flatMap(({ jti, client }) => (jti === null ? [client] : [])))];
  // As they are now, which is at least as new as the changes.
  const entries = new Map((await findAccess(db, ids)).map((entry) => [entry.id, serializeAccess(entry)]));
  const changes = lastOfEach(listed).map((row): AccessChange => {
    const { jti, tokenEnd, client: clientId, project } = row;
    if (jti !== null && tokenEnd !== null) {
      return { revokedToken: serializeRevokedToken({ jti, expiresTime: tokenEnd }) };
    }
    return entries.get(clientId) ?? { clientId, project, deleted: true };
  });
  return { sequence, changes, more: isCut || head.isBehind, reset: false };
}

/** A client that changed several times is listed once, at its last change. */
function lastOfEach(rows: readonly AccessChangeRow[]): AccessChangeRow[] {
  const last = new Map(rows.map((row) => [row.jti ?? row.client, row]));
  return rows.filter((row) => last.get(row.jti ?? row.client) === row);
}

/** The projects that an actor asks about; null for all there are. */
async function askedProjects(
  { database }: Services,
  actor: ActorRow,
  project: string | undefined,
): Promise<readonly string[] | null> {
  if (project === undefined) return actor.projects;
  assertSees(actor, project);
  if ((await findProject(database.db, project)) === null) throw projectNotFound(project);
  return [project];
}

function formatSequence({ epoch, number, tag }: AccessHead): string {
  return `${epoch}.${number}.${tag}`;
}

/** Null for what this backend has not written, which counts as too old. */
function parseSequence(text: string): AccessHead | null {
  const [, epoch, number, tag] = /^(\d{1,15})\.(\d{1,15})\.([0-9a-f]{8})$/.exec(text) ?? [];
  return tag === undefined ? null : { epoch: Number(epoch), number: Number(number), tag };
}

import { isPermission } from "xtremepush-access/catalog";
import { type NotKnown, unusedNotKnown } from "xtremepush-access/rules";
import {
  ClientUse,
  ClientUseQuery,
  DAY_MS,
  ProjectUsePage,
  ProjectUseQuery,
  REPORT_DAYS,
  UseReport,
  UseReported,
} from "xtremepush-access/schemas";
import { word } from "xtremepush-access/text";
import type { z } from "zod";
import { clientNotFound, projectNotFound } from "../../changes/refusals";
import { ProblemError } from "../../failures/problems";
import type { ActorRow } from "../../store/actors";
import { findClient } from "../../store/clients";
import { findProject } from "../../store/projects";
import { type GrantedUseRow, listClientUse, listGrantedUse, type PermissionUseRow } from "../../store/use";
import { findReported, type Reported, recordUse } from "../../store/use-reports";
import { actorOf, assertSees } from "../authorization";
import { answer, problem } from "../openapi/answers";
import { creationKeyset, readPage } from "../pagination";
import { ClientParams, ProjectParams, type Router, type RouteSettings } from "../router";

const tags = ["Gateways"];

/** What is used: gateways report it, and others read it. */
export function useRoutes(app: Router, settings: RouteSettings): void {
  reportRoute(app, settings);
  readRoutes(app, settings);
}

function reportRoute(app: Router, { services, authorize }: RouteSettings): void {
  app.post(
    "/v1/access/use",
    {
      onRequest: authorize("gateway"),
      schema: {
        ...{ operationId: "reportUse", summary: "Report which permissions were used", tags },
        description: "For actors with the role gateway. A report that is sent again counts once.",
        body: UseReport,
        response: { 200: answer(UseReported, "What was counted"), 403: problem("forbidden") },
      },
    },
    async (request) => {
      const actor = actorOf(request);
      const { gateway, batch, projects: some, uses, ...times } = request.body;
      assertGateway(actor);
      for (const project of some ?? []) assertSees(actor, project);
      const projects = some ?? actor.projects ?? [];
      const [from, to] = [new Date(times.from), new Date(times.to)];
      assertRecent({ from, to }, services.clock());
      const known = uses.filter(({ permission }) => isPermission(permission)).map(readUse);
      const report = { actor: actor.id, gateway, batch, projects, from, to, uses: known };
      const counted = await recordUse(services.database.db, report, services.clock());
      if (counted === null) return { counted: 0, ignored: 0, repeated: true };
      return { counted, ignored: uses.length - counted, repeated: false };
    },
  );
}

function assertGateway({ name, role }: ActorRow): void {
  if (role === "gateway") return;
  throw new ProblemError(
    "forbidden",
    `the actor ${word(name)} is ${role}, and only a gateway reports use; use the token of another actor`,
  );
}

/** How much faster the clock of a gateway may be. */
const AHEAD_MS = 3_600_000;

/** A report is remembered for some days, so an older one could count twice. */
function assertRecent({ from, to }: { readonly from: Date; readonly to: Date }, now: Date): void {
  const field = from.getTime() < now.getTime() - REPORT_DAYS * DAY_MS ? "from" : "to";
  if (field === "to" && to.getTime() <= now.getTime() + AHEAD_MS) return;
  const message =
    field === "from" ? `must be within the last ${REPORT_DAYS} days` : "must not be in the future; check the clock";
  throw new ProblemError("validation_failed", `${field} ${message}`, { errors: [{ field, message }] });
}

function readUse({
  clientId,
  permission,
  hour,
  count,
  refused,
  first,
  last,
}: z.output<typeof UseReport>["uses"][number]) {
  const times = { hour: new Date(hour), first: new Date(first), last: new Date(last) };
  return { client: clientId, permission, used: count, refused, ...times };
}

function readRoutes(app: Router, { services, authorize }: RouteSettings): void {
  const { database, clock } = services;

  app.get(
    "/v1/projects/:project/clients/:client/use",
    {
      onRequest: authorize("viewer"),
      schema: {
        ...{ operationId: "getClientUse", summary: "Read which permissions a client uses", tags },
        params: ClientParams,
        querystring: ClientUseQuery,
        response: { 200: answer(ClientUse, "What the client uses") },
      },
    },
    async (request) => {
      const key = { project: request.params.project, id: request.params.client };
      const { days } = request.query;
      const now = clock();
      const client = await findClient(database.db, key, { state: "live", now });
      if (client === null) throw await clientNotFound(database.db, key, now);
      const since = new Date(now.getTime() - days * DAY_MS);
      const rows = await database.listings.read((db) => listClientUse(db, client.id, since));
      const reported = serializeReported(await findReported(database.db, key.project));
      const { id: clientId, project, name } = client;
      return { clientId, project, name, days, reported, permissions: rows.map(serializeUse) };
    },
  );

  app.get(
    "/v1/projects/:project/use",
    {
      onRequest: authorize("viewer"),
      schema: {
        ...{ operationId: "listUse", summary: "List permissions of grants, and when each was last used", tags },
        params: ProjectParams,
        querystring: ProjectUseQuery,
        response: { 200: answer(ProjectUsePage, "A page of the clients that have such permissions") },
      },
    },
    async (request) => {
      const { project } = request.params;
      const { unusedDays, permission, limit, cursor } = request.query;
      const reported = await findReported(database.db, project);
      const listing = { of: "use", project, unusedDays, permission };
      const now = clock();
      const unusedSince = unusedDays === undefined ? null : new Date(now.getTime() - unusedDays * DAY_MS);
      const where = { project, unusedSince, permission: permission ?? null };
      const notKnown = unusedDays === undefined ? null : unusedNotKnown(reported, { days: unusedDays, now });
      const { rows, nextCursor } =
        notKnown === null
          ? await readPage({ listing, query: { limit, cursor }, keyset: byCreation }, (part) =>
              database.listings.read((db) => listGrantedUse(db, where, part)),
            )
          : { rows: [], nextCursor: null };
      if (rows.length === 0 && (await findProject(database.db, project)) === null) throw projectNotFound(project);
      const known = { reported: serializeReported(reported), notKnown: serializeNotKnown(notKnown) };
      return { project, ...known, items: rows.map(serializeGrantedUse), nextCursor };
    },
  );
}

const byCreation = creationKeyset<GrantedUseRow>((row) => row);

function serializeReported(reported: Reported | null): ClientUse["reported"] {
  if (reported === null) return null;
  const { since, until, gateways } = reported;
  return { since: since.toISOString(), until: until.toISOString(), gateways: [...gateways] };
}

function serializeNotKnown(notKnown: NotKnown | null): ProjectUsePage["notKnown"] {
  return notKnown && { why: notKnown.why, knownFrom: notKnown.knownFrom?.toISOString() ?? null };
}

function serializeUse(row: PermissionUseRow): ClientUse["permissions"][number] {
  const { permission, granted, used, refused, firstUsedTime, lastUsedTime, lastRefusedTime } = row;
  return {
    ...{ permission, granted, count: used, refused },
    firstUsedTime: firstUsedTime?.toISOString() ?? null,
    lastUsedTime: lastUsedTime?.toISOString() ?? null,
    lastRefusedTime: lastRefusedTime?.toISOString() ?? null,
  };
}

function serializeGrantedUse({ id, name, grantedTime, held }: GrantedUseRow): ProjectUsePage["items"][number] {
  const permissions = held.map(([permission, lastUsed]) => ({
    permission,
    lastUsedTime: lastUsed === null ? null : new Date(lastUsed).toISOString(),
  }));
  return { clientId: id, name, grantedTime: grantedTime.toISOString(), permissions };
}

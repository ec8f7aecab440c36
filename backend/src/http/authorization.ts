import type { FastifyRequest } from "fastify";
import { ClientId, ProjectSlug, ROLES, type Role } from "xtremepush-access/schemas";
import { word } from "xtremepush-access/text";
import { auditOf } from "../changes/change";
import { projectNotFound } from "../changes/refusals";
import { hashSecret, isWellFormed } from "../credentials/secrets";
import { ProblemError } from "../failures/problems";
import type { ActorRow } from "../store/actors";
import { insertAudit } from "../store/audit";
import { LIMIT_WINDOW_MS } from "./limits";
import type { Services } from "./services";

/** A check that a route runs before it reads the body. */
export type Check = (request: FastifyRequest) => Promise<void>;

/** Finds the actor with a token of this hash. */
export type FindActor = (tokenHash: Uint8Array, request: FastifyRequest) => Promise<ActorRow | null>;

/** Makes the check of a route that is for actors with at least a role; `find` may read more than the actor. */
export type Authorize = (least: Role, find?: FindActor) => Check;

/**
 * Makes the authorization of requests, which limits each actor to its role and its projects. `countActor` counts a request
 * and refuses it over the limit.
 */
export function makeAuthorize(services: Services, countActor: Check): Authorize {
  const findAlone: FindActor = async (actorToken) =>
    (await services.live.find({ actorToken, accessToken: null })).actor;
  return (least, find = findAlone) => {
    const check: Check = async (request) => {
      const tokenHash = hashSecret(presentedToken(request.headers.authorization));
      const actor = assertLive(await find(tokenHash, request), services.clock());
      await authorize(request, actor, least);
    };
    roles.set(check, least);
    return check;
  };

  async function authorize(request: FastifyRequest, actor: ActorRow, least: Role): Promise<void> {
    actors.set(request, actor);
    await countActor(request);
    const { project } = paramsOf(request);
    if (project !== undefined) assertSees(actor, project);
    if (ROLES.indexOf(actor.role) < ROLES.indexOf(least)) {
      throw needsRole(actor, least);
    }
  }
}

/** Refuses a project that the actor may not see, as one that does not exist. */
export function assertSees({ projects }: ActorRow, project: string): void {
  if (projects === null || projects.includes(project)) return;
  const problem = projectNotFound(project);
  hidden.add(problem);
  throw problem;
}

const roles = new WeakMap<object, Role>();

/** The least role that a hook of a route asks for; undefined when it asks for no actor. */
export function roleOf(hook: object | undefined): Role | undefined {
  return hook && roles.get(hook);
}

/**
 * Makes the hook that records refusals because of a role, a project or another owner's client. It records only a few of one
 * actor at a time, because an actor that is refused in a loop must not fill the disk.
 */
export function makeRefusalRecorder(services: Services) {
  const recorded = new Map<string, number>();
  let windowEnd = 0;
  return async (request: FastifyRequest, _reply: unknown, error: unknown): Promise<void> => {
    const actor = actors.get(request);
    if (actor === undefined || !(error instanceof ProblemError) || !isRefusal(error)) return;
    const time = services.clock();
    if (time.getTime() >= windowEnd) {
      recorded.clear();
      windowEnd = time.getTime() + LIMIT_WINDOW_MS;
    }
    const count = (recorded.get(actor.id) ?? 0) + 1;
    recorded.set(actor.id, count);
    if (count > services.limits.recordedRefusals) return;
    try {
      await recordRefusal({ services, request, actor, time }, error);
    } catch (failure) {
      // The actor is refused either way, and Fastify does not report the failure of this hook.
      request.log.error({ err: failure }, "a refusal could not be recorded");
    }
  };
}

/** Returns the actor of an authorized request. */
export function actorOf(request: FastifyRequest): ActorRow {
  const actor = actors.get(request);
  if (actor === undefined) throw new Error(`${request.routeOptions.url} asks for its actor but has no authorization`);
  return actor;
}

/** Returns the actor of a request; undefined before it is authenticated. */
export function findKnownActor(request: FastifyRequest): ActorRow | undefined {
  return actors.get(request);
}

/** Refuses an actor whose token has ended while its request waited for something. */
export async function assertStillLive({ live, clock }: Services, request: FastifyRequest): Promise<void> {
  const actorToken = hashSecret(presentedToken(request.headers.authorization));
  assertLive((await live.find({ actorToken, accessToken: null })).actor, clock());
}

/** Refuses an actor whose token is unknown or has ended. */
function assertLive(actor: ActorRow | null, now: Date): ActorRow {
  if (actor === null) throw unauthenticated("the token is not known to this backend; is it another environment's?");
  const { revokedTime, expiresTime } = actor;
  if (revokedTime !== null)
    throw unauthenticated(`the token was revoked at ${revokedTime.toISOString()}; ask an admin for a new one`);
  if (expiresTime !== null && expiresTime <= now) {
    throw unauthenticated(`the token ended at ${expiresTime.toISOString()}; ask an admin for a new one`);
  }
  return actor;
}

const actors = new WeakMap<FastifyRequest, ActorRow>();
/** Problems that look the same for a hidden project and for one that does not exist. */
const hidden = new WeakSet<ProblemError>();

function isRefusal(problem: ProblemError): boolean {
  return problem.code === "forbidden" || problem.code === "above_ceiling" || hidden.has(problem);
}

/** The actor's token in an Authorization header; whether it is a known one is not looked at. */
export function presentedToken(authorization: string | undefined): string {
  if (authorization === undefined) {
    throw unauthenticated("the request has no token; send Authorization: Bearer with an actor's token");
  }
  const token = /^Bearer +([^ ]+)$/i.exec(authorization)?.[1];
  if (token === undefined) throw unauthenticated("the Authorization header must be Bearer, a space and the token");
  if (!isWellFormed("xpat", token)) {
    throw unauthenticated("the token is not an actor's token (xpat_ and 49 characters) or has a typo; copy it again");
  }
  return token;
}

function unauthenticated(detail: string): ProblemError {
  return new ProblemError("unauthenticated", detail);
}

function needsRole(actor: ActorRow, least: Role): ProblemError {
  return new ProblemError(
    "forbidden",
    `the actor ${word(actor.name)} is ${actor.role}, and this needs ${least === "admin" ? "an admin" : `at least ${least}`}; ` +
      "use the token of another actor",
  );
}

function paramsOf(request: FastifyRequest): Params {
  // The router has made this object from the address: strings by the names in the route's template.
  return request.params as Params;
}

interface Params {
  readonly project?: string;
  readonly client?: string;
}

interface Refusal {
  readonly services: Services;
  readonly request: FastifyRequest;
  readonly actor: ActorRow;
  readonly time: Date;
}

async function recordRefusal({ services, request, actor, time }: Refusal, problem: ProblemError): Promise<void> {
  const change = { database: services.database, actor, requestId: request.id, time };
  const client = ClientId.safeParse(paramsOf(request).client).data;
  const entry = {
    action: "access.refused",
    targetType: "route",
    targetId: `${request.method} ${request.routeOptions.url}`,
    // What is not a slug can contain characters that PostgreSQL cannot store.
    targetName: ProjectSlug.safeParse(paramsOf(request).project).data ?? null,
    project: null,
    client: null,
    managedBy: null,
    before: null,
    after: { code: problem.code, ...(client !== undefined && { client }) },
  };
  await insertAudit(services.database.db, auditOf(change, entry));
}

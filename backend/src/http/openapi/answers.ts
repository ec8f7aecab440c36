import { PROBLEMS, Problem, type ProblemCode } from "xtremepush-access/schemas";
import { z } from "zod";

/** A success: its body, and what it means. */
export function answer<Body extends z.ZodType>(schema: Body, description: string) {
  return { description, content: { "application/json": { schema } } };
}

/** A success with the revision of its body as ETag, which the next write sends as If-Match. */
export function answerWithETag<Body extends z.ZodType>(schema: Body, description: string) {
  return { ...answer(schema, description), headers: { ETag: { type: "string", description: "For If-Match" } } };
}

/** The answer of one status, with the codes that it can have. */
export function problem(...codes: readonly [ProblemCode, ...ProblemCode[]]) {
  const withCode = z.looseObject({ code: z.enum(codes) });
  return {
    description: codes.map((code) => `\`${code}\`: ${PROBLEMS[code].title}`).join("; "),
    content: { "application/problem+json": { schema: z.intersection(Problem, withCode) } },
  };
}

/** What decides which errors a route of the management API can have. */
interface GuardedRoute {
  readonly method: string;
  readonly url: string;
  /** Whether it is for actors, and whether their role can be too low. */
  readonly forActors: boolean;
  readonly needsRole: boolean;
  readonly needsRevision: boolean;
  readonly isLimited: boolean;
}

/** The errors that follow from what a route takes; a route adds its own. */
export function commonErrors(route: GuardedRoute): Record<number, ReturnType<typeof problem>> {
  const codes: ProblemCode[] = ["validation_failed", "internal", "unavailable"];
  if (route.forActors) codes.push("unauthenticated");
  if (route.needsRole) codes.push("forbidden");
  if (route.url.includes(":project")) codes.push("project_not_found");
  if (route.url.includes(":client")) codes.push("client_not_found");
  if (route.url.includes(":environment")) codes.push("environment_not_found");
  if (route.url.includes(":actor")) codes.push("actor_not_found");
  if (route.method !== "GET") codes.push("payload_too_large", "unsupported_media_type", "disk_full");
  if (route.needsRevision) codes.push("revision_mismatch", "precondition_required");
  if (route.isLimited) codes.push("rate_limited");
  return byStatus(codes);
}

function byStatus(codes: readonly ProblemCode[]): Record<number, ReturnType<typeof problem>> {
  const answers: Record<number, ReturnType<typeof problem>> = {};
  for (const { status } of codes.map((code) => PROBLEMS[code])) {
    const [first, ...rest] = codes.filter((code) => PROBLEMS[code].status === status);
    if (first !== undefined) answers[status] = problem(first, ...rest);
  }
  return answers;
}

import { z } from "zod";
import { ProblemError } from "../../failures/problems";
import { ping } from "../../store/backend";
import { answer } from "../openapi/answers";
import type { Router, RouteSettings } from "../router";
import type { Services } from "../services";
import { isStopping } from "../stopping";

const Health = z.looseObject({ status: z.string() });

/** How long one answer of the database serves every caller. */
const KEPT_MS = 1_000;
const RETRY = { headers: { "retry-after": "5" } } as const;

const tags = ["Operations"];

/** For load balancers: `/healthz` reports that the process runs, `/readyz` that it can serve. */
export function healthRoutes(app: Router, { services }: RouteSettings): void {
  const ready = sharedPing(services);

  app.get(
    "/healthz",
    {
      schema: {
        ...{ operationId: "getHealth", summary: "Ask whether the process runs", tags },
        description: "For load balancers. It asks nothing of the database.",
        response: { 200: answer(Health, "The process runs") },
      },
    },
    async () => ({ status: "ok" }),
  );

  app.get(
    "/readyz",
    {
      schema: {
        ...{ operationId: "getReadiness", summary: "Ask whether the backend can serve", tags },
        description: "For load balancers. It asks the database at most once a second.",
        response: { 200: answer(Health, "The backend can serve") },
      },
    },
    async () => {
      if (isStopping(app))
        throw new ProblemError("unavailable", "the backend stops; try again in a few seconds", RETRY);
      const shortage = services.database.disk?.shortage() ?? null;
      if (shortage !== null) throw new ProblemError("unavailable", shortage.message, RETRY);
      await ready();
      return { status: "ok" };
    },
  );
}

/** Anybody may call without a limit, so one call at a time asks the database, at most once a second. */
function sharedPing({ database, clock }: Services): () => Promise<void> {
  let answer: Promise<void> | undefined;
  let answered: number | undefined;
  return () => {
    // The absolute difference: a clock that was set back must not keep an answer for longer.
    const old = answered !== undefined && Math.abs(clock().getTime() - answered) >= KEPT_MS;
    if (answer !== undefined && !old) return answer;
    answered = undefined;
    answer = ping(database.db);
    const keep = () => {
      answered = clock().getTime();
    };
    answer.then(keep, keep);
    return answer;
  };
}

import assert from "node:assert/strict";
import { withRoutes } from "../../support/backend/all-routes";
import { callerOf } from "../../support/backend/api";
import { ENGINES, startTestBackend, type TestBackend } from "../../support/backend/backend";
import { brokenRequests } from "../../support/backend/broken-requests";
import { describedRoute } from "../../support/backend/described-route";
import { fillBackend } from "../../support/backend/full-backend";
import { fullestRequests, ISSUER } from "../../support/backend/fullest-requests";
import { longestTurn } from "../../support/backend/longest-turn";
import { exchange } from "../../support/backend/raw-exchange";
import type { WorstRequest } from "../../support/backend/worst-request";

/** No request may keep others waiting for longer. */
const LONGEST_MS = 50;
/** What is shorter is not measured again. */
const SHORT_MS = 25;

// What counts is the CPU time of the main thread in one turn: on PostgreSQL the backend's own, on PGlite also the database's,
// which runs on that thread. The shortest of several measurements counts: the others can hold a collection of garbage, or
// the first run of a function.
for (const engine of ENGINES) {
  describe(`the longest turn of the event loop (${engine})`, function () {
    this.timeout(300_000);
    const never = Number.MAX_SAFE_INTEGER;
    const limits = { actorRequests: never, addressRequests: never, clientTokens: never, addressTokens: never };
    let backend: TestBackend;
    let routes: string[];
    let fullest: ReturnType<typeof fullestRequests>;

    before(async () => {
      const start = () => startTestBackend({ engine, issuer: ISSUER, limits: { ...limits, recordedRefusals: never } });
      ({ started: backend, routes } = await withRoutes(start));
      fullest = fullestRequests(await fillBackend(backend));
    });
    after(() => backend.close());

    /** The milliseconds of a request. */
    async function measure({ make, status }: WorstRequest): Promise<number> {
      let shortest = Number.POSITIVE_INFINITY;
      for (let times = 0; times < 5 && shortest > SHORT_MS; times += 1) {
        const request = await make();
        let answer = "";
        const turn = await longestTurn(async () => {
          answer = await exchange(backend.endpoint, request);
        });
        const [, answered] = answer.split(" ", 2);
        if (status !== undefined) assert.equal(answered, String(status), answer.slice(-500));
        assert.match(answered ?? "", /^[2-4]\d\d$/, answer.slice(-500));
        shortest = Math.min(shortest, turn);
      }
      return shortest;
    }

    async function findLong(route: string, requests: readonly WorstRequest[]): Promise<string[]> {
      const long: string[] = [];
      for (const request of requests) {
        const turn = await measure(request);
        if (turn > LONGEST_MS) long.push(`${route}, ${request.title}: ${Math.round(turn)} ms`);
      }
      return long;
    }

    it("is known for every route", () => {
      const withoutHead = routes.filter((route) => !route.startsWith("HEAD "));

      assert.deepEqual(Object.keys(fullest).sort(), withoutHead.sort());
    });

    it("is short for the largest requests that each route takes", async () => {
      const long: string[] = [];
      for (const [route, requests] of Object.entries(fullest)) long.push(...(await findLong(route, requests)));

      assert.deepEqual(long, []);
    });

    it("is short for the largest requests that each route refuses", async () => {
      const { body: api } = await callerOf(backend.endpoint, backend.adminToken)("GET /openapi.json");
      const long: string[] = [];
      for (const [route, [first]] of Object.entries(fullest)) {
        const [call = ""] = /^\S+ [^\s?]+/.exec(String(await first?.make())) ?? [];
        const headers = { authorization: `Bearer ${backend.adminToken}`, "if-match": '"1"' };
        long.push(...(await findLong(route, brokenRequests(describedRoute(api, route), { call, headers }))));
      }

      assert.deepEqual(long, []);
    });
  });
}

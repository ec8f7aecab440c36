import { AccessClient, select } from "xtremepush-access";
import { TokenAnswer } from "xtremepush-access/schemas";
import { type LoadResult, load, type Request } from "./load";

const PROJECT = "load";
const CONNECTIONS = 16;

export const CALLS = ["create", "read", "list", "token", "introspection"] as const;
export type CallName = (typeof CALLS)[number];

export interface RequestsPlan {
  readonly endpoint: string;
  readonly adminToken: string;
  /** How many clients exist before the first measurement, each with a grant. */
  readonly clients: number;
  /** How long to measure each call. */
  readonly seconds: number;
}

/** The result of one call's load. */
export interface CallResult extends LoadResult {
  /** SQL statements that the backend ran, a call. */
  readonly statements: number;
}

/** Measures how many requests a backend answers in a second, over 16 connections. */
export async function measureRequests(plan: RequestsPlan): Promise<Map<CallName, CallResult>> {
  const clients = await fill(plan);
  const results = new Map<CallName, CallResult>();
  // Creates come last, so that the other calls run on the prepared clients.
  for (const call of ["read", "list", "token", "introspection", "create"] as const) {
    const request = requestsOf(call, plan.adminToken, clients);
    const { endpoint, seconds } = plan;
    await load({ endpoint, connections: CONNECTIONS, seconds: seconds / 5, request: (n) => request(n + WARM_UP) });
    const before = await countStatements(plan);
    const result = await load({ endpoint, connections: CONNECTIONS, seconds, request });
    const statements = ((await countStatements(plan)) - before) / result.times.length;
    results.set(call, { ...result, statements });
  }
  return results;
}

async function countStatements({ endpoint, adminToken }: RequestsPlan): Promise<number> {
  const answer = await fetch(`${endpoint}/metrics`, { headers: { authorization: `Bearer ${adminToken}` } });
  const [, count] = /^xtremepush_access_database_statements_total (\d+)$/m.exec(await answer.text()) ?? [];
  if (count === undefined) throw new Error("the backend does not count its statements");
  return Number(count);
}

/** Keeps the client names of the warm-up apart from those of the measurement. */
const WARM_UP = 1_000_000_000;

interface Filled {
  readonly id: string;
  readonly clientSecret: string;
  readonly accessToken: string;
}

async function fill({ endpoint, adminToken, clients }: RequestsPlan): Promise<readonly Filled[]> {
  const access = new AccessClient({ endpoint, token: adminToken });
  await access.projects.create({ slug: PROJECT });
  const permissions = select({ access: "read", maxRisk: "low" });
  const numbers = Array.from({ length: clients }, (_, index) => index);
  return Promise.all(
    numbers.map(async (number) => {
      const { id, clientSecret } = await access.clients.create(PROJECT, { name: `Filled ${number}`, secretVersion: 1 });
      await access.grants.put(PROJECT, id, { permissions }, { ifMatch: 0 });
      const filled = { id, clientSecret: clientSecret ?? "", accessToken: "" };
      return { ...filled, accessToken: await fetchToken(endpoint, filled) };
    }),
  );
}

function requestsOf(call: CallName, adminToken: string, clients: readonly Filled[]): (number: number) => Request {
  const path = `/v1/projects/${PROJECT}/clients`;
  const headers = { authorization: `Bearer ${adminToken}` };
  const clientOf = (number: number): Filled => clients[number % clients.length] ?? NO_CLIENT;
  switch (call) {
    case "create":
      return (number) => ({
        method: "POST",
        path,
        headers: { ...headers, "content-type": "application/json" },
        body: JSON.stringify({ name: `Created ${number}`, secretVersion: 1 }),
      });
    case "read":
      return (number) => ({ method: "GET", path: `${path}/${clientOf(number).id}`, headers });
    case "list":
      return () => ({ method: "GET", path: `${path}?limit=100`, headers });
    case "token":
      return (number) => tokenRequest(clientOf(number));
    case "introspection":
      return (number) => ({
        method: "POST",
        path: "/api/oauth/introspect",
        headers: { ...headers, ...FORM },
        body: `token=${clientOf(number).accessToken}`,
      });
  }
}

const FORM = { "content-type": "application/x-www-form-urlencoded" };
const NO_CLIENT: Filled = { id: "", clientSecret: "", accessToken: "" };

async function fetchToken(endpoint: string, client: Filled): Promise<string> {
  const { path, ...request } = tokenRequest(client);
  const answer = await fetch(`${endpoint}${path}`, request);
  const { access_token: token } = TokenAnswer.parse(await answer.json());
  return token;
}

function tokenRequest({ id, clientSecret }: Filled): Request {
  return {
    method: "POST",
    path: "/api/oauth/token",
    headers: {
      authorization: `Basic ${Buffer.from(`${id}:${clientSecret}`).toString("base64")}`,
      ...FORM,
    },
    body: "grant_type=client_credentials",
  };
}

import { AccessClient, select } from "xtremepush-access";
import { type LoadResult, load, type Request } from "./load";

const PROJECT = "load";
const CONNECTIONS = 16;

export const CALLS = ["create", "read", "list", "token"] as const;
export type CallName = (typeof CALLS)[number];

export interface RequestsPlan {
  readonly endpoint: string;
  readonly adminToken: string;
  /** How many clients exist before the first measurement, each with a grant. */
  readonly clients: number;
  /** How long to measure each call. */
  readonly seconds: number;
}

/** Measures how many requests a backend answers in a second, over 16 connections. */
export async function measureRequests(plan: RequestsPlan): Promise<Map<CallName, LoadResult>> {
  const clients = await fill(plan);
  const results = new Map<CallName, LoadResult>();
  // Creates come last, so that the other calls run on the prepared clients.
  for (const call of ["read", "list", "token", "create"] as const) {
    const request = requestsOf(call, plan.adminToken, clients);
    const { endpoint, seconds } = plan;
    await load({ endpoint, connections: CONNECTIONS, seconds: seconds / 5, request: (n) => request(n + WARM_UP) });
    results.set(call, await load({ endpoint, connections: CONNECTIONS, seconds, request }));
  }
  return results;
}

/** Keeps the client names of the warm-up apart from those of the measurement. */
const WARM_UP = 1_000_000_000;

interface Filled {
  readonly id: string;
  readonly clientSecret: string;
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
      return { id, clientSecret: clientSecret ?? "" };
    }),
  );
}

function requestsOf(call: CallName, adminToken: string, clients: readonly Filled[]): (number: number) => Request {
  const path = `/v1/projects/${PROJECT}/clients`;
  const headers = { authorization: `Bearer ${adminToken}` };
  const clientOf = (number: number): Filled => clients[number % clients.length] ?? { id: "", clientSecret: "" };
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
  }
}

function tokenRequest({ id, clientSecret }: Filled): Request {
  return {
    method: "POST",
    path: "/api/oauth/token",
    headers: {
      authorization: `Basic ${Buffer.from(`${id}:${clientSecret}`).toString("base64")}`,
      "content-type": "application/x-www-form-urlencoded",
    },
    body: "grant_type=client_credentials",
  };
}

import assert from "node:assert/strict";
import { AccessClient } from "xtremepush-access";
import { z } from "zod";
import { ACTOR_ID, CLIENT_ID, DELIVERY_ID } from "../../support/backend/management-answers";
import { suiteAccess } from "../../support/backend/suite-access";
import { randomClientSecret, randomToken } from "../../support/sdk/random-secrets";
import { scriptedServers } from "../../support/sdk/scripted-server";

const TIME = "2026-02-03T04:05:06.789Z";
const ENVIRONMENT = { project: "retail", program: "crm", name: "pr-1" };
const LOCK = { run: "run-00001", host: "laptop", processId: 7, command: "up" };

/** One call of each method. */
const CALLS: Readonly<Record<string, (access: AccessClient) => PromiseLike<unknown>>> = {
  "backend.get": (access) => access.backend.get(),
  "projects.create": (access) => access.projects.create({ slug: "retail" }),
  "projects.list": (access) => access.projects.list(),
  "projects.get": (access) => access.projects.get("retail"),
  "clients.create": (access) => access.clients.create("retail", { name: "CRM" }),
  "clients.list": (access) => access.clients.list("retail"),
  "clients.get": (access) => access.clients.get("retail", CLIENT_ID),
  "clients.update": (access) => access.clients.update("retail", CLIENT_ID, {}, { ifMatch: 1 }),
  "clients.delete": (access) => access.clients.delete("retail", CLIENT_ID, { ifMatch: 1 }),
  "clients.restore": (access) => access.clients.restore("retail", CLIENT_ID),
  "grants.get": (access) => access.grants.get("retail", CLIENT_ID),
  "grants.put": (access) => access.grants.put("retail", CLIENT_ID, { permissions: [] }, { ifMatch: 1 }),
  "deliveries.list": (access) => access.deliveries.list("retail", CLIENT_ID),
  "deliveries.ofProject": (access) => access.deliveries.ofProject("retail", { environment: "crm/dev" }),
  "deliveries.put": (access) =>
    access.deliveries.put("retail", CLIENT_ID, {
      ...{ environment: "crm/dev", destination: "dotenv", place: ".env", secretVersion: 1 },
    }),
  "deliveries.delete": (access) => access.deliveries.delete("retail", CLIENT_ID, DELIVERY_ID),
  "audit.ofClient": (access) => access.audit.ofClient("retail", CLIENT_ID),
  "audit.ofProject": (access) => access.audit.ofProject("retail"),
  "audit.all": (access) => access.audit.all(),
  "environments.list": (access) => access.environments.list(),
  "environments.ofProject": (access) => access.environments.ofProject("retail"),
  "environments.get": (access) => access.environments.get(ENVIRONMENT),
  "environments.put": (access) => access.environments.put(ENVIRONMENT, { ttl: "72h" }),
  "environments.delete": (access) => access.environments.delete(ENVIRONMENT),
  "environments.lock": (access) => access.environments.lock(ENVIRONMENT, LOCK),
  "environments.heartbeat": (access) => access.environments.heartbeat(ENVIRONMENT, LOCK.run),
  "environments.unlock": (access) => access.environments.unlock(ENVIRONMENT, { run: LOCK.run, finished: true }),
  "actors.create": (access) => access.actors.create({ name: "ci", role: "admin" }),
  "actors.createTrusted": (access) =>
    access.actors.createTrusted({
      ...{ name: "ci", role: "admin", trust: { issuer: "github", claims: { repository_id: "1" } } },
    }),
  "actors.rotate": (access) => access.actors.rotate(ACTOR_ID),
  "actors.list": (access) => access.actors.list(),
  "actors.own": (access) => access.actors.own(),
  "actors.revoke": (access) => access.actors.revoke(ACTOR_ID),
  "issuers.create": (access) =>
    access.issuers.create({ name: "github", url: "https://issuer.example", audience: "https://access.example" }),
  "issuers.list": (access) => access.issuers.list(),
  "issuers.remove": (access) => access.issuers.remove("github"),
  "catalog.list": (access) => access.catalog.list(),
  "oauth.token": (access) => access.oauth.token({ clientId: CLIENT_ID, clientSecret: randomClientSecret() }),
  "oauth.exchange": (access) => access.oauth.exchange("text"),
  "oauth.revoke": (access) => access.oauth.revoke("text", { clientId: CLIENT_ID, clientSecret: randomClientSecret() }),
  "oauth.introspect": (access) => access.oauth.introspect("text"),
  "oauth.keys": (access) => access.oauth.keys(),
  "oauth.metadata": (access) => access.oauth.metadata(),
  "feed.page": (access) => access.feed.page(),
  "feed.changes": (access) => access.feed.changes({ after: "1" }),
  "use.report": (access) => access.use.report({ gateway: "edge", batch: "1", from: TIME, to: TIME, uses: [] }),
  "use.ofClient": (access) => access.use.ofClient("retail", CLIENT_ID),
  "use.ofProject": (access) => access.use.ofProject("retail"),
};

/** For load balancers, operators, other clients and people with a browser: not of the client. */
const NOT_OF_THE_CLIENT = ["GET /.well-known/oauth-protected-resource", "GET /healthz", "GET /readyz", "GET /metrics"];

const OpenApi = z.object({ paths: z.record(z.string(), z.record(z.string(), z.unknown())) });

describe("the client's methods and the backend's routes", () => {
  const serve = scriptedServers();
  const suite = suiteAccess();

  it("are all known to this test", () => {
    const access = new AccessClient({ endpoint: "http://127.0.0.1:1" });

    const methods = Object.entries(access).flatMap(([resource, calls]) =>
      Object.getOwnPropertyNames(Object.getPrototypeOf(calls))
        .filter((name) => name !== "constructor")
        .map((name) => `${resource}.${name}`),
    );

    assert.deepEqual(methods.sort(), Object.keys(CALLS).sort());
  });

  it("are the same", async () => {
    const { backend } = suite();
    const server = await serve({ status: 418 });
    const access = new AccessClient({ endpoint: server.endpoint, token: randomToken() });

    await Promise.allSettled(Object.values(CALLS).map((call) => call(access)));
    const authorization = `Bearer ${backend.adminToken}`;
    const described = await fetch(`${backend.endpoint}/openapi.json`, { headers: { authorization } });
    const { paths } = OpenApi.parse(await described.json());

    const sent = server.requests.map(({ method, url }) => `${method} ${templateOf(url)}`);
    const routes = Object.entries(paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    );
    assert.equal(server.requests.length, Object.keys(CALLS).length);
    // Two methods are of the token endpoint.
    assert.deepEqual([...new Set(sent)].sort(), routes.filter((route) => !NOT_OF_THE_CLIENT.includes(route)).sort());
  });
});

function templateOf(url: string): string {
  const path = url.split("?", 1)[0] ?? "";
  return path
    .replace(CLIENT_ID, "{client}")
    .replace(ACTOR_ID, "{actor}")
    .replace(DELIVERY_ID, "{delivery}")
    .replace("/issuers/github", "/issuers/{issuer}")
    .replace("/retail", "/{project}")
    .replace("/crm/pr-1", "/{program}/{environment}");
}

// Compiled against the types that openapi-typescript writes into schema.ts; see ../tools.ts.
import assert from "node:assert/strict";
import createClient from "openapi-fetch";
import type { components, paths } from "./schema.js";

type Client = components["schemas"]["Client"];
type Grant = components["schemas"]["Grant"];

const { API_URL: baseUrl = "", API_TOKEN: token = "" } = process.env;
const actor = { authorization: `Bearer ${token}` };
const api = createClient<paths>({ baseUrl, headers: actor });
const oauth = createClient<paths>({ baseUrl, bodySerializer: (form) => new URLSearchParams(form) });
const FORM = { "content-type": "application/x-www-form-urlencoded" };

const project = await created(api.POST("/v1/projects", { body: { slug: "life", name: "A whole life" } }));
const inProject = { path: { project: project.slug } };

const first = await created(api.POST("/v1/projects/{project}/clients", { params: inProject, body: { name: "CRM" } }));
const at = { project: project.slug, client: first.id };
const path = "/v1/projects/{project}/clients/{client}" as const;

const taken = await api.POST("/v1/projects/{project}/clients", { params: inProject, body: { name: "CRM" } });
const code: "name_taken" | "owner_conflict" | undefined = codeOfConflict(taken.error);
assert.equal(code, "name_taken");

const grant: Grant = await ok(
  api.PUT(`${path}/permissions`, {
    params: { path: at, header: { "if-match": '"0"' } },
    body: { permissions: ["list:profile", "list:segment"] },
  }),
);
assert.deepEqual(grant.permissions, ["list:profile", "list:segment"]);

const issued = await ok(requestToken(first.clientSecret));
assert.equal(issued.scope, "list:profile list:segment");
assert.deepEqual(await introspect(issued.access_token), { active: true, scope: issued.scope });

const rotated = await ok(
  api.PATCH(path, {
    params: { path: at, header: { "if-match": '"1"' } },
    body: { secretVersion: 2, secretOverlap: "0s", description: "Rotated" },
  }),
);
assert.notEqual(rotated.clientSecret, first.clientSecret);
assert.equal(rotated.description, "Rotated");
const refused = await requestToken(first.clientSecret);
assert.equal(refused.response.status, 401);
assert.equal(refused.error?.error, "invalid_client");
await ok(requestToken(rotated.clientSecret));

const late = await api.PATCH(path, { params: { path: at, header: { "if-match": '"1"' } }, body: { name: "Late" } });
assert.equal(late.response.status, 412);

const deleted: Client = await ok(
  api.DELETE(path, { params: { path: at, header: { "if-match": `"${rotated.revision}"` } } }),
);
assert.notEqual(deleted.deletedTime, null);
assert.deepEqual(await introspect(issued.access_token), { active: false, scope: undefined });

const restored = await ok(api.POST(`${path}/restore`, { params: { path: at } }));
assert.equal(restored.deletedTime, null);
assert.deepEqual(restored.secrets, []);

const audit = await ok(api.GET(`${path}/audit`, { params: { path: at, query: { limit: 100 } } }));
const actions = audit.items.map(({ action }) => action).reverse();
assert.deepEqual(actions.slice(0, 4), ["client.create", "grant.update", "client.update", "client.delete"]);
assert.ok(actions.includes("client.restore"));

console.log(`a whole life of ${first.id} and its grant: ${actions.join(", ")}`);

function requestToken(secret: string | null) {
  const body = { grant_type: "client_credentials", client_id: first.id, client_secret: secret ?? "" } as const;
  return oauth.POST("/api/oauth/token", { body, headers: FORM });
}

async function introspect(accessToken: string): Promise<{ active: boolean; scope: string | undefined }> {
  const headers = { ...FORM, ...actor };
  const { active, scope } = await ok(oauth.POST("/api/oauth/introspect", { body: { token: accessToken }, headers }));
  return { active, scope };
}

interface Answered<Data> {
  readonly data?: Data;
  readonly error?: unknown;
  readonly response: Response;
}

async function answered<Data>(call: Promise<Answered<Data>>, status: number): Promise<NonNullable<Data>> {
  const { data, error, response } = await call;
  assert.equal(response.status, status, JSON.stringify(error));
  assert.ok(data);
  return data;
}

function ok<Data>(call: Promise<Answered<Data>>): Promise<NonNullable<Data>> {
  return answered(call, 200);
}

function created<Data>(call: Promise<Answered<Data>>): Promise<NonNullable<Data>> {
  return answered(call, 201);
}

/** The code of a 409, by its type in the description. */
function codeOfConflict(error: typeof taken.error): "name_taken" | "owner_conflict" | undefined {
  return error?.code === "name_taken" || error?.code === "owner_conflict" ? error.code : undefined;
}

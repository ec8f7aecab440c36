import { PERMISSION_IDS } from "xtremepush-access/catalog";
import { claimsAt, signJwt } from "./assertions";
import { COMPOSED, type FullBackend, WIDE } from "./full-backend";
import { basicAuthorization, clientAssertionForm, tokenForm } from "./oauth";
import { rawRequest, type WorstRequest } from "./worst-request";

/** The issuer of the backend; its path adds routes. */
export const ISSUER = "https://access.example.com/tenant";

type Requests = Readonly<Record<string, readonly WorstRequest[]>>;
type Headers = Readonly<Record<string, string>>;

/** Makes requests that a full backend takes, each as much work as a request of its route can be. */
export function fullestRequests(full: FullBackend): Requests {
  return {
    ...publicRequests(),
    ...operationsRequests(full),
    ...projectRequests(full),
    ...clientReads(full),
    ...clientWrites(full),
    ...deletions(full),
    ...grantRequests(full),
    ...deliveryRequests(full),
    ...auditRequests(full),
    ...actorRequests(full),
    ...environmentRequests(full),
    ...accessRequests(full),
    ...tokenRequests(full),
  };
}

function publicRequests(): Requests {
  const paths = {
    "/healthz": "/healthz",
    "/readyz": "/readyz",
    "/.well-known/jwks.json": "/.well-known/jwks.json",
    "/.well-known/oauth-authorization-server": "/.well-known/oauth-authorization-server",
    "/.well-known/oauth-authorization-server/*": "/.well-known/oauth-authorization-server/tenant",
    "/.well-known/oauth-protected-resource": "/.well-known/oauth-protected-resource",
    "/.well-known/oauth-protected-resource/*": "/.well-known/oauth-protected-resource/tenant",
  };
  return Object.fromEntries(Object.entries(paths).map(([url, path]) => [`GET ${url}`, [get(path, {})]]));
}

function operationsRequests({ adminHeaders }: FullBackend): Requests {
  const paths = ["/v1/backend", "/v1/permissions", "/metrics", "/openapi.json", "/docs", "/docs/json", "/docs/yaml"];
  const statics = ["/docs/static/swagger-initializer.js"];
  return {
    ...Object.fromEntries([...paths, ...statics].map((path) => [`GET ${path}`, [get(path, adminHeaders)]])),
    "GET /docs/static/index.html": [{ ...get("/docs/static/index.html", adminHeaders), status: 302 }],
    "GET /docs/static/*": [get("/docs/static/swagger-ui-bundle.js", adminHeaders)],
  };
}

function projectRequests({ adminHeaders, viewerHeaders, slugs }: FullBackend): Requests {
  const body = () => ({ slug: `n${number()}`.padEnd(63, "x"), name: COMPOSED.repeat(100) });
  return {
    "POST /v1/projects": [
      { title: "with a long name", status: 201, make: () => json("POST /v1/projects", adminHeaders, body()) },
    ],
    "GET /v1/projects": [
      get("/v1/projects?limit=1000", adminHeaders, "all"),
      get("/v1/projects?limit=1000", viewerHeaders, "a thousand of an actor"),
    ],
    "GET /v1/projects/:project": [get(`/v1/projects/${slugs.at(-1)}`, viewerHeaders)],
  };
}

function clientReads({ adminHeaders, keyed }: FullBackend): Requests {
  const [first = "", last = ""] = [PERMISSION_IDS[0], PERMISSION_IDS.at(-1)];
  const page = (query: string, title: string) => get(`/v1/projects/${query}`, adminHeaders, title);
  const texts = `name=${encodeURIComponent(COMPOSED.repeat(100))}&managedBy=${encodeURIComponent(WIDE.repeat(1_000))}`;
  return {
    "GET /v1/projects/:project/clients": [
      page("heavy/clients?limit=1000", "with long keys"),
      page("full/clients?limit=1000", "with long texts"),
      page("plain/clients?limit=1000", "a thousand as most are"),
      page(`plain/clients?limit=1000&permission=${first}`, "a thousand with a permission"),
      page(`plain/clients?limit=1000&permission=${last}&state=any`, "none with a permission"),
      page(`full/clients?${texts}`, "by long texts"),
    ],
    "GET /v1/projects/:project/clients/:client": [get(`/v1/projects/full/clients/${keyed.id}`, adminHeaders)],
  };
}

function clientWrites(full: FullBackend): Requests {
  const { admin, adminHeaders, keyed, longKeys, slowKeys } = full;
  const [keys, otherKeys] = longKeys;
  const path = `/v1/projects/full/clients/${keyed.id}`;
  const create = (publicKeys: object) => json("POST /v1/projects/full/clients", adminHeaders, fullClient(publicKeys));
  const change = (body: object, revision: number) => json(`PATCH ${path}`, ifMatch(adminHeaders, revision), body);
  const otherClient = async () => {
    const { revision, publicKeys } = (await admin(`GET ${path}`)).body;
    const { secretVersion, ...body } = fullClient(publicKeys["key-0"].pem === keys["key-0"] ? otherKeys : keys);
    return change(body, revision);
  };
  return {
    "POST /v1/projects/:project/clients": [
      { title: "with ten of the longest keys", status: 201, make: () => create(keys) },
      { title: "with ten keys that take long to read", status: 201, make: () => create(slowKeys) },
    ],
    "PATCH /v1/projects/:project/clients/:client": [
      { title: "with ten other keys", status: 200, make: otherClient },
      { title: "of a revision that is not there", status: 412, make: () => change(fullClient(keys), MISSING) },
    ],
  };
}

function deletions({ admin, adminHeaders, longKeys }: FullBackend): Requests {
  const clients = "/v1/projects/full/clients";
  const create = async (): Promise<string> =>
    `${clients}/${(await admin(`POST ${clients}`, { body: fullClient(longKeys[0]) })).body.id}`;
  const prefix = encodeURIComponent(`acme/${COMPOSED.repeat(600)}`);
  const remove = async () =>
    rawRequest(`DELETE ${await create()}?grantOwnerPrefix=${prefix}`, { headers: ifMatch(adminHeaders, 1) });
  const restore = async () => {
    const address = await create();
    await admin(`DELETE ${address}`, { ifMatch: 1 });
    const { name, managedBy } = fullClient({});
    return json(`POST ${address}/restore`, adminHeaders, { name, managedBy });
  };
  return {
    "DELETE /v1/projects/:project/clients/:client": [{ title: "with long keys", status: 200, make: remove }],
    "POST /v1/projects/:project/clients/:client/restore": [{ title: "with long texts", status: 200, make: restore }],
  };
}

function grantRequests({ admin, adminHeaders, keyed }: FullBackend): Requests {
  const path = `/v1/projects/full/clients/${keyed.id}/permissions`;
  const put = (permissions: readonly string[], revision: number) =>
    json(`PUT ${path}`, ifMatch(adminHeaders, revision), { permissions, managedBy: owner() });
  const repeated = numbers(500).map((index) => PERMISSION_IDS[index % PERMISSION_IDS.length] ?? "");
  // One letter shorter than what is too long for a suggestion.
  const nearly = numbers(500).map((index) => `list:profile-attribute-${index}-`.padEnd(64, "e"));
  return {
    "GET /v1/projects/:project/clients/:client/permissions": [get(path, adminHeaders)],
    "PUT /v1/projects/:project/clients/:client/permissions": [
      {
        title: "of all, many times",
        status: 200,
        make: async () => put(repeated, (await admin(`GET ${path}`)).body.revision),
      },
      { title: "of a revision that is not there", status: 412, make: () => put(repeated.slice(0, 50), MISSING) },
      { title: "of 500 that are nearly one", status: 400, make: () => put(nearly, 1) },
    ],
  };
}

function deliveryRequests({ admin, adminHeaders, keyed }: FullBackend): Requests {
  const path = `/v1/projects/full/clients/${keyed.id}/deliveries`;
  const full = () => ({
    ...{ environment: `${number()}`.padEnd(20, "-") + WIDE.repeat(180), destination: WIDE.repeat(50) },
    ...{ place: WIDE.repeat(250), settings: WIDE.repeat(64), secretVersion: 1 },
    names: Array.from({ length: 100 }, (_, index) => `${index}`.padStart(3) + WIDE.repeat(250)),
  });
  const forget = async () => {
    const { body } = await admin(`PUT ${path}`, { body: full() });
    return rawRequest(`DELETE ${path}/${body.id}`, { headers: adminHeaders });
  };
  return {
    "GET /v1/projects/:project/clients/:client/deliveries": [get(`${path}?limit=1000`, adminHeaders)],
    "GET /v1/projects/:project/deliveries": [get("/v1/projects/full/deliveries?limit=1000", adminHeaders)],
    "PUT /v1/projects/:project/clients/:client/deliveries": [
      { title: "with long texts", status: 200, make: () => json(`PUT ${path}`, adminHeaders, full()) },
    ],
    "DELETE /v1/projects/:project/clients/:client/deliveries/:delivery": [
      { title: "with long texts", status: 204, make: forget },
    ],
  };
}

function auditRequests({ adminHeaders, keyed }: FullBackend): Requests {
  const path = `/v1/projects/full/clients/${keyed.id}/audit?limit=1000`;
  return {
    "GET /v1/projects/:project/clients/:client/audit": [get(path, adminHeaders)],
    "GET /v1/projects/:project/audit": [get("/v1/projects/full/audit?limit=1000", adminHeaders)],
    "GET /v1/audit": [
      get("/v1/audit?limit=1000", adminHeaders),
      get(
        `/v1/audit?limit=1000&since=2000-01-01T00:00:00Z&actor=${"x".repeat(100)}`,
        adminHeaders,
        "by an unknown actor",
      ),
    ],
  };
}

function actorRequests({ admin, adminHeaders, slugs }: FullBackend): Requests {
  const editor = (projects: readonly string[]) => ({
    ...{ name: name(), role: "editor", projects, ownerPrefix: owner() },
    ceiling: PERMISSION_IDS,
  });
  const create = (projects: readonly string[]) => json("POST /v1/actors", adminHeaders, editor(projects));
  const revoke = async () => {
    const { body } = await admin("POST /v1/actors", { body: editor(slugs) });
    return rawRequest(`DELETE /v1/actors/${body.id}`, { headers: adminHeaders });
  };
  const missing = slugs.map((slug) => slug.replace("p", "q"));
  const issuerName = () => `i${number()}`;
  const makeIssuer = async () => {
    const body = {
      name: issuerName(),
      url: `https://${number()}.example/${"u".repeat(200)}`,
      audience: "a".repeat(255),
    };
    await admin("POST /v1/issuers", { body });
    return body.name;
  };
  const claims = Object.fromEntries(Array.from({ length: 19 }, (_, count) => [`claim_${count}`, "c".repeat(255)]));
  const trusted = async () => {
    const trust = { issuer: await makeIssuer(), claims: { repository_id: "1".repeat(255), ...claims } };
    return json("POST /v1/trusted-actors", adminHeaders, { ...editor(slugs), trust });
  };
  const rotate = async () => {
    const { body } = await admin("POST /v1/actors", { body: editor(slugs) });
    return json(`POST /v1/actors/${body.id}/token`, adminHeaders, { overlap: "90d" });
  };
  const issuer = () =>
    json("POST /v1/issuers", adminHeaders, {
      ...{ name: issuerName(), url: `https://${number()}.example/`, audience: "a".repeat(255) },
    });
  const removeIssuer = async () => rawRequest(`DELETE /v1/issuers/${await makeIssuer()}`, { headers: adminHeaders });
  return {
    "POST /v1/trusted-actors": [{ title: "of a thousand projects", status: 201, make: trusted }],
    "POST /v1/actors/:actor/token": [{ title: "of a thousand projects", status: 201, make: rotate }],
    "POST /v1/issuers": [{ title: "with a long audience", status: 201, make: issuer }],
    "GET /v1/issuers": [get("/v1/issuers", adminHeaders)],
    "DELETE /v1/issuers/:issuer": [{ title: "that no actor trusts", status: 204, make: removeIssuer }],
    "POST /v1/actors": [
      { title: "of a thousand projects", status: 201, make: () => create(slugs) },
      { title: "of a thousand projects that are not there", status: 404, make: () => create(missing) },
    ],
    "GET /v1/actor": [get("/v1/actor", adminHeaders)],
    "GET /v1/actors": [get("/v1/actors?limit=1000", adminHeaders)],
    "DELETE /v1/actors/:actor": [{ title: "of a thousand projects", status: 204, make: revoke }],
  };
}

function environmentRequests({ admin, adminHeaders, viewerHeaders }: FullBackend): Requests {
  const program = "p".repeat(100);
  const run = "r".repeat(64);
  const route = "/v1/projects/:project/environments/:program/:environment";
  const address = () => `/v1/projects/full/environments/${program}/${`${number()}`.padEnd(100, "e")}`;
  const put = { ttl: "72h", pattern: `${"e".repeat(99)}*`, max: 1_000_000 };
  const lock = { run, host: "h".repeat(255), processId: 1, process: "p".repeat(255), command: "u".repeat(20) };
  const made = async () => {
    const path = address();
    await admin(`PUT ${path}`, { body: put });
    return path;
  };
  const locked = async () => {
    const path = await made();
    await admin(`PUT ${path}/lock`, { body: lock });
    return path;
  };
  const bare = (call: string) => rawRequest(call, { headers: adminHeaders });
  return {
    "GET /v1/environments": [
      get("/v1/environments?limit=1000", adminHeaders),
      get("/v1/environments?limit=1000", viewerHeaders, "of a thousand projects"),
    ],
    "GET /v1/projects/:project/environments": [get("/v1/projects/full/environments?limit=1000", adminHeaders)],
    [`GET ${route}`]: [{ title: "with a lock", status: 200, make: async () => bare(`GET ${await locked()}`) }],
    [`PUT ${route}`]: [{ title: "of a pattern", status: 200, make: () => json(`PUT ${address()}`, adminHeaders, put) }],
    [`DELETE ${route}`]: [
      { title: "with a lock", status: 204, make: async () => bare(`DELETE ${await locked()}?run=${run}`) },
    ],
    [`PUT ${route}/lock`]: [
      { title: "of a long run", status: 200, make: async () => json(`PUT ${await made()}/lock`, adminHeaders, lock) },
    ],
    [`POST ${route}/lock/heartbeat`]: [
      {
        title: "of a long run",
        status: 200,
        make: async () => json(`POST ${await locked()}/lock/heartbeat`, adminHeaders, { run }),
      },
    ],
    [`DELETE ${route}/lock`]: [
      {
        title: "of a long run",
        status: 204,
        make: async () => bare(`DELETE ${await locked()}/lock?run=${run}&finished=true`),
      },
    ],
  };
}

function accessRequests({ adminHeaders, viewerHeaders, gatewayHeaders, firstSequence, keyed }: FullBackend): Requests {
  const hour = new Date(Math.floor(Date.now() / 3_600_000) * 3_600_000).toISOString();
  const uses = numbers(200).map((index) => ({
    ...{ clientId: keyed.id, permission: PERMISSION_IDS[index % PERMISSION_IDS.length], hour, count: 1, refused: 1 },
    ...{ first: hour, last: hour },
  }));
  const report = () => ({ gateway: COMPOSED.repeat(100), batch: `${number()}`, from: hour, to: hour, uses });
  return {
    "POST /v1/access/use": [
      {
        title: "of a thousand projects",
        status: 200,
        make: () => json("POST /v1/access/use", gatewayHeaders, report()),
      },
    ],
    "GET /v1/projects/:project/clients/:client/use": [
      get(`/v1/projects/full/clients/${keyed.id}/use?days=400`, adminHeaders),
    ],
    "GET /v1/projects/:project/use": [
      get("/v1/projects/plain/use?limit=1000", adminHeaders, "a thousand"),
      get(`/v1/projects/plain/use?limit=1000&permission=${PERMISSION_IDS.at(-1)}`, adminHeaders, "of a permission"),
    ],
    "GET /v1/access": [
      get("/v1/access?limit=1000&project=plain", adminHeaders, "a thousand of a project"),
      get("/v1/access?limit=1000", viewerHeaders, "none of a thousand projects"),
    ],
    "GET /v1/access/changes": [get(`/v1/access/changes?after=${firstSequence}`, adminHeaders)],
  };
}

function tokenRequests(full: FullBackend): Requests {
  const { keyed, pair, slow, accessToken, viewerHeaders } = full;
  const form = (path: string, body: string, headers: Headers = {}) =>
    rawRequest(`POST /api/oauth/${path}`, { type: "application/x-www-form-urlencoded", body, headers });
  const padded = () => ({ ...claimsAt(new Date(), keyed.id, ISSUER), padding: "x".repeat(11_000) });
  const byKey = () => clientAssertionForm(signJwt({ alg: "ES256" }, padded(), pair.privateKey));
  const byNobody = () => `token=${accessToken}&${clientAssertionForm(unverifiable(slow))}`;
  const ignored = numbers(2_300).map((index) => `&${index}=`);
  const scope = PERMISSION_IDS.join(" ");
  const basic = basicAuthorization(keyed.id, keyed.secret);
  return {
    "POST /api/oauth/token": [
      { title: "for all permissions", status: 200, make: () => form("token", tokenForm(keyed, { scope })) },
      { title: "of many parameters", status: 200, make: () => form("token", tokenForm(keyed) + ignored.join("")) },
      { title: "by a long assertion", status: 200, make: () => form("token", byKey()) },
      { title: "that none of ten slow keys has signed", status: 401, make: () => form("token", byNobody()) },
    ],
    "POST /api/oauth/revoke": [
      { title: "by a secret", status: 200, make: () => form("revoke", `token=${accessToken}`, basic) },
      { title: "that none of ten slow keys has signed", status: 401, make: () => form("revoke", byNobody()) },
    ],
    "POST /api/oauth/introspect": [
      {
        title: "by an actor of a thousand projects",
        status: 200,
        make: () => form("introspect", `token=${accessToken}`, viewerHeaders),
      },
      { title: "that none of ten slow keys has signed", status: 401, make: () => form("introspect", byNobody()) },
    ],
  };
}

/** An assertion with a signature as long as that of the largest key. */
function unverifiable(client: string): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const claims = claimsAt(new Date(), client, ISSUER);
  return `${part({ alg: "RS512" })}.${part(claims)}.${Buffer.alloc(2_048, 1).toString("base64url")}`;
}

const MISSING = 999_999_999;

let made = 0;
const number = (): number => ++made;
const name = (): string => `${number()}`.padEnd(20, "-") + COMPOSED.repeat(80);
const owner = (): string => `acme/${number()}`.padEnd(24, "-") + COMPOSED.repeat(1_000);
const fullClient = (publicKeys: object) => ({
  name: name(),
  description: `${number()}`.padEnd(10, "-") + WIDE.repeat(990),
  managedBy: owner(),
  secretVersion: 1,
  publicKeys,
});

function numbers(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index);
}

function get(path: string, headers: Headers, title = "of all there is"): WorstRequest {
  return { title, status: 200, make: () => rawRequest(`GET ${path}`, { headers }) };
}

function json(call: string, headers: Headers, body: object): Buffer {
  return rawRequest(call, { headers, type: "application/json", body: JSON.stringify(body) });
}

function ifMatch(headers: Headers, revision: number): Headers {
  return { ...headers, "if-match": `"${revision}"` };
}

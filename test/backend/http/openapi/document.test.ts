import assert from "node:assert/strict";
import { PERMISSION_IDS } from "xtremepush-access/catalog";
import { PROBLEMS, type ProblemCode } from "xtremepush-access/schemas";
import { callerOf } from "../../../support/backend/api";
import { startTestBackend, type TestBackend } from "../../../support/backend/backend";

/** The part of the description that is looked at. */
interface Described {
  readonly servers: readonly unknown[];
  readonly tags: readonly { readonly name: string }[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
}

interface Operation {
  readonly operationId: string;
  readonly summary: string;
  readonly tags: readonly string[];
  readonly security: readonly object[];
  readonly parameters?: readonly { readonly name: string; readonly required: boolean; readonly schema: Schema }[];
  readonly requestBody?: { readonly required: boolean; readonly content: Content };
  readonly responses: Readonly<
    Record<string, { readonly description: string; readonly content?: Content; readonly headers?: object }>
  >;
}

type Content = Readonly<Record<string, { readonly schema: Schema }>>;

interface Schema {
  readonly $ref?: string;
  readonly type?: string;
  readonly enum?: readonly string[];
  readonly allOf?: readonly Schema[];
  readonly anyOf?: readonly Schema[];
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly pattern?: string;
  readonly maxItems?: number;
  readonly maxLength?: number;
  readonly minLength?: number;
  readonly maxProperties?: number;
  readonly maximum?: number;
  readonly format?: string;
}

describe("the description of the API", function () {
  this.timeout(30_000);
  let backend: TestBackend;
  let api: Described;

  before(async () => {
    backend = await startTestBackend({ issuer: "https://access.example.com" });
    // Written by the plugin; the tests say what it must hold.
    api = (await callerOf(backend.endpoint, backend.adminToken)("GET /openapi.json")).body as Described;
  });

  after(() => backend.close());

  const operation = (call: string): Operation => {
    const [method = "", path = ""] = call.split(" ");
    const found = api.paths[path]?.[method.toLowerCase()];
    assert.ok(found, `${call} is not described`);
    return found;
  };
  const operations = () => Object.values(api.paths).flatMap((path) => Object.values(path));
  const schemaOf = (content: Content | undefined) => Object.values(content ?? {})[0]?.schema ?? {};
  const bodyOf = (call: string) => schemaOf(operation(call).requestBody?.content);
  const codesOf = (call: string, status: ProblemCode | number) => {
    const schema = schemaOf(operation(call).responses[status]?.content);
    return schema.allOf?.[1]?.properties?.["code"]?.enum ?? schema.allOf?.[1]?.properties?.["error"]?.enum;
  };

  it("names the address of the backend", () => {
    assert.deepEqual(api.servers, [{ url: "https://access.example.com" }]);
  });

  it("gives every operation a name of its own, a summary and a tag that is described", () => {
    const ids = operations().map(({ operationId }) => operationId);
    const tags = new Set(api.tags.map(({ name }) => name));

    assert.equal(new Set(ids).size, ids.length);
    for (const {
      operationId,
      summary,
      tags: [tag = "", ...more],
    } of operations()) {
      assert.match(operationId, /^[a-z][A-Za-z]+$/);
      assert.match(summary, /^[A-Z].*[^.]$/);
      assert.ok(tags.has(tag) && more.length === 0, operationId);
    }
    assert.deepEqual(new Set(operations().flatMap((one) => one.tags)), tags);
  });

  it("asks for a token where the backend does", async () => {
    const stranger = callerOf(backend.endpoint, null);

    for (const [path, methods] of Object.entries(api.paths)) {
      for (const [method, { security }] of Object.entries(methods)) {
        const address = path.replace(/\{(\w+)\}/g, "$1");
        const { status } = await stranger(`${method.toUpperCase()} ${address}`);
        assert.equal(security.length === 1, status === 401 && !path.startsWith("/api/oauth"), `${method} ${path}`);
      }
    }
    assert.deepEqual(operation("POST /api/oauth/introspect").security, [{ actor: [] }, { client: [] }, {}]);
    assert.deepEqual(operation("POST /api/oauth/token").security, [{ client: [] }, {}]);
  });

  it("asks for no token for what is public", async () => {
    const open = await startTestBackend({ publicDocs: true, publicMetrics: true });

    const { body } = await callerOf(open.endpoint, null)("GET /openapi.json");

    assert.deepEqual(body.paths["/metrics"].get.security, []);
    assert.deepEqual(body.paths["/v1/backend"].get.security, [{ actor: [] }]);
    await open.close();
  });

  it("asks for If-Match where a write needs it", () => {
    const needed = Object.entries(api.paths).flatMap(([path, methods]) =>
      Object.entries(methods)
        .filter(([, { responses }]) => responses[428] !== undefined)
        .map(([method]) => `${method} ${path}`),
    );

    assert.deepEqual(needed.sort(), [
      "delete /v1/projects/{project}/clients/{client}",
      "patch /v1/projects/{project}/clients/{client}",
      "put /v1/projects/{project}/clients/{client}/permissions",
    ]);
    for (const call of needed) {
      const header = operation(call).parameters?.find(({ name }) => name === "if-match");
      assert.equal(header?.required, true, call);
      assert.match('"3"', new RegExp(header?.schema.pattern ?? "none"));
    }
  });

  it("has schemas by name, each of which is used, for requests as for answers", () => {
    const names = Object.keys(api.components.schemas);
    const text = JSON.stringify(api);

    for (const name of names) assert.ok(text.includes(`"#/components/schemas/${name}"`), name);
    for (const [, name = ""] of text.matchAll(/"#\/components\/schemas\/([^"]+)"/g))
      assert.ok(names.includes(name), name);
    assert.ok(names.every((name) => !name.endsWith("Input")));
    assert.deepEqual(bodyOf("PATCH /v1/projects/{project}/clients/{client}"), {
      $ref: "#/components/schemas/ClientPatch",
    });
    assert.deepEqual(schemaOf(operation("GET /v1/projects/{project}/clients").responses[200]?.content), {
      $ref: "#/components/schemas/ClientPage",
    });
  });

  it("has the fields of a request, and no others", () => {
    const create = api.components.schemas["ClientCreate"];

    assert.deepEqual(Object.keys(create?.properties ?? {}).sort(), [
      ...["description", "managedBy", "name", "publicKeys", "secretVersion"],
    ]);
    assert.deepEqual(create?.required, ["name"]);
  });

  it("lets the body of a restore be left out, and no other", () => {
    const optional = operations().filter(({ requestBody }) => requestBody?.required === false);

    assert.deepEqual(
      optional.map(({ operationId }) => operationId),
      ["restoreClient"],
    );
    assert.deepEqual(bodyOf("POST /v1/projects/{project}/clients/{client}/restore"), {
      anyOf: [{ $ref: "#/components/schemas/ClientRestore" }, { type: "null" }],
    });
  });

  it("has limits for every text, list and number of a request", () => {
    const bodies = Object.entries(api.components.schemas).filter(([name]) =>
      /(?:Create|Patch|Put|Restore|Take|Heartbeat)$/.test(name),
    );
    const parameters = operations().flatMap(({ parameters: all = [] }) =>
      all.map(({ name, schema }): [string, Schema] => [name, schema]),
    );
    const forms = operations().flatMap(({ requestBody }) =>
      Object.entries(schemaOf(requestBody?.content).properties ?? {}),
    );

    const unlimited = [...bodies, ...parameters, ...forms].flatMap(unlimitedParts);

    assert.equal(bodies.length, 12);
    assert.deepEqual(unlimited, []);
    assert.equal(api.components.schemas["ClientCreate"]?.properties?.["name"]?.maxLength, 100);
    assert.equal(api.components.schemas["ClientCreate"]?.properties?.["publicKeys"]?.maxProperties, 10);
    const permissions = api.components.schemas["GrantPut"]?.properties?.["permissions"];
    assert.equal(permissions?.maxItems, 500);
    assert.deepEqual(permissions?.items?.enum, PERMISSION_IDS);
  });

  it("describes a name by a pattern that every name fits", () => {
    const pattern = new RegExp(api.components.schemas["ClientCreate"]?.properties?.["name"]?.pattern ?? "", "u");

    for (const name of ["CRM", " CRM ", "a", "Ünïcödé 👩‍💻", "two words"]) assert.match(name, pattern);
    for (const name of ["", " ", "a\u0000b", "a\nb", "\u007f"]) assert.doesNotMatch(name, pattern);
  });

  it("lists the errors of a route as problem+json with their codes", () => {
    const patch = "PATCH /v1/projects/{project}/clients/{client}";

    assert.deepEqual(Object.keys(operation(patch).responses), [
      ...["200", "400", "401", "403", "404", "409", "412", "413", "415", "428", "429", "500", "503", "507"],
    ]);
    assert.deepEqual(Object.keys(operation(patch).responses[404]?.content ?? {}), ["application/problem+json"]);
    assert.deepEqual(codesOf(patch, 404), ["project_not_found", "client_not_found"]);
    assert.deepEqual(codesOf(patch, 409), [
      ...["name_taken", "owner_conflict", "secret_version_conflict", "too_many_secrets"],
    ]);
    assert.equal(operation("GET /v1/backend").responses[403], undefined);
    assert.equal(operation("GET /healthz").responses[429], undefined);
  });

  it("lists no code under another status than its own", () => {
    for (const { operationId, responses } of operations()) {
      for (const [status, { content }] of Object.entries(responses)) {
        const codes = content?.["application/problem+json"]?.schema.allOf?.[1]?.properties?.["code"]?.enum ?? [];
        for (const code of codes) assert.equal(PROBLEMS[code as ProblemCode].status, Number(status), operationId);
      }
    }
  });

  it("names the headers that a caller acts on", async () => {
    const admin = callerOf(backend.endpoint, backend.adminToken);
    await admin("POST /v1/projects", { body: { slug: "tagged" } });
    const created = await admin("POST /v1/projects/tagged/clients", { body: { name: "CRM" } });

    const tagged = operations().filter(({ responses }) => [200, 201].some((status) => responses[status]?.headers));

    assert.deepEqual(tagged.map(({ operationId }) => operationId).sort(), [
      ...["createClient", "getClient", "getGrant", "putGrant", "restoreClient", "updateClient"],
    ]);
    assert.equal(created.headers.get("etag"), '"1"');
    const { responses } = operation("GET /v1/backend");
    assert.deepEqual(
      Object.keys(responses).filter((status) => responses[status]?.headers !== undefined),
      ["429", "503"],
    );
  });

  it("lists the errors of the OAuth endpoints in the words of their RFCs", () => {
    const token = "POST /api/oauth/token";
    const introspect = operation("POST /api/oauth/introspect");

    assert.deepEqual(codesOf(token, 401), ["invalid_client"]);
    assert.ok(codesOf(token, 400)?.includes("invalid_scope"));
    assert.deepEqual(Object.keys(operation(token).responses[400]?.content ?? {}), ["application/json"]);
    assert.deepEqual(codesOf("POST /api/oauth/revoke", 400), ["invalid_request"]);
    assert.deepEqual(Object.keys(introspect.responses[401]?.content ?? {}), [
      ...["application/json", "application/problem+json"],
    ]);
  });

  it("describes the metrics as text and the revocation of an actor as an answer without a body", () => {
    assert.deepEqual(operation("GET /metrics").responses[200]?.content, {
      "text/plain": { schema: { type: "string" } },
    });
    assert.equal(operation("DELETE /v1/actors/{actor}").responses[204]?.content, undefined);
  });
});

/** The parts of a schema that take any number of characters, items or properties, by their paths. */
function unlimitedParts([path, schema]: [string, Schema]): string[] {
  const { type, properties = {}, items, anyOf = [], enum: values, pattern, format, maxLength } = schema;
  const inner = [
    ...Object.entries(properties).map(([name, property]): [string, Schema] => [`${path}.${name}`, property]),
    ...anyOf.map((one): [string, Schema] => [path, one]),
    ...(items === undefined ? [] : [[`${path}[]`, items] satisfies [string, Schema]]),
  ].flatMap(unlimitedParts);
  const isLimited = {
    string: values !== undefined || maxLength !== undefined || format !== undefined || pattern?.endsWith("$") === true,
    integer: schema.maximum !== undefined,
    boolean: true,
    array: schema.maxItems !== undefined,
    object: schema.properties !== undefined || schema.maxProperties !== undefined,
  };
  return type === undefined || type === "null" || isLimited[type as keyof typeof isLimited] ? inner : [path, ...inner];
}

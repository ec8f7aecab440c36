import assert from "node:assert/strict";
import { assertProblem, type Call, callerOf } from "../../../support/backend/api";
import { startTestBackend, type TestBackend } from "../../../support/backend/backend";

const MANAGEMENT = [
  "DELETE /v1/actors/{actor}",
  "DELETE /v1/issuers/{issuer}",
  "DELETE /v1/projects/{project}/clients/{client}",
  "DELETE /v1/projects/{project}/clients/{client}/deliveries/{delivery}",
  "DELETE /v1/projects/{project}/environments/{program}/{environment}",
  "DELETE /v1/projects/{project}/environments/{program}/{environment}/lock",
  "GET /v1/access",
  "GET /v1/access/changes",
  "GET /v1/actor",
  "GET /v1/actors",
  "GET /v1/audit",
  "GET /v1/backend",
  "GET /v1/environments",
  "GET /v1/issuers",
  "GET /v1/permissions",
  "GET /v1/projects",
  "GET /v1/projects/{project}",
  "GET /v1/projects/{project}/audit",
  "GET /v1/projects/{project}/clients",
  "GET /v1/projects/{project}/clients/{client}",
  "GET /v1/projects/{project}/clients/{client}/audit",
  "GET /v1/projects/{project}/clients/{client}/deliveries",
  "GET /v1/projects/{project}/clients/{client}/permissions",
  "GET /v1/projects/{project}/clients/{client}/use",
  "GET /v1/projects/{project}/deliveries",
  "GET /v1/projects/{project}/environments",
  "GET /v1/projects/{project}/environments/{program}/{environment}",
  "GET /v1/projects/{project}/use",
  "PATCH /v1/projects/{project}/clients/{client}",
  "POST /v1/access/use",
  "POST /v1/actors",
  "POST /v1/actors/{actor}/token",
  "POST /v1/issuers",
  "POST /v1/projects",
  "POST /v1/projects/{project}/clients",
  "POST /v1/projects/{project}/clients/{client}/restore",
  "POST /v1/projects/{project}/environments/{program}/{environment}/lock/heartbeat",
  "POST /v1/trusted-actors",
  "PUT /v1/projects/{project}/clients/{client}/deliveries",
  "PUT /v1/projects/{project}/clients/{client}/permissions",
  "PUT /v1/projects/{project}/environments/{program}/{environment}",
  "PUT /v1/projects/{project}/environments/{program}/{environment}/lock",
];

describe("the routes for operators", function () {
  this.timeout(30_000);
  let backend: TestBackend;
  let admin: Call;

  before(async () => {
    backend = await startTestBackend();
    admin = callerOf(backend.endpoint, backend.adminToken);
  });
  after(() => backend.close());

  const documented = async (): Promise<string[]> => {
    const { body } = await admin("GET /openapi.json");
    return Object.entries<object>(body.paths)
      .flatMap(([path, methods]) => Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`))
      .sort();
  };

  it("describe every call of the management API in OpenAPI, and no other", async () => {
    const calls = await documented();

    assert.deepEqual(
      calls.filter((call) => call.includes(" /v1/")),
      MANAGEMENT,
    );
  });

  it("describe existing calls, which all need a token", async () => {
    const stranger = callerOf(backend.endpoint, null);

    for (const call of MANAGEMENT) {
      const address = call.replace(/\{(\w+)\}/g, "$1");
      assertProblem(await stranger(address), "unauthenticated");
    }
  });

  it("are for actors", async () => {
    const stranger = callerOf(backend.endpoint, null);

    for (const path of ["/metrics", "/openapi.json", "/docs", "/docs/", "/docs/json", "/docs/static/swagger-ui.css"]) {
      assertProblem(await stranger(`GET ${path}`), "unauthenticated");
      assert.equal((await admin(`GET ${path}`)).status, 200, path);
    }
  });

  it("are for everybody when that is set, each by itself", async () => {
    const docs = await startTestBackend({ publicDocs: true });
    const metrics = await startTestBackend({ publicMetrics: true });
    const ask = async ({ endpoint }: TestBackend) => {
      const stranger = callerOf(endpoint, null);
      const answers = await Promise.all(["/metrics", "/openapi.json", "/docs"].map((path) => stranger(`GET ${path}`)));
      return answers.map(({ status }) => status);
    };

    assert.deepEqual(await ask(docs), [401, 200, 200]);
    assert.deepEqual(await ask(metrics), [200, 401, 401]);
    await docs.close();
    await metrics.close();
  });

  it("show pages that load nothing from elsewhere", async () => {
    const { text, headers } = await admin("GET /docs");

    assert.equal(/(src|href)="(https?:)?\/\//.test(text), false);
    assert.match(headers.get("content-security-policy") ?? "", /default-src 'self'/);
  });

  it("measure requests by the template of their route, without ids", async () => {
    await admin("GET /v1/projects/measured");

    const { text } = await admin("GET /metrics");

    assert.match(
      text,
      /request_duration_seconds_count\{method="GET",route="\/v1\/projects\/:project",status="404"\} 1/,
    );
    assert.equal(text.includes("measured"), false);
    assert.match(text, /xtremepush_access_tokens_issued_total 0/);
    assert.match(text, /xtremepush_access_database_statements_total [1-9]/);
  });
});

import assert from "node:assert/strict";
import { connect } from "node:net";
import { Problem } from "xtremepush-access/schemas";
import { problemOf } from "../../../backend/src/http/error-handler";
import { assertProblem, type Call, callerOf } from "../../support/backend/api";
import { startTestBackend, type TestBackend } from "../../support/backend/backend";

describe("bad input", function () {
  this.timeout(30_000);
  let backend: TestBackend;
  let admin: Call;
  let client: string;

  before(async () => {
    backend = await startTestBackend();
    admin = callerOf(backend.endpoint, backend.adminToken);
    await admin("POST /v1/projects", { body: { slug: "web" } });
    const { body } = await admin("POST /v1/projects/web/clients", { body: { name: "CRM" } });
    client = `/v1/projects/web/clients/${body.id}`;
  });
  after(() => backend.close());

  const clientNames = async () => {
    const { body } = await admin("GET /v1/projects/web/clients?limit=1000");
    return body.items.map(({ name }: { name: string }) => name);
  };

  it("of 2 MB is too large", async () => {
    const answer = await admin("POST /v1/projects/web/clients", { body: { name: "a".repeat(2 * 1024 * 1024) } });

    assertProblem(answer, "payload_too_large");
    assert.deepEqual(await clientNames(), ["CRM"]);
  });

  it("is refused as not JSON, without its text", async () => {
    const raws = ['{"name": "CRM"', "<xml/>", "", '{"name": "x", "__proto__": {"admin": true}}'];

    const answers = await Promise.all(raws.map((raw) => admin("POST /v1/projects/web/clients", { raw })));

    for (const answer of answers) assertProblem(answer, "validation_failed");
    assert.equal(answers[1]?.text.includes("xml"), false);
    assert.deepEqual(await clientNames(), ["CRM"]);
  });

  it("of another content type is not read", async () => {
    const types = ["text/plain", "application/xml", "multipart/form-data", "application/x-www-form-urlencoded"];

    const answers = await Promise.all(
      types.map((type) => admin("POST /v1/projects/web/clients", { raw: "name=x", headers: { "content-type": type } })),
    );

    for (const answer of answers) assertProblem(answer, "unsupported_media_type");
  });

  it("names the fields that are wrong", async () => {
    const answer = await admin("POST /v1/projects/web/clients", {
      body: { name: "", description: 7, secretVersion: -1, color: "red" },
    });

    const problem = assertProblem(answer, "validation_failed");
    assert.deepEqual(problem.errors?.map(({ field }) => field).sort(), [
      "body",
      "description",
      "name",
      "secretVersion",
    ]);
    assert.match(JSON.stringify(problem.errors), /color/);
  });

  it("names the body when it is not an object", async () => {
    const answers = await Promise.all(
      ["null", "[]", '"text"', "7"].map((raw) => admin("POST /v1/projects/web/clients", { raw })),
    );

    for (const answer of answers) assert.equal(assertProblem(answer, "validation_failed").errors?.[0]?.field, "body");
  });

  const badNames = {
    empty: "",
    "only spaces": " \t ",
    "101 characters": "a".repeat(101),
    "a line break": "two\nlines",
    "a null character": "nul\u0000",
    "an escape": "\u001b[31mred",
    "a mark that turns text": "abc\u202etxt",
    "half a surrogate pair": "half \ud83d",
  };
  for (const [title, name] of Object.entries(badNames)) {
    it(`refuses a name that is or has ${title}`, async () => {
      const answer = await admin("POST /v1/projects/web/clients", { body: { name } });

      assert.equal(assertProblem(answer, "validation_failed").errors?.[0]?.field, "name");
      assert.deepEqual(await clientNames(), ["CRM"]);
    });
  }

  const hostileNames = [
    "Robert'); DROP TABLE clients;--",
    "' OR '1'='1",
    '"; select pg_sleep(10); --',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: that is the attack
    "${process.exit(1)}",
    "{{constructor.constructor('return 1')()}}",
    "<script>alert(1)</script>",
    "%s%n%x $1 \\ :name ?",
    "{1,2}",
    "__proto__",
    "日本語 عربي עברית 🎉",
    "a".repeat(100),
  ];
  it("keeps hostile names as they are, as names", async () => {
    await admin("POST /v1/projects", { body: { slug: "hostile" } });
    for (const name of hostileNames) {
      const answer = await admin("POST /v1/projects/hostile/clients", { body: { name, managedBy: name } });
      assert.equal(answer.status, 201, answer.text);
    }

    const listed = await admin("GET /v1/projects/hostile/clients?limit=1000");
    const found = await Promise.all(
      hostileNames.map((name) => admin(`GET /v1/projects/hostile/clients?name=${encodeURIComponent(name)}`)),
    );

    assert.deepEqual(
      listed.body.items.map(({ name }: { name: string }) => name),
      hostileNames,
    );
    assert.deepEqual(
      found.map(({ body }) => body.items.map(({ managedBy }: { managedBy: string }) => managedBy)),
      hostileNames.map((name) => [name]),
    );
  });

  const hostileIds = [
    "..%2F..%2Fetc%2Fpasswd",
    "%27%20OR%201%3D1--",
    "xpc_%00aaaaaaaaaaaaaaaaaaaaaaaaa",
    "XPC_AAAAAAAAAAAAAAAAAAAAAAAAAA",
    "xpc_aaaaaaaaaaaaaaaaaaaaaaaaaa%0a",
    "%F0%9F%8E%89",
    "%ff",
    "%",
    "a".repeat(199),
    "a".repeat(5_000),
  ];
  for (const id of hostileIds) {
    it(`answers 4xx to the id ${id.slice(0, 40)}`, async () => {
      const answers = await Promise.all([
        admin(`GET /v1/projects/web/clients/${id}`),
        admin(`DELETE /v1/projects/web/clients/${id}`, { ifMatch: 1 }),
        admin(`GET /v1/projects/${id}`),
        admin(`PUT /v1/projects/web/clients/${id}/permissions`, { body: { permissions: [] }, ifMatch: 0 }),
      ]);

      for (const answer of answers) {
        assert.ok([400, 404].includes(answer.status), answer.text);
        assert.ok(["validation_failed", "route_not_found"].includes(Problem.parse(answer.body).code), answer.text);
      }
      assert.deepEqual(await clientNames(), ["CRM"]);
    });
  }

  it("never says that a client is gone because its id is malformed", async () => {
    const answer = await admin("GET /v1/projects/web/clients/xpc_short");

    assert.equal(assertProblem(answer, "validation_failed").errors?.[0]?.field, "client");
  });

  it("is answered with route_not_found at an address that does not exist", async () => {
    assertProblem(await admin("GET /v2/projects"), "route_not_found");
    assertProblem(await admin("GET /v1/projects/web/"), "route_not_found");
    assertProblem(await admin("POST /"), "route_not_found");
  });

  it("is answered with the methods that the address accepts", async () => {
    const answer = await admin(`PUT ${client}`, { body: {} });

    assertProblem(answer, "method_not_allowed");
    assert.equal(answer.headers.get("allow"), "GET, HEAD, PATCH, DELETE");
  });

  it("gets a problem too when it is not HTTP", async () => {
    const { port } = new URL(backend.endpoint);

    const text = await new Promise<string>((resolve, reject) => {
      const socket = connect(Number(port), "127.0.0.1", () => socket.write("HELO backend\r\n\r\n"));
      let received = "";
      socket.on("data", (chunk) => {
        received += chunk;
      });
      socket.on("error", reject);
      socket.on("close", () => resolve(received));
    });

    const [head = "", body = ""] = text.split("\r\n\r\n");
    assert.match(head, /^HTTP\/1.1 400 Bad Request/);
    assert.match(head, /application\/problem\+json/);
    assert.equal(Problem.parse(JSON.parse(body)).code, "validation_failed");
  });

  it("cannot choose the id of its request", async () => {
    const mine = "xpr_aaaaaaaaaaaaaaaaaaaaaaaaaa";

    const answer = await admin("GET /v1/backend", { headers: { "x-request-id": mine, "request-id": mine } });

    assert.match(answer.headers.get("x-request-id") ?? "", /^xpr_[a-z2-7]{26}$/);
    assert.notEqual(answer.headers.get("x-request-id"), mine);
  });

  it("of the same kind always gets the same words", async () => {
    const ask = async () => {
      const { body } = await admin(`PATCH ${client}`, { body: { name: "" }, ifMatch: 1 });
      return { ...body, requestId: "" };
    };

    assert.deepEqual(await ask(), await ask());
  });
});

describe("failures of the backend", () => {
  it("distinguish a caller who hung up from a database that did", () => {
    const reset = (message: string) => Object.assign(new Error(message), { code: "ECONNRESET" });

    assert.equal(problemOf(reset("aborted")).code, "validation_failed");
    assert.equal(problemOf(reset("read ECONNRESET")).code, "unavailable");
  });

  it("say nothing of the inside", () => {
    const problem = problemOf(new TypeError("cannot read secret_hash of /srv/app/store.js"));

    assert.equal(problem.code, "internal");
    assert.equal(/secret_hash|store|TypeError/.test(problem.message), false);
  });

  const outages = [
    Object.assign(new Error("connect ECONNREFUSED 10.0.0.5:5432"), { code: "ECONNREFUSED" }),
    Object.assign(new Error("terminating connection due to administrator command"), { code: "57P01" }),
    Object.assign(new Error("sorry, too many clients already"), { code: "53300" }),
    Object.assign(new Error("canceling statement due to statement timeout"), { code: "57014" }),
    Object.assign(new Error("cannot execute INSERT in a read-only transaction"), { code: "25006" }),
    Object.assign(new Error("deadlock detected"), { code: "40P01" }),
    Object.assign(new Error("password authentication failed"), { code: "28P01" }),
    Object.assign(new Error("database does not exist"), { code: "3D000" }),
    Object.assign(new Error("could not serialize access"), { code: "40001" }),
    Object.assign(new Error("no more connections allowed (max_client_conn)"), { code: "08P01" }),
    Object.assign(new Error("connect ENOENT /run/10.0.0.5/.s.PGSQL.5432"), { code: "ENOENT", syscall: "connect" }),
    Object.assign(new Error("connect EMFILE 10.0.0.5:5432"), { code: "EMFILE", syscall: "connect" }),
    Object.assign(new Error("permission denied for table backend"), { code: "42501" }),
    Object.assign(new Error("self-signed certificate"), { code: "DEPTH_ZERO_SELF_SIGNED_CERT" }),
    new Error("The server does not support SSL connections"),
    new Error("timeout exceeded when trying to connect"),
    new Error("Connection terminated unexpectedly"),
  ];
  for (const outage of outages) {
    it(`say that the database is away for "${outage.message}", and when to come back`, () => {
      const problem = problemOf(outage);

      assert.equal(problem.code, "unavailable");
      assert.equal(problem.extras.headers?.["retry-after"], "5");
      assert.equal(problem.message.includes("10.0.0.5"), false);
    });
  }

  it("say that the disk of a server is full", () => {
    const problem = problemOf(Object.assign(new Error("could not extend file /var/lib/x"), { code: "53100" }));

    assert.equal(problem.code, "disk_full");
    assert.equal(problem.message, "the disk of the database is full: changes work when its operator has freed space");
  });
});

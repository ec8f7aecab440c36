import assert from "node:assert/strict";
import fc from "fast-check";
import { PERMISSION_IDS, PERMISSIONS, type Permission, type PermissionInfo } from "xtremepush-access";
import { ExternalApiStandIn } from "../support/gateway/external-api";
import { rawCall, statusesOf } from "../support/gateway/raw-call";
import { APP_TOKEN, CLIENT, type GatewayBench, startBench } from "../support/gateway/running-gateway";
import { removeTemporaryFolders } from "../support/process/temporary-folder";
import { until } from "../support/process/until";

const OTHER = "xpc_bbbbbbbbbbbbbbbbbbbbbbbbbb";
const EMPTY = "xpc_cccccccccccccccccccccccccc";
const SECOND = "xpc_gggggggggggggggggggggggggg";
const SECOND_APP_TOKEN = "second-apptoken-0123456789";

const known = PERMISSION_IDS.filter((id) => PERMISSIONS[id].endpoint !== null);
const unknown = PERMISSION_IDS.filter((id) => PERMISSIONS[id].endpoint === null);

/** A body that needs this permission of its endpoint. */
function bodyFor(id: Permission): string {
  const { endpoint, body }: PermissionInfo = PERMISSIONS[id];
  if (body === undefined) return '{"limit":1}';
  const item = endpoint?.split("/")[1] ?? "";
  return body === "one" ? `{"${item}":"x"}` : `{"${item}s":[{"${item}":"x"}]}`;
}

const pathOf = (id: Permission) => `/api/external/${PERMISSIONS[id].endpoint}`;

describe("the decisions of a gateway", () => {
  let bench: GatewayBench;
  let secondUpstream: ExternalApiStandIn;
  before(async () => {
    secondUpstream = await ExternalApiStandIn.start(SECOND_APP_TOKEN);
    bench = await startBench({
      second: { upstream: secondUpstream.endpoint, appToken: SECOND_APP_TOKEN },
      yaml: `endpoints: { ${unknown.map((id, index) => `mapped/m${index}: "${id}"`).join(", ")} }`,
    });
    bench.feed.set({ id: CLIENT, permissions: PERMISSION_IDS });
    bench.feed.set({ id: EMPTY, permissions: [] });
    bench.feed.set({ id: SECOND, project: "second", permissions: PERMISSION_IDS });
    bench.feed.set({ id: OTHER, project: "other", permissions: PERMISSION_IDS });
    await until(async () => (await bench.call("/api/external/info/task", bench.feed.token(EMPTY, []))).status === 403);
    await until(
      async () =>
        (await bench.call("/api/external/info/task", bench.feed.token(OTHER, [], { xtremepush_project: "other" })))
          .status === 403,
    );
  });
  after(async () => {
    await bench.close();
    await secondUpstream.close();
    removeTemporaryFolders();
  });

  it("are about all 67 permissions", () => {
    assert.equal(known.length, 54);
    assert.equal(unknown.length, 13);
  });

  for (const id of PERMISSION_IDS) {
    const index = unknown.indexOf(id);
    const path = index < 0 ? pathOf(id) : `/api/external/mapped/m${index}`;

    it(`let ${id} through for its grant, and for nothing else`, async () => {
      const { feed, upstream } = bench;
      const others = PERMISSION_IDS.filter((other) => other !== id);
      feed.set({ id: "xpc_dddddddddddddddddddddddddd", permissions: others });
      const revoked = { jti: `jti-${id}` };
      feed.revoke(revoked.jti);
      const arrived = upstream.arrived.length;
      // The last change is known when its effect is seen.
      await until(async () => (await bench.call(path, feed.token(CLIENT, [id], revoked), bodyFor(id))).status === 401);
      const cellOf = async (token: string | null, at = path) => {
        const { status, json } = await bench.call(at, token, bodyFor(id));
        return `${status} ${json["code"]}`;
      };

      const cells = {
        notGranted: await cellOf(feed.token("xpc_dddddddddddddddddddddddddd", PERMISSION_IDS)),
        notInToken: await cellOf(feed.token(CLIENT, others)),
        revoked: await cellOf(feed.token(CLIENT, [id], revoked)),
        expired: await cellOf(feed.token(CLIENT, [id], { exp: 1_000 })),
        ofProjectThatIsNotServed: await cellOf(feed.token(OTHER, [id], { xtremepush_project: "other" })),
        ofAnotherProject: await cellOf(feed.token(SECOND, [id])),
        unknownPath: await cellOf(feed.token(CLIENT, [id]), `${path}-not`),
        unknownClient: await cellOf(feed.token("xpc_eeeeeeeeeeeeeeeeeeeeeeeeee", [id])),
        noToken: await cellOf(null),
      };
      const sent = upstream.arrived.length - arrived;
      const second = await bench.call(path, feed.token(SECOND, [id], { xtremepush_project: "second" }), bodyFor(id));
      const sentByTheSecond = upstream.arrived.length - arrived;
      const granted = await bench.call(path, feed.token(CLIENT, [id]), bodyFor(id));

      assert.deepEqual(cells, {
        notGranted: "403 permission_denied",
        notInToken: "403 insufficient_scope",
        revoked: "401 unauthenticated",
        expired: "401 unauthenticated",
        ofProjectThatIsNotServed: "403 project_not_served",
        ofAnotherProject: "401 unauthenticated",
        unknownPath: "403 endpoint_unmatched",
        unknownClient: "401 unauthenticated",
        noToken: "401 unauthenticated",
      });
      assert.deepEqual([sent, sentByTheSecond], [0, 0]);
      assert.equal(second.status, granted.status);
      assert.equal(secondUpstream.last.body, `{"apptoken":"${SECOND_APP_TOKEN}",${bodyFor(id).slice(1)}`);
      // The stand-in has no such method, and says so in its own envelope.
      assert.equal(granted.status, index >= 0 ? 404 : id === "export:segment" ? 202 : 200);
      assert.equal(granted.headers.get("x-xtremepush-permission"), id);
      assert.equal(upstream.last.path, path);
      assert.equal(upstream.last.body, `{"apptoken":"${APP_TOKEN}",${bodyFor(id).slice(1)}`);
    });
  }

  it("refuse what no catalog and no operator knows", async () => {
    for (const id of unknown) {
      const [scope, object] = id.split(":");
      const { status, json } = await bench.call(`/api/external/${scope}/${object}`, bench.feed.token(CLIENT, [id]));
      assert.deepEqual([status, json["code"]], [403, "endpoint_unmatched"], id);
    }
  });

  it("treat both paths of one-time passwords alike", async () => {
    const token = bench.feed.token(CLIENT, ["integration-actions:otp-verify"]);

    const both = [await bench.call("/api/otp/verify", token), await bench.call("/api/external/otp/verify", token)];
    const other = await bench.call("/api/otp/generate", token);

    assert.deepEqual(
      both.map(({ status }) => status),
      [200, 200],
    );
    assert.equal(other.status, 403);
  });

  it("follow the intersection of grant and token, for any of both and any path", async () => {
    const subset = fc.subarray([...PERMISSION_IDS]);
    const client = "xpc_ffffffffffffffffffffffffff";
    let run = 0;
    await fc.assert(
      fc.asyncProperty(subset, subset, fc.constantFrom(...known), async (grant, scope, asked) => {
        run += 1;
        const marker = `marker-${run}`;
        bench.feed.set({ id: client, permissions: grant });
        bench.feed.revoke(marker);
        const markerToken = bench.feed.token(CLIENT, ["info:task"], { jti: marker });
        await until(async () => (await bench.call("/api/external/info/task", markerToken)).status === 401);

        const { status } = await bench.call(pathOf(asked), bench.feed.token(client, scope), bodyFor(asked));

        assert.equal(status < 300, grant.includes(asked) && scope.includes(asked), `${asked}: ${status}`);
      }),
      { numRuns: 40 },
    );
  });

  it("let nothing through at any path but an endpoint's own, as it is written", async () => {
    const token = bench.feed.token(CLIENT, PERMISSION_IDS);
    const paths = new Set([...known.map(pathOf), ...unknown.map((_, index) => `/api/external/mapped/m${index}`)]);
    const part = fc.constantFrom(
      "api",
      "external",
      "otp",
      "list",
      "profile",
      "hit",
      "event",
      "verify",
      "..",
      ".",
      "",
      "%2e",
      "a;b",
    );
    const joined = fc.array(part, { minLength: 1, maxLength: 6 }).map((parts) => `/${parts.join("/")}`);
    const near = fc
      .tuple(fc.constantFrom(...paths), fc.nat(60), fc.constantFrom("", "/", ".", "%00", ";", "\\", "A", "?", "#"))
      .map(([path, at, added]) => path.slice(0, at) + added + path.slice(at + 1));
    await fc.assert(
      fc.asyncProperty(fc.oneof(joined, near), async (path) => {
        fc.pre(!paths.has(path) && !/^\/api\/otp\/(?:verify|generate)$/.test(path));
        const { length } = bench.upstream.arrived;
        const head = [`POST ${path} HTTP/1.1`, "Host: x", "Content-Type: application/json", "Connection: close"];
        const text = `${head.join("\r\n")}\r\nAuthorization: Bearer ${token}\r\nContent-Length: 2\r\n\r\n{}`;

        const [status = 0] = statusesOf(await rawCall(bench.gateway.endpoint, text));

        assert.ok(status >= 400, `${path}: ${status}`);
        assert.equal(bench.upstream.arrived.length, length);
      }),
      { numRuns: 150 },
    );
  });

  it("answer every other path and method with a refusal", async () => {
    const token = bench.feed.token(CLIENT, PERMISSION_IDS);
    const paths = [
      "/",
      "/api",
      "/api/external",
      "/api/externa/list/profile",
      "/api/oauth/token",
      "//api/external/list/profile",
    ];
    for (const path of paths) assert.equal((await bench.call(path, token)).status, 404, path);
    const odd = [
      "/api/external/list/profile/",
      "/api/external/list%2fprofile",
      "/api/external/LIST/profile",
      "/api/external/list/./profile/..",
    ];
    for (const path of odd) assert.ok((await bench.call(path, token)).status >= 403, path);
    assert.equal((await bench.call("/api/external/list/profile?apptoken=x", token)).status, 400);
    for (const method of ["GET", "PUT", "DELETE", "PATCH", "OPTIONS"]) {
      const { status, headers } = await fetch(`${bench.gateway.endpoint}/api/external/list/profile`, { method });
      assert.deepEqual([status, headers.get("allow")], [405, "POST"], method);
    }
  });
});

describe("a denial of a gateway", () => {
  let bench: GatewayBench;
  before(async () => {
    bench = await startBench({ yaml: "metrics: { public: true }" });
    bench.feed.set({ id: CLIENT, permissions: ["info:task"] });
    await until(
      async () => (await bench.call("/api/external/info/task", bench.feed.token(CLIENT, ["info:task"]))).status === 200,
    );
  });
  after(async () => {
    await bench.close();
    removeTemporaryFolders();
  });

  it("names the permission, its title, the client and the line that would allow it", async () => {
    const token = bench.feed.token(CLIENT, ["list:profile"]);

    const { status, headers, json } = await bench.call("/api/external/list/profile", token);

    assert.equal(status, 403);
    assert.equal(headers.get("content-type"), "application/problem+json");
    assert.equal(headers.get("x-xtremepush-permission"), "list:profile");
    const { requestId, detail, ...rest } = json;
    assert.equal(headers.get("x-request-id"), requestId);
    assert.match(
      String(detail),
      /^list\/profile needs list:profile \(Common > List > .+\), which client xpc_a+ \("CRM sync"\) of the project acme does not have\. Add it to the client's ScopeGrant, permissions: \["list:profile"\], and run pulumi up\.$/,
    );
    assert.deepEqual(rest, {
      type: "urn:xtremepush-access:problem:permission_denied",
      title: "The permission is not granted",
      status: 403,
      code: "permission_denied",
      permission: {
        id: "list:profile",
        title: PERMISSIONS["list:profile"].title,
        scope: "List",
        group: "Common",
        risk: PERMISSIONS["list:profile"].risk,
      },
      client: { id: CLIENT, name: "CRM sync", project: "acme" },
      endpoint: "list/profile",
      evidence: PERMISSIONS["list:profile"].endpointEvidence,
      scopeGrant: 'permissions: ["list:profile"]',
    });
  });

  it("challenges as RFC 6750 says", async () => {
    const none = await bench.call("/api/external/info/task", null);
    const wrong = await bench.call("/api/external/info/task", "a.b.c");
    const narrow = await bench.call("/api/external/info/task", bench.feed.token(CLIENT, ["list:profile"]));

    const metadata =
      'realm="xtremepush-access", resource_metadata="https://access.example.com/.well-known/oauth-protected-resource/api/external"';
    assert.equal(none.headers.get("www-authenticate"), `Bearer ${metadata}`);
    assert.ok(
      wrong.headers
        .get("www-authenticate")
        ?.startsWith(`Bearer ${metadata}, error="invalid_token", error_description="`),
    );
    assert.deepEqual([none.status, wrong.status, narrow.status], [401, 401, 403]);
    assert.match(narrow.headers.get("www-authenticate") ?? "", /error="insufficient_scope", .*scope="info:task"$/);
  });

  it("counts what was refused, and paths without a permission by their name", async () => {
    const token = bench.feed.token(CLIENT, ["info:task"]);
    await bench.call("/api/external/list/nothing", token);
    for (let index = 0; index < 120; index += 1) await bench.call(`/api/external/made-up/${index}`, token);

    const text = await (await fetch(`${bench.gateway.endpoint}/metrics`)).text();

    assert.match(text, /decisions_total\{outcome="endpoint_unmatched"\} 121/);
    assert.match(text, /unmatched_total\{path="\/api\/external\/list\/nothing"\} 1/);
    assert.match(text, /unmatched_total\{path="other"\} 21/);
    assert.match(text, /snapshot_age_seconds [0-9.e-]+\n/);
  });
});

describe("a gateway whose callers want the vendor's envelope", () => {
  it("writes refusals in it", async () => {
    const bench = await startBench({ yaml: "denials: vendor" });

    const { status, headers, json } = await bench.call("/api/external/list/profile", null);

    assert.equal(status, 401);
    assert.match(headers.get("content-type") ?? "", /^application\/json/);
    assert.deepEqual([json["code"], json["success"]], [401, false]);
    assert.match(String(json["message"]), /access token/);
    await bench.close();
    removeTemporaryFolders();
  });
});

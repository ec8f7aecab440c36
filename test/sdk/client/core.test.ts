import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:net";
import type { Clock } from "../../../sdk/src/client/clock";
import { Core, type Settings } from "../../../sdk/src/client/core";
import type { AccessError } from "../../../sdk/src/client/errors";
import { BackendResource } from "../../../sdk/src/client/resources/backend";
import { ClientsResource } from "../../../sdk/src/client/resources/clients";
import { DeliveriesResource } from "../../../sdk/src/client/resources/deliveries";
import { GrantsResource } from "../../../sdk/src/client/resources/grants";
import { BACKEND, CLIENT, CLIENT_CREATED, CLIENT_ID, GRANT, problem } from "../../support/backend/management-answers";
import { until } from "../../support/process/until";
import { fakeClock } from "../../support/sdk/fake-clock";
import { pausedClock } from "../../support/sdk/paused-clock";
import { randomToken } from "../../support/sdk/random-secrets";
import { type Step, scriptedServers } from "../../support/sdk/scripted-server";

function callsOver(
  { endpoint, timeoutMs, maxParallel, maxRetries }: Omit<Settings, "token">,
  clock: Clock = fakeClock(),
) {
  const core = new Core({ token: randomToken(), endpoint, timeoutMs, maxParallel, maxRetries }, clock);
  return { backend: new BackendResource(core), clients: new ClientsResource(core), grants: new GrantsResource(core) };
}

describe("a call", () => {
  const serve = scriptedServers();

  it("that deletes a client has its answer also from a backend of an older version, which answers no grant", async () => {
    const server = await serve({ body: CLIENT }, { body: { ...CLIENT, grant: GRANT } });
    const { clients } = callsOver(server);
    const remove = () => clients.delete("retail", CLIENT_ID, { ifMatch: 1 });

    const [older, present] = [await remove(), await remove()];

    assert.deepEqual([older.id, older.grant], [CLIENT.id, undefined]);
    assert.deepEqual(present.grant, GRANT);
  });

  it("that remembers a delivery goes to a backend of an older version without the names, which that one refuses", async () => {
    const delivery = { environment: "crm/dev", destination: "dotenv", place: ".env", secretVersion: 1 };
    const times = { deliveredTime: "2026-11-29T10:00:00.000Z", createdTime: "2026-11-29T10:00:00.000Z" };
    const body = {
      ...delivery,
      ...times,
      id: "xpd_1",
      client: CLIENT_ID,
      project: "retail",
      settings: "",
      deliveredBy: "ci",
    };
    const refused = (field: string, message: string) =>
      problem(400, "validation_failed", { errors: [{ field, message }] });
    const older = refused("body", 'Unrecognized key: "names"');
    const server = await serve(older, { body }, { body }, refused("place", "is too long"));
    const deliveries = new DeliveriesResource(
      new Core({ token: randomToken(), endpoint: server.endpoint }, fakeClock()),
    );

    const put = (names: readonly string[]) => deliveries.put("retail", CLIENT_ID, { ...delivery, names: [...names] });
    assert.deepEqual((await put(["A"])).names, []);
    await put([]);
    await assert.rejects(put(["A"]), { code: "validation_failed" });

    assert.deepEqual(
      server.requests.map((request) => "names" in JSON.parse(request.body)),
      [true, false, false, true],
    );
  });

  it("is sent again after 500 twice, then has its answer", async () => {
    const server = await serve(problem(500, "internal"), problem(500, "internal"), { body: BACKEND });
    const clock = fakeClock();

    const backend = await callsOver(server, clock).backend.get();

    assert.deepEqual(backend, BACKEND);
    assert.equal(server.requests.length, 3);
    assert.deepEqual(clock.slept, [250, 500]);
  });

  it("is reported from its beginning to its end when it may change something, once with all its attempts", async () => {
    const server = await serve(problem(500, "internal"), { body: GRANT }, problem(403, "forbidden"));
    const core = new Core({ token: randomToken(), endpoint: server.endpoint }, fakeClock());
    const seen: string[] = [];
    core.onWrite(() => {
      seen.push("begin");
      return () => seen.push("end");
    });
    const put = () => new GrantsResource(core).put("retail", CLIENT_ID, { permissions: [] }, { ifMatch: 0 });

    const putting = put().then(() => seen.push("continued"));
    const atOnce = [...seen];
    await putting;
    await assert.rejects(put(), { code: "forbidden" });

    assert.deepEqual([atOnce, seen], [["begin"], ["begin", "end", "continued", "begin", "end"]]);
    assert.equal(server.requests.length, 3);
  });

  it("keeps its answer, with a secret that is shown once, when a listener fails at its end", async () => {
    const server = await serve({ body: GRANT });
    const core = new Core({ token: randomToken(), endpoint: server.endpoint }, fakeClock());
    const ended: string[] = [];
    core.onWrite(() => () => {
      throw new Error("the listener failed");
    });
    core.onWrite(() => () => ended.push("second"));
    const warned = once(process, "warning");

    const grant = await new GrantsResource(core).put("retail", CLIENT_ID, { permissions: [] }, { ifMatch: 0 });

    assert.equal(grant.client, GRANT.client);
    assert.deepEqual(ended, ["second"]);
    assert.match(String((await warned)[0]), /the listener failed/);
  });

  it("is not reported as a write when it only reads, or was never sent", async () => {
    const server = await serve({ body: BACKEND });
    const core = new Core({ token: randomToken(), endpoint: server.endpoint }, fakeClock());
    core.onWrite(() => assert.fail("there is no write"));

    await new BackendResource(core).get();

    await assert.rejects(new ClientsResource(core).create("retail", { name: "" }), { code: "validation_failed" });
  });

  it("gives up after its retries and says how often it was tried", async () => {
    const server = await serve(problem(503, "unavailable"));

    const calling = callsOver({ ...server, maxRetries: 2 }).backend.get();

    await assert.rejects(calling, {
      name: "UnavailableError",
      code: "unavailable",
      message: `GET /v1/backend failed after 3 attempts: 503 from ${server.endpoint}/v1/backend, it is unavailable`,
    });
    assert.equal(server.requests.length, 3);
  });

  it("waits as long as a 429 asks, and then has its answer", async () => {
    const server = await serve({ ...problem(429, "rate_limited"), headers: { "retry-after": "7" } }, { body: BACKEND });
    const clock = fakeClock(0);

    await callsOver(server, clock).backend.get();

    assert.deepEqual(clock.slept, [7_000]);
  });

  it("obeys a Retry-After that is a date", async () => {
    const clock = fakeClock(0);
    const date = new Date(clock.now() + 9_000).toUTCString();
    const server = await serve({ ...problem(503, "unavailable"), headers: { "retry-after": date } }, { body: BACKEND });

    await callsOver(server, clock).backend.get();

    assert.deepEqual(clock.slept, [9_000]);
  });

  it("fails at once when it is asked to wait for longer than a minute", async () => {
    const server = await serve({ ...problem(429, "rate_limited"), headers: { "retry-after": "3600" } });
    const clock = fakeClock();

    const calling = callsOver(server, clock).backend.get();

    await assert.rejects(calling, {
      name: "RateLimitedError",
      retryAfterSeconds: 3600,
      message: /the backend asks to wait 3600 s, longer than the 60 s that a call waits$/,
    });
    assert.equal(server.requests.length, 1);
    assert.deepEqual(clock.slept, []);
  });

  it("is held back by the 429 of another call", async () => {
    const server = await serve({ ...problem(429, "rate_limited"), headers: { "retry-after": "5" } }, { body: BACKEND });
    const clock = pausedClock();
    const { backend } = callsOver(server, clock);

    const first = backend.get();
    await until(() => clock.sleepers() === 1);
    const second = backend.get();
    await until(() => clock.sleepers() === 2);
    clock.advance(4_999);
    const sentBefore = server.requests.length;
    clock.advance(1);
    await Promise.all([first, second]);

    assert.equal(sentBefore, 1);
    assert.equal(server.requests.length, 3);
  });

  it("is sent again when half an answer came", async () => {
    const server = await serve({ body: BACKEND, cutAfter: 9 }, { body: BACKEND });

    assert.deepEqual(await callsOver(server).backend.get(), BACKEND);
  });

  it("is sent again when the connection was cut without an answer", async () => {
    const server = await serve({ cutAfter: 0 }, { body: BACKEND });

    assert.deepEqual(await callsOver(server).backend.get(), BACKEND);
  });

  it("is sent again when its answer was not JSON, and then says what came, without repeating it", async () => {
    const html = {
      body: "<html>Please sign in, hunter2</html>",
      headers: { "content-type": "text/html; charset=utf-8" },
    };
    const server = await serve(html);

    const calling = callsOver({ ...server, maxRetries: 1 }).backend.get();

    await assert.rejects(calling, {
      name: "UnexpectedAnswerError",
      code: "unexpected_answer",
      status: 200,
      detail: `unexpected answer from ${server.endpoint}/v1/backend: 200 with 36 characters of text/html that are not JSON; check the endpoint`,
    });
    assert.equal(server.requests.length, 2);
  });

  it("names the fields of an answer that does not fit, without their values, and is not sent again", async () => {
    const server = await serve({ body: { id: 7, version: "hunter2" } });

    const calling = callsOver(server).backend.get();

    await assert.rejects(calling, (error: Error) => {
      assert.equal(error.name, "UnexpectedAnswerError");
      assert.match(error.message, /id: Invalid input: expected string, received number/);
      assert.doesNotMatch(error.message, /hunter2/);
      return true;
    });
    assert.equal(server.requests.length, 1);
  });

  it("follows no redirect and says so", async () => {
    const server = await serve({ status: 302, headers: { location: "https://elsewhere.example.com/?token=x" } });

    const calling = callsOver(server).backend.get();

    await assert.rejects(calling, {
      name: "UnexpectedAnswerError",
      status: 302,
      message: /302 is a redirect, which is not followed/,
    });
    assert.equal(server.requests.length, 1);
  });

  it("does not take the 404 of a proxy for one of the backend", async () => {
    const server = await serve({ status: 404, body: "<html>", headers: { "content-type": "text/html" } });

    const calling = callsOver(server).clients.get("retail", CLIENT_ID);

    await assert.rejects(calling, { name: "UnexpectedAnswerError", code: "unexpected_answer", status: 404 });
  });

  it("takes the 502 of a proxy for a backend that is not available", async () => {
    const server = await serve({ status: 502, body: "<html>", headers: { "content-type": "text/html" } });

    const calling = callsOver({ ...server, maxRetries: 0 }).backend.get();

    await assert.rejects(calling, {
      name: "UnavailableError",
      code: "unavailable",
      message: `GET /v1/backend failed: 502, no problem details from ${server.endpoint}/v1/backend`,
    });
  });

  it("refuses an answer that is longer than any of this API", async () => {
    const server = await serve({ body: " ".repeat(65 * 1024 * 1024) });

    const calling = callsOver({ ...server, maxRetries: 0 }).backend.get();

    await assert.rejects(calling, { name: "UnexpectedAnswerError", message: /the answer is too long$/ });
  });

  it("ends when an attempt takes too long, also when bytes keep coming", async () => {
    const server = await serve({ body: BACKEND, trickleMs: 15 });

    const calling = callsOver({ ...server, timeoutMs: 100, maxRetries: 0 }).backend.get();

    await assert.rejects(calling, {
      name: "TimeoutError",
      code: "timeout",
      message: `GET /v1/backend failed: no answer within 100 ms from ${server.endpoint}/v1/backend`,
    });
  });

  it("takes a time limit of its own", async () => {
    const server = await serve({ body: BACKEND, delayMs: 5_000 });

    const calling = callsOver({ ...server, maxRetries: 0 }).backend.get({ timeoutMs: 30 });

    await assert.rejects(calling, { name: "TimeoutError", message: /within 30 ms/ });
  });

  it("is sent again after it took too long", async () => {
    const server = await serve({ body: BACKEND, delayMs: 5_000 }, { body: BACKEND });

    assert.deepEqual(await callsOver({ ...server, timeoutMs: 100 }).backend.get(), BACKEND);
  });

  it("names the address when nobody listens there", async () => {
    const endpoint = await unusedEndpoint();

    const calling = callsOver({ endpoint, maxRetries: 1 }).backend.get();

    await assert.rejects(calling, (error: Error) => {
      assert.equal(error.name, "ConnectionError");
      assert.match(
        error.message,
        /^GET \/v1\/backend failed after 2 attempts: no complete answer from http:\/\/127\.0\.0\.1:\d+\/v1\/backend \(connect ECONNREFUSED/,
      );
      assert.deepEqual(Object.keys(Object(error.cause)), ["name", "code", "message"]);
      return true;
    });
  });
});

describe("a write", () => {
  const serve = scriptedServers();

  it("sends the revision that it was made from", async () => {
    const server = await serve({ body: GRANT });

    await callsOver(server).grants.put("retail", CLIENT_ID, { permissions: ["list:profile"] }, { ifMatch: 3 });

    assert.equal(server.requests[0]?.headers["if-match"], '"3"');
  });

  it("is sent again when its answer was lost, because the revision keeps it from taking effect twice", async () => {
    const server = await serve({ cutAfter: 0 }, { body: GRANT });

    await callsOver(server).grants.put("retail", CLIENT_ID, { permissions: [] }, { ifMatch: 3 });

    assert.equal(server.requests.length, 2);
    assert.equal(server.requests[1]?.headers["if-match"], '"3"');
  });

  it("tells who changed it when the revision does not match", async () => {
    const current = {
      id: CLIENT_ID,
      name: null,
      managedBy: null,
      revision: 5,
      updatedBy: "ana@acme",
      updatedTime: "2026-02-03T04:05:06.789Z",
    };
    const server = await serve(problem(412, "revision_mismatch", { current, detail: "read it again" }));

    const calling = callsOver(server).grants.put("retail", CLIENT_ID, { permissions: [] }, { ifMatch: 4 });

    await assert.rejects(calling, {
      name: "RevisionMismatchError",
      code: "revision_mismatch",
      status: 412,
      requestId: "xpr_7",
      method: "PUT",
      path: `/v1/projects/retail/clients/${CLIENT_ID}/permissions`,
      current,
      message:
        `PUT /v1/projects/retail/clients/${CLIENT_ID}/permissions failed: 412, ` +
        "changed by ana@acme at 2026-02-03T04:05:06.789Z since revision 4 (now 5); read it again",
    });
    assert.equal(server.requests.length, 1);
  });

  it("tells whether an attempt before it may have taken effect", async () => {
    const mismatch = problem(412, "revision_mismatch");
    const limited = { ...problem(429, "rate_limited"), headers: { "retry-after": "1" } };
    const failing = async (...steps: readonly Step[]) =>
      callsOver(await serve(...steps))
        .clients.update("retail", CLIENT_ID, { name: "CRM" }, { ifMatch: 4 })
        .catch((error: AccessError) => error.answerLost);

    assert.equal(await failing(mismatch), false);
    assert.equal(await failing(limited, mismatch), false);
    assert.equal(await failing({ cutAfter: 0 }, mismatch), true);
    assert.equal(await failing(problem(503, "unavailable"), limited, mismatch), true);
  });

  it("refuses a revision that is none", async () => {
    const server = await serve({ body: CLIENT });

    const calling = callsOver(server).clients.update("retail", CLIENT_ID, {}, { ifMatch: -1 });

    await assert.rejects(calling, { name: "ValidationError", message: /ifMatch: / });
    assert.equal(server.requests.length, 0);
  });
});

describe("the create of a client", () => {
  const serve = scriptedServers();

  it("is sent again with an owner, because the backend finds the client that is there", async () => {
    const server = await serve(problem(503, "unavailable"), { cutAfter: 0 }, { status: 201, body: CLIENT_CREATED });

    await callsOver(server).clients.create("retail", { name: "CRM", managedBy: "acme/urn" });

    assert.equal(server.requests.length, 3);
    assert.deepEqual(JSON.parse(server.requests[2]?.body ?? ""), {
      name: "CRM",
      managedBy: "acme/urn",
      secretVersion: 1,
    });
  });

  it("is not sent again without an owner, because a second client could come to be", async () => {
    const server = await serve({ cutAfter: 0 });

    const calling = callsOver(server).clients.create("retail", { name: "CRM" });

    await assert.rejects(calling, { name: "ConnectionError" });
    assert.equal(server.requests.length, 1);
  });

  it("is sent again without an owner when a rate limit refused it, because nothing was done", async () => {
    const server = await serve(problem(429, "rate_limited"), { status: 201, body: CLIENT_CREATED });

    await callsOver(server).clients.create("retail", { name: "CRM" });

    assert.equal(server.requests.length, 2);
  });
});

describe("many calls", () => {
  const serve = scriptedServers();

  it("are under way eight at a time unless told otherwise, over connections that stay", async () => {
    const server = await serve({ body: BACKEND, delayMs: 10 });
    const { backend } = callsOver(server);

    await Promise.all(Array.from({ length: 40 }, () => backend.get()));

    assert.equal(server.mostAtOnce(), 8);
    assert.equal(new Set(server.requests.map(({ port }) => port)).size, 8);
  });

  it("are under way as many at a time as was asked", async () => {
    const server = await serve({ body: BACKEND, delayMs: 5 });
    const { backend } = callsOver({ ...server, maxParallel: 2 });

    await Promise.all(Array.from({ length: 9 }, () => backend.get()));

    assert.equal(server.mostAtOnce(), 2);
  });

  it("each keep their turn while they are tried again, so that no later call overtakes them", async () => {
    const server = await serve(problem(503, "unavailable"), problem(503, "unavailable"), { body: BACKEND });
    const { backend } = callsOver({ ...server, maxParallel: 1 });
    const done: string[] = [];

    await Promise.all([backend.get().then(() => done.push("first")), backend.get().then(() => done.push("second"))]);

    assert.deepEqual(done, ["first", "second"]);
    assert.equal(server.requests.length, 4);
  });
});

describe("the caller's signal", () => {
  const serve = scriptedServers();

  it("ends a call that waits for its answer", async () => {
    const server = await serve({ body: BACKEND, delayMs: 5_000 });
    const stop = new AbortController();

    const calling = callsOver(server).backend.get({ signal: stop.signal });
    setTimeout(() => stop.abort(), 30);

    await assert.rejects(calling, {
      name: "AbortedError",
      code: "aborted",
      message: "GET /v1/backend ended: the caller's signal ended the call",
    });
  });

  it("keeps a call from being sent when it was given before", async () => {
    const server = await serve({ body: BACKEND });

    const calling = callsOver(server).backend.get({ signal: AbortSignal.abort() });

    await assert.rejects(calling, { name: "AbortedError" });
    assert.equal(server.requests.length, 0);
  });

  it("ends a call that waits for its turn, and leaves the others alone", async () => {
    const server = await serve({ body: BACKEND, delayMs: 50 });
    const { backend } = callsOver({ ...server, maxParallel: 1 });
    const stop = new AbortController();

    const first = backend.get();
    const second = backend.get({ signal: stop.signal });
    stop.abort();

    await assert.rejects(second, { name: "AbortedError" });
    assert.deepEqual(await first, BACKEND);
    assert.equal(server.requests.length, 1);
  });

  it("ends a call that waits for another attempt", async () => {
    const server = await serve({ ...problem(503, "unavailable"), headers: { "retry-after": "50" } });
    const stop = new AbortController();
    const backend = new BackendResource(new Core({ endpoint: server.endpoint, token: randomToken() }));

    const calling = backend.get({ signal: stop.signal });
    setTimeout(() => stop.abort(), 50);

    await assert.rejects(calling, { name: "AbortedError" });
    assert.equal(server.requests.length, 1);
  });

  it("may be one that was used many times before", async () => {
    const server = await serve({ body: BACKEND });
    const { backend } = callsOver(server);
    const { signal } = new AbortController();
    const warnings: Error[] = [];
    const listener = (warning: Error) => warnings.push(warning);
    process.on("warning", listener);

    for (let i = 0; i < 30; i++) await backend.get({ signal });
    await Promise.all(Array.from({ length: 8 }, () => backend.get({ signal })));
    process.off("warning", listener);

    assert.deepEqual(warnings, []);
  });
});

/** A port where nobody listens any more. */
async function unusedEndpoint(): Promise<string> {
  const server = createServer();
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const address = server.address();
  await new Promise((closed) => server.close(closed));
  assert.ok(typeof address === "object" && address !== null);
  return `http://127.0.0.1:${address.port}`;
}

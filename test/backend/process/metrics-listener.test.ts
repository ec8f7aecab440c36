import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, createServer } from "node:net";
import { listenForMetrics, type MetricsListener } from "../../../backend/src/process/metrics-listener";

const AT = { host: "127.0.0.1", port: 0 };

describe("the listener for metrics", () => {
  const contentType = "text/plain; version=0.0.4; charset=utf-8" as const;
  let look: () => Promise<string>;
  let failures: unknown[];
  let listener: MetricsListener;

  beforeEach(async () => {
    look = async () => "answers 42\n";
    failures = [];
    listener = await listenForMetrics({ contentType, metrics: () => look() }, AT, (error) => failures.push(error));
  });
  afterEach(() => listener.close());

  it("answers everybody in Prometheus' text format", async () => {
    const answer = await fetch(listener.endpoint);
    const head = await fetch(listener.endpoint, { method: "HEAD" });

    assert.match(listener.endpoint, /^http:\/\/127\.0\.0\.1:\d+\/metrics$/);
    assert.deepEqual([answer.status, answer.headers.get("content-type")], [200, contentType]);
    assert.match(await answer.text(), /^answers 42$/m);
    assert.deepEqual([head.status, await head.text()], [200, ""]);
  });

  it("has nothing else", async () => {
    const elsewhere = await fetch(new URL("/v1/backend", listener.endpoint));
    const post = await fetch(listener.endpoint, { method: "POST", body: "x" });

    assert.deepEqual([elsewhere.status, post.status, post.headers.get("allow")], [404, 405, "GET, HEAD"]);
  });

  it("looks once for scrapes at the same time", async () => {
    let looks = 0;
    const { promise, resolve } = Promise.withResolvers<string>();
    look = () => {
      looks += 1;
      return promise;
    };

    const scrapes = [fetch(listener.endpoint), fetch(listener.endpoint), fetch(listener.endpoint)];
    setTimeout(() => resolve("answers 42"), 200);

    assert.deepEqual(
      (await Promise.all(scrapes)).map(({ status }) => status),
      [200, 200, 200],
    );
    assert.equal(looks, 1);
  });

  it("answers 500 and reports why when a metric cannot be read", async () => {
    look = () => Promise.reject(new Error("broken"));

    const answer = await fetch(listener.endpoint);

    assert.equal(answer.status, 500);
    assert.equal((await answer.text()).includes("broken"), false);
    assert.deepEqual(failures.map(String), ["Error: broken"]);
  });

  it("lets a running scrape end at a stop, and is gone after it", async () => {
    const { promise, resolve } = Promise.withResolvers<string>();
    const started = Promise.withResolvers<void>();
    look = () => {
      started.resolve();
      return promise;
    };
    const scrape = fetch(listener.endpoint);
    await started.promise;

    const closing = listener.close();
    resolve("answers 42");

    assert.equal((await scrape).status, 200);
    await closing;
    await assert.rejects(fetch(listener.endpoint));
  });

  it("does not wait at a stop for whoever sends nothing", async () => {
    const { port } = new URL(listener.endpoint);
    const socket = connect(Number(port), AT.host).on("error", () => {});
    await once(socket, "connect");
    socket.write("GET /met");

    await listener.close();

    if (!socket.closed) await once(socket, "close");
  });

  it("says which flag to change when its port is in use", async () => {
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, AT.host, resolve));
    const { port } = taken.address() as { port: number };

    await assert.rejects(
      listenForMetrics({ contentType, metrics: look }, { ...AT, port }, () => {}),
      {
        name: "StartFailure",
        message: `Port ${port} of 127.0.0.1 is in use: stop what uses it, or choose another with --metrics-port.`,
      },
    );
    taken.close();
  });
});

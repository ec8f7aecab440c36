import assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import http from "node:http";
import { connect } from "node:net";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { type BackendProcess, killBackendProcesses, startBackendProcess } from "../../support/backend/command-line";
import { folderWithDatabase } from "../../support/backend/empty-database";
import { removeTemporaryFolders } from "../../support/process/temporary-folder";

interface Seen {
  readonly status: number;
  readonly type: string;
  readonly connection: string;
}

describe("the stop of a backend", function () {
  this.timeout(60_000);
  let backend: BackendProcess;
  let token: string;
  let agent: http.Agent;

  beforeEach(async () => {
    const cwd = await folderWithDatabase();
    backend = await startBackendProcess([], { cwd, env: { XTREMEPUSH_ACCESS_REQUEST_LIMIT: "1000000" } });
    token = readFileSync(join(cwd, ".xtremepush-access/admin-token"), "utf8").trim();
    agent = new http.Agent({ keepAlive: true });
  });
  afterEach(() => {
    agent.destroy();
    killBackendProcesses();
    removeTemporaryFolders();
  });

  async function send(method: string, path: string, body?: object): Promise<Seen> {
    const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
    const request = http.request(backend.endpoint + path, { method, agent, headers });
    request.end(body === undefined ? undefined : JSON.stringify(body));
    // The first argument of the event is the answer.
    const [answer] = (await once(request, "response")) as [http.IncomingMessage];
    await answer.resume().toArray();
    const { connection = "", "content-type": type = "" } = answer.headers;
    return { status: answer.statusCode ?? 0, type, connection };
  }

  it("does not wait for connections that sent nothing, or nothing more", async () => {
    const { hostname, port } = new URL(backend.endpoint);
    const silent = connect(Number(port), hostname);
    await once(silent, "connect");
    await send("GET", "/healthz");
    const started = performance.now();

    assert.equal(await backend.stop("SIGTERM"), 0);

    assert.ok(performance.now() - started < 4_500, `${performance.now() - started} ms`);
    silent.destroy();
  });

  it("does not wait for a caller whose body came after the answer that refused it", async () => {
    const { hostname, port } = new URL(backend.endpoint);
    const caller = connect(Number(port), hostname);
    caller.write(
      "POST /v1/projects HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 14\r\n\r\n",
    );
    await once(caller, "data");
    caller.write('{"slug":"web"}');
    await wait(500);
    const started = performance.now();

    assert.equal(await backend.stop("SIGTERM"), 0);

    assert.ok(performance.now() - started < 4_500, `${performance.now() - started} ms`);
    caller.destroy();
  });

  it("answers what writers had sent, closes each connection with its answer, and resets none", async () => {
    await send("POST", "/v1/projects", { slug: "retail" });
    const seen: Seen[] = [];
    const failed: unknown[] = [];
    const write = async (writer: number) => {
      for (let number = 1; ; number++) {
        seen.push(await send("POST", "/v1/projects/retail/clients", { name: `Client ${writer} ${number}` }));
      }
    };
    const run = (writer: number) => write(writer).catch((error) => failed.push(error.code));
    const writers = Promise.all(Array.from({ length: 16 }, (_, writer) => run(writer)));
    while (seen.length < 50) await wait(5);

    const code = await backend.stop("SIGTERM");
    await writers;

    assert.equal(code, 0);
    assert.deepEqual([...new Set(failed)], ["ECONNREFUSED"]);
    assert.deepEqual(
      seen.filter(({ status }) => status !== 201),
      [],
    );
    assert.ok(seen.filter(({ connection }) => connection === "close").length > 0);
  });
});

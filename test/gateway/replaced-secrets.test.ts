import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { backendFeed } from "../../gateway/src/access/feed";
import { parseGatewayFile } from "../../gateway/src/file/read-gateway-file";
import { followFiles } from "../../gateway/src/server/follow-files";
import { type RunningGateway, startGateway } from "../../gateway/src/server/start";
import { startTestBackend, type TestBackend } from "../support/backend/backend";
import { ExternalApiStandIn } from "../support/gateway/external-api";
import { CLIENT } from "../support/gateway/running-gateway";
import { ScriptedFeed } from "../support/gateway/scripted-feed";
import { removeTemporaryFolders, temporaryFolder } from "../support/process/temporary-folder";
import { until } from "../support/process/until";

const OLD = "old-app-token-0123456789";
const NEW = "new-app-token-9876543210";
const PATH = "/api/external/list/profile";

describe("a secret in a file that is replaced", () => {
  let upstream: ExternalApiStandIn;
  let gateway: RunningGateway;
  let token: string;
  let file: string;
  let log: string[];

  beforeEach(async () => {
    upstream = await ExternalApiStandIn.start(NEW);
    const feed = new ScriptedFeed();
    feed.set({ id: CLIENT, permissions: ["list:profile"] });
    token = feed.token(CLIENT, ["list:profile"]);
    const folder = temporaryFolder();
    file = path.join(folder, "app-token");
    log = [];
    writeFileSync(file, `${OLD}\n`);
    const text = `version: 1
listen: { port: 0 }
backend: { endpoint: https://access.example.com, token: { variable: T } }
projects: { acme: { upstream: "${upstream.endpoint}", appToken: { file: app-token } } }`;
    gateway = await startGateway(parseGatewayFile(text, "gateway.yaml"), {
      ...{ feed, folder, environment: {}, filesEveryMs: 20 },
      log: { level: "info", stream: { write: (line) => void log.push(line) } },
    });
    await until(async () => (await fetch(`${gateway.endpoint}/readyz`)).ok);
  });
  afterEach(async () => {
    await gateway.close();
    await upstream.close();
    removeTemporaryFolders();
  });

  const call = async () => {
    const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
    const answer = await fetch(gateway.endpoint + PATH, { method: "POST", headers, body: "{}" });
    return { status: answer.status, text: await answer.text() };
  };

  it("is used from then on, without a restart, and the one before stays out of answers", async () => {
    const before = await call();

    writeFileSync(file, NEW);
    await until(() => log.some((line) => line.includes("uses the new projects.acme.appToken")));
    const after = await call();
    upstream.answerWith((_request, response, { body }) => void response.end(JSON.stringify({ body, before: OLD })));
    const { text } = await call();

    assert.deepEqual([before.status, after.status], [401, 200]);
    assert.ok(!text.includes(NEW) && !text.includes(OLD), text);
    assert.ok(!log.join("").includes(NEW) && !log.join("").includes(OLD));
  });

  it("stays the one of before while the new one cannot be used, and the log says why once", async () => {
    const warnings = () => log.filter((line) => line.includes("cannot be used; the one of before stays"));
    writeFileSync(file, NEW);
    await until(() => log.some((line) => line.includes("uses the new projects.acme.appToken")));

    writeFileSync(file, "short");
    await until(() => warnings().length > 0);
    const spoiled = await call();
    rmSync(file);
    await until(() => warnings().length > 1);
    const removed = await call();

    assert.deepEqual([spoiled.status, removed.status], [200, 200]);
    assert.match(warnings()[0] ?? "", /projects\.acme\.appToken: an app token has 8 to 512 characters/);
    assert.match(warnings()[1] ?? "", /projects\.acme\.appToken: the file .* cannot be read \(ENOENT\)/);
    assert.equal(warnings().length, 2);
    assert.ok(!log.join("").includes("short"));
  });
});

describe("followFiles", () => {
  it("does not read a pipe again, to which nobody may ever write", async () => {
    const [pipe, file] = [path.join(temporaryFolder(), "pipe"), path.join(temporaryFolder(), "file")];
    execFileSync("mkfifo", [pipe]);
    writeFileSync(file, "");
    let looks = 0;
    const reads: string[] = [];
    const following = followFiles(
      [
        { name: "pipe", files: [pipe], look: () => ({ reads: reads.push("pipe") }) },
        {
          name: "file",
          files: [file],
          look: () => {
            looks += 1;
            return null;
          },
        },
      ],
      { info: () => undefined, warn: () => undefined },
      5,
    );

    await until(() => looks > 2);
    following.stop();
    removeTemporaryFolders();

    assert.deepEqual(reads, []);
  });
});

describe("the feed of a backend", () => {
  let backend: TestBackend;

  before(async () => {
    backend = await startTestBackend();
  });
  after(() => backend.close());

  it("is asked with the token of the moment", async () => {
    const tokens = [await backend.makeActor("gateway", ["acme"]), "xpat_none", await backend.makeActor("gateway", [])];
    const token = { text: "xpat_none" };
    const feed = backendFeed(backend.endpoint, token, () => undefined);

    const answers: string[] = [];
    for (const text of tokens) {
      token.text = text;
      answers.push(
        await feed.page(undefined, new AbortController().signal).then(
          () => "answered",
          () => "refused",
        ),
      );
    }

    assert.deepEqual(answers, ["answered", "refused", "answered"]);
  });
});

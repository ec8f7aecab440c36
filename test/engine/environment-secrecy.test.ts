import assert from "node:assert/strict";
import { type Dirent, mkdirSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { parseEnv } from "node:util";
import { startTestBackend, type TestBackend } from "../support/backend/backend";
import { programOf } from "../support/engine/engine";
import { type EnvironmentsBench, openEnvironmentsBench } from "../support/environments/environments-bench";

const FILE = `version: 1
environments:
  secrecy:
deliver:
  - client: CRM sync
    dotenv: { file: .env, variables: { CRM_SECRET: clientSecret } }
  - client: CRM sync
    stdin: { command: [sh, -c, "sleep 0.5; cat > got"], field: clientSecret }
`;

/** The destinations of the file. */
const DESTINATIONS = [".env", "got"];

/** A text that something else can read, and where it was. */
interface Seen {
  readonly where: string;
  readonly text: string;
}

describe("the secret of an environment that is set up", function () {
  this.timeout(120_000);

  let bench: EnvironmentsBench;
  let backend: TestBackend;
  const log: string[] = [];
  before(async function () {
    // Elsewhere, the command lines and environments of processes are not files.
    if (process.platform !== "linux") this.skip();
    backend = await startTestBackend({ log: { level: "debug", stream: { write: (line) => log.push(line) } } });
    const { endpoint, adminToken } = backend;
    bench = await openEnvironmentsBench({ XTREMEPUSH_ENDPOINT: endpoint, XTREMEPUSH_TOKEN: adminToken });
    bench.write("access-env.yaml", FILE);
    bench.write("Pulumi.secrecy.yaml", "config:\n  xtremepush:project: secrecy\n");
    bench.write("index.js", programOf('exports.secret = new ApiClient("crm", { name: "CRM sync" }).clientSecret;'));
    mkdirSync(path.join(bench.folder, "tmp"));
  });
  after(async () => {
    await bench?.close();
    await backend?.close();
  });

  it("is in its destinations only: in no process, no output and no other file, while it runs or after", async () => {
    const seen = new Map<string, Seen>();
    const look = () => {
      for (const each of [...seenInProcesses(), ...seenInFiles(bench.folder)]) seen.set(JSON.stringify(each), each);
    };
    const run = bench.start(["up", "secrecy"], { TMPDIR: path.join(bench.folder, "tmp") });
    let isRunning = true;
    const looking = (async () => {
      while (isRunning) {
        look();
        await wait(20);
      }
    })();
    const { code, stdout, stderr } = await run.finished;
    isRunning = false;
    await looking;
    look();

    assert.equal(code, 0, stderr);
    const secret = parseEnv(bench.read(".env"))["CRM_SECRET"] ?? "";
    assert.match(secret, /^xpcs_/);
    assert.equal(bench.read("got"), secret);
    const texts = [...seen.values(), { where: "stdout", text: stdout }, { where: "stderr", text: stderr }];
    texts.push({ where: "the log of the backend", text: log.join("") });
    const forms = [secret, Buffer.from(secret).toString("base64"), Buffer.from(secret).toString("hex")];
    const holding = texts.filter(({ text }) => forms.some((form) => text.includes(form))).map(({ where }) => where);
    // A dotenv file is replaced at once by one beside it, which only its owner can read.
    const places = holding.map((where) => where.replace(/^\.env\.[0-9a-f-]{36}\.tmp$/, ".env"));
    assert.deepEqual([...new Set(places)].sort(), DESTINATIONS);
    for (const part of [
      "pulumi\0up\0",
      "sleep 0.5; cat > got",
      "XTREMEPUSH_TOKEN=",
      "/v1/projects/:project/clients/:client/deliveries",
    ]) {
      assert.ok(
        texts.some(({ text }) => text.includes(part)),
        `the test did not see ${part}`,
      );
    }
  });
});

/** The command lines and environments of all processes that can be read. */
function seenInProcesses(): Seen[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => ["cmdline", "environ"].map((name) => seenIn(`/proc/${pid}/${name}`, `${name} of a process`)));
}

/** All files below a folder. */
function seenInFiles(folder: string, below = ""): Seen[] {
  return entriesOf(path.join(folder, below)).flatMap((entry) => {
    const name = path.join(below, entry.name);
    if (entry.isDirectory()) return seenInFiles(folder, name);
    return entry.isFile() ? [seenIn(path.join(folder, name), name)] : [];
  });
}

/** A folder may be gone by now. */
function entriesOf(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    return [];
  }
}

/** What is gone by now was there for less than a look. */
function seenIn(file: string, where: string): Seen {
  try {
    return { where, text: readFileSync(file, "latin1") };
  } catch {
    return { where, text: "" };
  }
}

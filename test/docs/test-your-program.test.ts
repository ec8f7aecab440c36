import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import { fencedBlock } from "../support/docs/fenced-block";
import { readmeBlock } from "../support/docs/readme";

const ROOT = path.resolve(__dirname, "../..");
const GUIDE = "docs/guides/test-your-program.md";

describe("the tests in the guide on testing a program", function () {
  this.timeout(60_000);

  let folder: string;
  before(async () => {
    await mkdir(path.join(ROOT, ".work"), { recursive: true });
    folder = await mkdtemp(path.join(ROOT, ".work", "tested-"));
    await cp(path.join(ROOT, "examples/quickstart/tsconfig.json"), path.join(folder, "tsconfig.json"));
    await writeFile(path.join(folder, "package.json"), '{ "name": "my-access", "main": "index.ts" }\n');
    await writeFile(path.join(folder, "Pulumi.yaml"), "name: my-access\nruntime: nodejs\n");
  });
  after(() => rm(folder, { recursive: true }));

  /** Runs a test of the guide on a program; returns what the runner prints, whether it passes or fails. */
  async function run(test: string, program: string): Promise<string> {
    await writeFile(path.join(folder, "index.ts"), program);
    await writeFile(path.join(folder, "access.test.ts"), fencedBlock(GUIDE, "ts", test));
    const { NODE_TEST_CONTEXT: _, TS_NODE_PROJECT: __, ...environment } = process.env;
    const args = ["--require", "ts-node/register", "--test", "--test-reporter", "tap", "access.test.ts"];
    const options = { cwd: folder, env: { ...environment, TS_NODE_TRANSPILE_ONLY: "true" } };
    const { stdout } = await promisify(execFile)(process.execPath, args, options).catch(
      (error: { readonly stdout: string }) => error,
    );
    return stdout;
  }

  const program = readmeBlock("ts", "new ScopeGrant(");
  for (const [what, test, changed] of [
    ["with mocks", "setMocks", program.replace('select({ access: "read", maxRisk: "low" })', '["delete:segment"]')],
    ["with the manifest", "readProgram", program.replace("permissions.info.task", "permissions.export.segment")],
  ] as const) {
    it(`pass for the README's program, and fail for one that gives too much: ${what}`, async () => {
      assert.notEqual(changed, program);
      assert.match(await run(test, program), /^# pass 1$/m);
      assert.match(await run(test, changed), /^# fail 1$/m);
    });
  }
});

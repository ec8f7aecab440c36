import assert from "node:assert/strict";
import path from "node:path";
import { runCommand } from "../../scripts/pulumi-cli/run-command";

const ROOT = path.resolve(__dirname, "../..");
const MAIN = path.join(ROOT, "environments/dist/main.js");

describe("the environments of the example", function () {
  this.timeout(180_000);

  // Without a Pulumi CLI, state, token or passphrase.
  const env = { PATH: "", XTREMEPUSH_TOKEN: "", PULUMI_CONFIG_PASSPHRASE: "" };
  const diff = (...args: readonly string[]) =>
    runCommand(process.execPath, [MAIN, "diff", ...args], { cwd: path.join(ROOT, "examples/environments"), env });

  it("are compared: production may do less than staging", async () => {
    const { code, stdout, stderr } = await diff("staging", "production");

    assert.equal(code, 0, stderr);
    assert.equal(
      stdout,
      `From staging to production:
Narrows access: 1 client, -1 permission

"acme-environments", stack "staging -> production"
  "CRM sync"  narrowed  3 of 67 -> 2 of 67  index.ts:7
    List
      - List user profiles  list:profile  high: personal data in bulk`,
    );
  });

  it("fail the comparison when the second is broader", async () => {
    const { code, stdout } = await diff("production", "pr-12", "--json");

    const { version, command, broader, access } = JSON.parse(stdout);
    assert.deepEqual([code, version, command, broader, access.counts.gained], [1, 1, "diff", true, 1]);
  });

  it("are refused for a name that is not in the file", async () => {
    const { code, stderr } = await diff("staging", "prod");

    assert.deepEqual(
      [code, stderr],
      [2, 'access-env.yaml has no environment "prod", only dev, staging, production, pr-*'],
    );
  });

  it("are refused in a folder without a program", async () => {
    const { code, stderr } = await diff("staging", "production", "--program", ROOT);

    assert.equal(code, 2);
    assert.match(
      stderr,
      /access-env\.yaml cannot be read; write one beside Pulumi\.yaml, or name that folder with --program$/,
    );
  });
});

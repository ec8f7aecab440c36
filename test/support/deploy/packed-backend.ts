import assert from "node:assert/strict";
import path from "node:path";
import { runCommand } from "../../../scripts/pulumi-cli/run-command";
import { startScript } from "../process/script-process";
import { temporaryFolder } from "../process/temporary-folder";

/** Packs the packages and installs those of a backend in an empty folder, as deploy/README.md says; answers the folder. */
export async function installPackedBackend(): Promise<string> {
  const [packages, cwd] = [temporaryFolder(), temporaryFolder()];
  const pack = startScript("scripts/pack.ts", [packages]);
  assert.equal(await pack.ended, 0, pack.output());
  const files = ["xtremepush-access-0.1.0.tgz", "xtremepush-access-backend-0.1.0.tgz"];
  const install = ["--omit=dev", "--ignore-scripts", "--no-audit", "--no-fund"];
  for (const args of [
    ["init", "--yes"],
    ["install", ...install, ...files.map((file) => path.join(packages, file))],
  ]) {
    const { code, stderr } = await runCommand("npm", args, { cwd, timeout: 120_000 });
    assert.equal(code, 0, stderr);
  }
  return cwd;
}

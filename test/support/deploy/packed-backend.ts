import assert from "node:assert/strict";
import { runCommand } from "../../../scripts/pulumi-cli/run-command";
import { fencedBlock } from "../docs/fenced-block";
import { startScript } from "../process/script-process";
import { temporaryFolder } from "../process/temporary-folder";

/** Packs the packages and installs those of a backend in an empty folder by the lines of deploy/README.md; answers the folder. */
export async function installPackedBackend(): Promise<string> {
  const [packages, cwd] = [temporaryFolder(), temporaryFolder()];
  const pack = startScript("scripts/pack.ts", [packages]);
  assert.equal(await pack.ended, 0, pack.output());
  const lines = fencedBlock("deploy/README.md", "sh", "useradd").split("\n");
  const script = lines
    .filter((line) => line.includes("npm "))
    .map((line) => line.replaceAll("/opt/xtremepush-access", cwd).replaceAll("~/access-packages", packages));
  assert.equal(script.length, 2);
  const { code, stderr } = await runCommand("bash", ["-ec", script.join("\n")], { cwd, timeout: 240_000 });
  assert.equal(code, 0, stderr);
  return cwd;
}

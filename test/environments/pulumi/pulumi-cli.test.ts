import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import path from "node:path";
import { commandFailure } from "../../../environments/src/pulumi/command-failure";
import { PulumiCli } from "../../../environments/src/pulumi/pulumi-cli";
import { removeTemporaryFolders, temporaryFolder } from "../../support/process/temporary-folder";

describe("a command of the Pulumi CLI that fails", () => {
  after(removeTemporaryFolders);

  /** A CLI that is this shell script. */
  const cliOf = (script: string) => {
    const folder = temporaryFolder();
    writeFileSync(path.join(folder, "pulumi"), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    return new PulumiCli(folder, { PATH: `${folder}:/usr/bin:/bin` });
  };
  const messageOf = (running: Promise<unknown>) =>
    running.then(
      () => assert.fail("it did not fail"),
      (error: unknown) => commandFailure("it failed", error).message,
    );

  it("gives the reason that a change prints for people, when its events did not come", async () => {
    const cli = cliOf('printf "Diagnostics:\\n    error: 1 error occurred: the backend is away\\n"; exit 255');

    assert.equal(await messageOf(cli.change("destroy")), "it failed: 1 error occurred: the backend is away");
  });

  it("gives nothing of what it prints as a result, which may hold secrets", async () => {
    const cli = cliOf('printf "error: xpcs_1\\n"; exit 3');

    assert.equal(await messageOf(cli.run("stack", "export")), "it failed: Pulumi gives no reason (exit code 3)");
  });

  it("says which signal has ended it", async () => {
    assert.equal(await messageOf(cliOf("kill -9 $$").change("up")), "it failed: Pulumi gives no reason (SIGKILL)");
  });
});

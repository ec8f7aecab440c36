import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { CommandInput } from "../../../environments/src/delivery/command-input";
import { removeTemporaryFolders, temporaryFolder } from "../../support/process/temporary-folder";

const VALUES = { clientId: "xpc_a", clientSecret: "xpcs_b" };

describe("the standard input of a command as a destination", () => {
  let folder: string;
  beforeEach(() => {
    folder = temporaryFolder();
  });
  after(removeTemporaryFolders);

  const inputOf = (options: Partial<ConstructorParameters<typeof CommandInput>[0]>) =>
    new CommandInput({ folder, command: ["sh", "-c", "cat > got"], field: undefined, remove: undefined, ...options });
  const got = (file = "got") => readFileSync(path.join(folder, file), "utf8");

  it("gets one field without a line break", async () => {
    await inputOf({ field: "clientSecret" }).deliver(VALUES);

    assert.equal(got(), "xpcs_b");
  });

  it("gets all fields as JSON without a field", async () => {
    await inputOf({}).deliver(VALUES);

    assert.deepEqual(JSON.parse(got()), VALUES);
  });

  it("has the secret in no argument and no variable of the command", async () => {
    const command = ["sh", "-c", "tr '\\0' ' ' < /proc/$$/cmdline > got; env >> got; cat > /dev/null"];

    await inputOf({ command, field: "clientSecret" }).deliver(VALUES);

    assert.ok(got().includes("sh -c") && !got().includes("xpcs_b"));
  });

  it("is a success when the command reads nothing of it", async () => {
    const clientSecret = "x".repeat(1_000_000);

    await inputOf({ command: ["true"] }).deliver({ ...VALUES, clientSecret });
  });

  it("fails without what the command has printed", async () => {
    const command = ["sh", "-c", "cat; cat >&2; exit 3"];

    await assert.rejects(inputOf({ command, field: "clientSecret" }).deliver(VALUES), {
      message: "the command sh of a delivery ended with 3; its output is not shown, because it may hold the credential",
      exitCode: 1,
    });
    await assert.rejects(inputOf({ command: ["/none"] }).deliver(VALUES), {
      message:
        "the command /none of a delivery cannot be started (ENOENT); its output is not shown, because it may hold the credential",
    });
  });

  it("fails in the same words when the system refuses to start it at once", async () => {
    writeFileSync(path.join(folder, "file"), "");
    const message = (code: string) => ({
      name: "EnvironmentFailure",
      message: new RegExp(`cannot be started \\(${code}\\);`),
    });

    await assert.rejects(inputOf({ command: [path.join(folder, "file", "x")] }).deliver(VALUES), message("ENOTDIR"));
    await assert.rejects(inputOf({ command: ["true", "x".repeat(200_000)] }).deliver(VALUES), message("E2BIG"));
    await assert.rejects(inputOf({ command: [`/${"x".repeat(5_000)}`] }).deliver(VALUES), message("ENAMETOOLONG"));
  });

  it("is removed by a command of its own, when there is one", async () => {
    await inputOf({}).remove();
    await inputOf({ remove: ["sh", "-c", "cat > removed"] }).remove();

    assert.equal(got("removed"), "");
  });

  it("cannot be read back", async () => {
    assert.equal(await inputOf({}).check(), "unknown");
  });
});

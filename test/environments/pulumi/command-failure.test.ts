import assert from "node:assert/strict";
import { commandFailure } from "../../../environments/src/pulumi/command-failure";

describe("the failure of a command of Pulumi", () => {
  it("is the line that Pulumi marks as its error, and nothing that was printed besides", () => {
    const error = new Error(
      'code: -2\n stdout: \n stderr: Command failed with exit code 255: pulumi stack export --show-secrets\nerror: could not decrypt: incorrect passphrase\n{ "clientSecret": "xpcs_1" }\n',
    );

    const { message, exitCode } = commandFailure('the state of "dev" cannot be read', error);

    assert.equal(message, 'the state of "dev" cannot be read: could not decrypt: incorrect passphrase');
    assert.equal(exitCode, 1);
  });

  it("names the missing CLI", () => {
    const { message } = commandFailure(
      "Pulumi cannot be started",
      new Error("code: -2\n stderr: spawn pulumi ENOENT\n"),
    );

    assert.match(message, /there is no Pulumi CLI on the PATH/);
  });
});

import assert from "node:assert/strict";
import { commandFailure } from "../../../environments/src/pulumi/command-failure";
import { NoPulumiError, PulumiError } from "../../../environments/src/pulumi/pulumi-cli";

describe("the failure of a command of Pulumi", () => {
  it("is the line that Pulumi marks as its error, and nothing that was printed besides", () => {
    const error = new PulumiError(
      'warning: old\nerror: could not decrypt: incorrect passphrase\n{ "clientSecret": "xpcs_1" }\n',
      "exit code 255",
    );

    const { message, exitCode } = commandFailure('the state of "dev" cannot be read', error);

    assert.equal(message, 'the state of "dev" cannot be read: could not decrypt: incorrect passphrase');
    assert.equal(exitCode, 1);
  });

  it("is that of the npm package which finds no CLI to start, with what to do", () => {
    const error = new PulumiError("Downloading pulumi v3.259.0...\npulumi: fetch failed\n", "exit code 1");

    const { message } = commandFailure("the stacks cannot be listed", error);

    assert.match(message, /^the stacks cannot be listed: the npm package `pulumi` starts no CLI \(fetch failed\); /);
    assert.match(message, /run `npm uninstall pulumi` and put a Pulumi CLI on the PATH$/);
  });

  it("says how the process ended when Pulumi says nothing", () => {
    const { message } = commandFailure("`down dev` failed", new PulumiError("", "SIGKILL"));

    assert.equal(message, "`down dev` failed: Pulumi gives no reason (SIGKILL)");
  });

  it("names the missing CLI, before anything is changed", () => {
    const { message, exitCode } = commandFailure("the stacks cannot be listed", new NoPulumiError("ENOENT"));

    assert.match(message, /^the stacks cannot be listed: there is no Pulumi CLI on the PATH; /);
    assert.equal(exitCode, 2);
  });

  it("is not made of another error", () => {
    assert.throws(() => commandFailure("it failed", new TypeError("a mistake")), TypeError);
  });
});

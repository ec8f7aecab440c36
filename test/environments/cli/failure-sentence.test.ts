import assert from "node:assert/strict";
import { open } from "node:fs/promises";
import path from "node:path";
import { sentenceOf } from "../../../environments/src/cli/failure-sentence";
import { EnvironmentFailure } from "../../../environments/src/environment-failure";
import { removeTemporaryFolders, temporaryFolder } from "../../support/process/temporary-folder";

describe("the sentence of a failure", () => {
  after(removeTemporaryFolders);

  it("is the message of one that this program composes", () => {
    assert.equal(sentenceOf(new EnvironmentFailure("the stack is gone")), "the stack is gone");
  });

  it("names the file and the reason where the system refuses a call", async () => {
    const file = path.join(temporaryFolder(), "missing", ".env");

    const error = await open(file, "w").catch((error: unknown) => error);

    assert.equal(
      sentenceOf(error),
      `the system refuses open of "${file}" (ENOENT); check that it exists and that you may use it`,
    );
  });

  it("does not repeat the message of an error that nobody expects", () => {
    const sentence = sentenceOf(new TypeError("xpcs_secret is not a function"));

    assert.match(sentence, /^unexpected TypeError at /);
    assert.doesNotMatch(sentence, /xpcs_/);
    assert.equal(sentenceOf("xpcs_secret"), "unexpected string");
  });
});

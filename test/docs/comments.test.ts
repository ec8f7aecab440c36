import assert from "node:assert/strict";
import { publishedComments } from "../support/review/published-comments";

describe("the comments of the sdk", function () {
  this.timeout(60_000);

  const { exports, methods } = publishedComments();

  it("say what each export is", () => {
    const silent = exports.filter(({ text }) => text === "").map(({ name }) => name);

    assert.ok(exports.length > 80, `${exports.length} exports`);
    assert.deepEqual(silent, []);
  });

  it("say what each call does and what it throws", () => {
    const silent = methods.filter(({ text, tags }) => text === "" || !tags.includes("throws")).map(({ name }) => name);

    assert.ok(methods.length >= 20, `${methods.length} methods`);
    assert.deepEqual(silent, []);
  });
});

import assert from "node:assert/strict";
import { isUseful } from "../support/docs/useful-comment";
import { publishedComments } from "../support/review/published-comments";

describe("the comments of the sdk", function () {
  this.timeout(60_000);

  const { exports, methods } = publishedComments();

  it("say more than the name of an export, or there is none", () => {
    const useless = exports.filter((comment) => comment.text !== "" && !isUseful(comment));

    assert.ok(exports.length > 70, `${exports.length} exports`);
    assert.ok(exports.filter(({ text }) => text !== "").length > 60);
    assert.deepEqual(
      useless.map(({ name, text }) => `${name}: ${text}`),
      [],
    );
  });

  it("say what each call does and what it throws", () => {
    const silent = methods.filter(({ text, tags }) => text === "" || !tags.includes("throws")).map(({ name }) => name);

    assert.ok(methods.length >= 20, `${methods.length} methods`);
    assert.deepEqual(silent, []);
  });
});

describe("a comment", () => {
  it("is useless when it repeats the words of its name", () => {
    const useless = [
      { name: "Risk", text: "One of RISKS." },
      { name: "DataKind", text: "One of the data kinds." },
      { name: "PublicKeySet", text: "A set of public keys." },
      { name: "ClientWithGrant", text: "A client of a listing, with its grant." },
      { name: "Role", text: "" },
    ];

    assert.deepEqual(useless.filter(isUseful), []);
  });

  it("is useful when it says something of its own, however short", () => {
    const useful = [
      { name: "TimeoutError", text: "An attempt took longer than `timeoutMs`." },
      { name: "RISKS", text: "This project's own judgement, in rising order." },
      { name: "Project", text: "Holds clients; its slug never changes." },
    ];

    assert.deepEqual(useful.filter(isUseful), useful);
  });
});

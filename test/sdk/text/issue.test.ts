import assert from "node:assert/strict";
import { plainIssue } from "xtremepush-access/text";
import { z } from "zod";

describe("what is wrong with a value in a file", () => {
  const messageOf = (schema: z.ZodType, value: unknown) =>
    plainIssue(schema.safeParse(value).error?.issues[0]?.message ?? "");

  it("is said without the words of a programmer", () => {
    const said = [
      messageOf(z.record(z.string(), z.string()), undefined),
      messageOf(z.strictObject({}), null),
      messageOf(z.strictObject({}), []),
      messageOf(z.array(z.string()), "a"),
      messageOf(z.boolean(), "yes"),
      messageOf(z.int(), 1.5),
      messageOf(z.enum(["deny", "approval"]), "block"),
      messageOf(z.literal(1), 2),
    ];

    assert.deepEqual(said, [
      "is missing; it must be a map of keys and values",
      "is empty; it must be a map of keys and values",
      "must be a map of keys and values, not a list",
      "must be a list, not text",
      "must be true or false, not text",
      "must be a whole number, not a number",
      'must be one of "deny", "approval"',
      "must be 1",
    ]);
  });

  it("tells to put in quotes what YAML reads as something else", () => {
    assert.equal(messageOf(z.string(), 72), "must be text, not a number; put it in quotes");
    assert.equal(messageOf(z.string(), true), "must be text, not true or false; put it in quotes");
    assert.equal(messageOf(z.string(), []), "must be text, not a list");
  });

  it("stays in the words of a rule of our own", () => {
    assert.equal(plainIssue("a project is 1 to 63 letters"), "a project is 1 to 63 letters");
    assert.equal(messageOf(z.strictObject({}), { color: 1 }), 'Unrecognized key: "color"');
  });
});

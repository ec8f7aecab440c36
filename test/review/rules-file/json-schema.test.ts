import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { Ajv2020 } from "ajv/dist/2020";
import addFormats from "ajv-formats";
import { parse } from "yaml";
import { fencedBlock } from "../../support/docs/fenced-block";

const SCHEMA = path.resolve(__dirname, "../../../review/access-review.schema.json");

describe("access-review.schema.json", () => {
  const accepts = addFormats(new Ajv2020({ strict: false })).compile(JSON.parse(readFileSync(SCHEMA, "utf8")));
  const withRule = (when: object) => ({
    version: 1,
    rules: [{ id: "mine", outcome: "deny", reason: "because", when }],
  });

  it("accepts the rules of the guide, and one value or a list of each condition", () => {
    const guide = parse(fencedBlock("docs/guides/review-access-in-pull-requests.md", "yaml", "waivers:"));

    for (const content of [
      guide,
      withRule({}),
      withRule({ stack: "prod", "not-before": "staging" }),
      withRule({ stack: ["prod", "eu-*"], "not-before": ["dev", "staging"], scope: ["export"], risk: "high" }),
    ]) {
      assert.equal(accepts(content), true, JSON.stringify(accepts.errors));
    }
  });

  it("marks an unknown condition and a value that a condition does not take", () => {
    for (const when of [
      { before: "staging" },
      { stack: "prod", "not-before": "stag*" },
      { stack: [] },
      { scope: "exports" },
      { permission: ["export:segments"] },
    ]) {
      assert.equal(accepts(withRule(when)), false, JSON.stringify(when));
    }
  });
});

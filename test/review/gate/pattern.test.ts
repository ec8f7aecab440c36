import assert from "node:assert/strict";
import { matchesPattern } from "../../../review/src/gate/pattern";

describe("a name pattern", () => {
  for (const [text, pattern] of [
    ["crm", "crm"],
    ["crm", "*"],
    ["", "*"],
    ["crm sync", "crm*"],
    ["eu/crm (old)", "*crm*"],
    ["aXbXc", "a*b*c"],
    ["a.c", "a.c"],
  ] as const) {
    it(`${pattern} matches ${JSON.stringify(text)}`, () => assert.equal(matchesPattern(text, pattern), true));
  }

  for (const [text, pattern] of [
    ["CRM", "crm"],
    ["abc", "a.c"],
    ["ab", "ab*b"],
    ["crm sync", "crm"],
    ["acb", "a*b*c"],
  ] as const) {
    it(`${pattern} does not match ${JSON.stringify(text)}`, () => assert.equal(matchesPattern(text, pattern), false));
  }
});

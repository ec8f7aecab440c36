import assert from "node:assert/strict";
import { fits } from "../../../review/src/gate/pattern";

describe("a pattern of names", () => {
  for (const [text, pattern] of [
    ["crm", "crm"],
    ["crm", "*"],
    ["", "*"],
    ["crm sync", "crm*"],
    ["eu/crm (old)", "*crm*"],
    ["aXbXc", "a*b*c"],
    ["a.c", "a.c"],
  ] as const) {
    it(`${pattern} fits ${JSON.stringify(text)}`, () => assert.equal(fits(text, pattern), true));
  }

  for (const [text, pattern] of [
    ["CRM", "crm"],
    ["abc", "a.c"],
    ["ab", "ab*b"],
    ["crm sync", "crm"],
    ["acb", "a*b*c"],
  ] as const) {
    it(`${pattern} does not fit ${JSON.stringify(text)}`, () => assert.equal(fits(text, pattern), false));
  }
});

import assert from "node:assert/strict";
import { type Finding, withinLimits } from "../../../review/src/outputs/sarif-limits";

type Rule = "grave" | "light";

function findingAt(rule: Rule, line: number, name: string): Finding<Rule> {
  return { rule, text: `${name} gains`, key: [name], source: `index.ts:${line}` };
}

describe("the limits of SARIF", () => {
  it("merges what repeats one rule on one line, and keeps the order", () => {
    const loop = Array.from({ length: 30 }, (_, index) => findingAt("light", 7, `client ${index}`));
    const other = findingAt("grave", 7, "other");

    const results = withinLimits([...loop, other], ["grave", "light"]);

    assert.deepEqual(results.slice(0, 19), loop.slice(0, 19));
    assert.deepEqual(results[19], other);
    assert.equal(results.length, 21);
    assert.equal(results[20]?.text, "11 more like: client 19 gains");
  });

  it("keeps twenty of them, which is the limit", () => {
    const loop = Array.from({ length: 20 }, (_, index) => findingAt("light", 7, `client ${index}`));

    assert.deepEqual(withinLimits(loop, ["grave", "light"]), loop);
  });

  it("keeps the gravest of more results than GitHub takes for a run, and counts the rest", () => {
    const light = Array.from({ length: 25_000 }, (_, index) => findingAt("light", index, `client ${index}`));
    const grave = findingAt("grave", 1, "grave");

    const results = withinLimits([...light, grave], ["grave", "light"]);

    assert.equal(results.length, 25_000);
    assert.deepEqual(results[0], grave);
    assert.equal(results.at(-1)?.text, "2 more like: client 24998 gains");
  });
});

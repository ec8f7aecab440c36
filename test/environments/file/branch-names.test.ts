import assert from "node:assert/strict";
import { isBranchTemplate, namesOfBranch } from "../../../environments/src/file/branch-names";

describe("the branch of an environment", () => {
  it("is a text with one placeholder", () => {
    const templates = [
      "{*}",
      "{name}",
      "feature/{*}",
      "{name}-x",
      "",
      "main",
      "{*}{*}",
      "{*}{name}",
      "{branch}",
      "{*}}",
    ];

    assert.deepEqual(templates.filter(isBranchTemplate), ["{*}", "{name}", "feature/{*}", "{name}-x"]);
  });

  it("keeps the environment with the part of its name that the * stands for, as it is or as a slug", () => {
    const rule = { pattern: "pr-*", template: "feature/{*}" };

    assert.deepEqual(namesOfBranch(rule, "feature/12"), ["pr-12"]);
    assert.deepEqual(namesOfBranch(rule, "feature/AC_1/-x-"), ["pr-ac-1--x"]);
    assert.deepEqual(namesOfBranch(rule, "feature/"), []);
    assert.deepEqual(namesOfBranch(rule, "main"), []);
    assert.deepEqual(namesOfBranch(rule, "feature/$&"), [], "a name has no such characters");
  });

  it("keeps the environment of its own name", () => {
    assert.deepEqual(namesOfBranch({ pattern: "dev-*", template: "{name}" }, "dev-ana"), ["dev-ana"]);
    assert.deepEqual(namesOfBranch({ pattern: "dev-*", template: "{name}" }, "main"), []);
  });
});

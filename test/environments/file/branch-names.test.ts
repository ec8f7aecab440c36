import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
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

  it("keeps the environments whose names GitLab and a shell make of letters that a name cannot have", () => {
    const rule = { pattern: "pr-*", template: "{*}" };
    const branch = "fix/na\u00efve-\u{1f680}x";
    const shell = `printf %s "$BRANCH" | tr 'A-Z' 'a-z' | tr -c 'a-z0-9' '-' | cut -c 1-63 | sed 's/^-*//;s/-*$//'`;

    const named = execFileSync("sh", ["-c", shell], { encoding: "utf8", env: { ...process.env, BRANCH: branch } });

    assert.deepEqual(namesOfBranch(rule, branch), ["pr-fix-na-ve--x", `pr-${named.trim()}`]);
  });

  it("keeps the environment of its own name", () => {
    assert.deepEqual(namesOfBranch({ pattern: "dev-*", template: "{name}" }, "dev-ana"), ["dev-ana"]);
    assert.deepEqual(namesOfBranch({ pattern: "dev-*", template: "{name}" }, "main"), []);
  });
});

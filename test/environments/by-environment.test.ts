import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { fencedBlock } from "../support/docs/fenced-block";
import { userProgram } from "../support/docs/typescript-project";

/** What the compiler says about a program with these permissions in all environments, production too. */
function errorsOf(everywhere: string, more = ""): string[] {
  return userProgram(`
import { permissions, select, type Permission } from "xtremepush-access";
import { byEnvironment } from ${JSON.stringify(`../${EXAMPLE}.js`)};
${more}
export const granted = byEnvironment({ everywhere: ${everywhere}, beforeProduction: [permissions.list.profile] });
`).errors();
}

const EXAMPLE = "examples/environments/by-environment";
const ROOT = path.resolve(__dirname, "../..");

describe("a permission that production must never have", function () {
  this.timeout(60_000);

  it("does not compile, and the compiler says which one", () => {
    assert.deepEqual(errorsOf("[permissions.import.profile, permissions.list.profile]"), [
      `Type '"list:profile"' is not assignable to type '"import:profile" | "list:profile must never be in production"'.`,
    ]);
    assert.deepEqual(errorsOf('["export:segment"]'), [
      `Type '"export:segment"' is not assignable to type '"export:segment must never be in production"'.`,
    ]);
  });

  it("does not compile either where the compiler cannot know the permissions", () => {
    for (const list of ['select({ access: "read" })', "list"]) {
      const [error = ""] = errorsOf(list, "declare const list: readonly Permission[];");

      assert.match(error, /must never be in production/, list);
    }
  });

  it("is refused in the guide as in the example, with the sentence that the guide shows", () => {
    const guide = "docs/guides/environments.md";
    const example = readFileSync(path.join(ROOT, `${EXAMPLE}.ts`), "utf8");

    assert.equal(fencedBlock(guide, "ts", "// by-environment.ts"), `// by-environment.ts\n${example}`);
    assert.deepEqual(errorsOf("[permissions.list.profile]"), [fencedBlock(guide, "", "Type '").trimEnd()]);
  });

  it("leaves every other permission, and every permission before production", () => {
    assert.deepEqual(errorsOf("[permissions.import.profile, permissions.info.task]"), []);
    assert.deepEqual(errorsOf("[]"), []);
    assert.deepEqual(
      errorsOf("tags", 'const tags = select({ scope: "list" }).length > 0 ? [permissions.info.task] : [];'),
      [],
    );
  });
});

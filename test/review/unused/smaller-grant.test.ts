import assert from "node:assert/strict";
import files from "node:fs/promises";
import path from "node:path";
import { smallerGrants } from "../../../review/src/unused/smaller-grant";
import { removeTemporaryFolders, temporaryFolder } from "../../support/process/temporary-folder";

const grantOf = (list: string) => `new ScopeGrant("crm", { client: crm, permissions: ${list} });\n`;

describe("a smaller grant", () => {
  const { readFile } = files;
  afterEach(() => {
    files.readFile = readFile;
  });
  after(removeTemporaryFolders);

  it("is the diff of the file as it was judged, also when somebody saves it meanwhile", async () => {
    const folder = temporaryFolder();
    const file = path.join(folder, "index.ts");
    const before = `${grantOf('["list:tag", "info:task"]')}${grantOf('["list:tag", "list:segment"]')}`;
    await files.writeFile(file, before);
    files.readFile = (async (...args: Parameters<typeof readFile>) => {
      const text = await readFile(...args);
      await files.writeFile(file, `// saved\n// meanwhile\n${before}`);
      return text;
    }) as typeof readFile;
    const about = { pulumiProject: "access", stack: "prod", client: "crm", clientId: "xpc_1", notKnown: [] };
    const judged = (line: number, permission: string) => {
      return { ...about, source: `index.ts:${line}`, unused: new Map([[permission, null]]) };
    };

    const { patch } = await smallerGrants([judged(1, "info:task"), judged(2, "list:tag")], { folder, prefix: "" });

    assert.deepEqual(
      patch.split("\n").filter((line) => /^[-+]new/.test(line)),
      [
        ...before
          .trimEnd()
          .split("\n")
          .map((line) => `-${line}`),
        `+${grantOf('["list:tag"]').trimEnd()}`,
        `+${grantOf('["list:segment"]').trimEnd()}`,
      ],
    );
  });
});

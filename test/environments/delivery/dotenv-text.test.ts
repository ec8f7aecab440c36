import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import path from "node:path";
import { readVariables, removeVariables, setVariables } from "../../../environments/src/delivery/dotenv-text";
import { removeTemporaryFolders, temporaryFolder } from "../../support/process/temporary-folder";

const FILE = `# keys of the shop
export FIRST="one # not a comment"
ID = old # since May

MANY='line 1
ID=inner
line 3'
LAST=\`z\``;

describe("the text of a dotenv file", () => {
  after(removeTemporaryFolders);

  it("keeps every other line where it is", () => {
    assert.equal(
      setVariables(FILE, { ID: "new", SECRET: "s3" }),
      `${FILE.replace("ID = old # since May", "ID=new")}\nSECRET=s3\n`,
    );
  });

  it("stays the same when nothing changes", () => {
    assert.equal(setVariables(FILE, { FIRST: "one # not a comment", ID: "old", LAST: "z" }), FILE);
  });

  it("reads the values as its readers do, and not what is inside of another value", () => {
    assert.deepEqual(Object.fromEntries(readVariables(FILE)), {
      FIRST: "one # not a comment",
      ID: "old",
      MANY: "line 1\nID=inner\nline 3",
      LAST: "z",
    });
  });

  it("leaves no earlier value of a variable that is there twice", () => {
    assert.equal(setVariables("ID=a\nOTHER=1\nID=b\n", { ID: "c" }), "OTHER=1\nID=c\n");
  });

  it("keeps the line breaks of Windows", () => {
    assert.equal(setVariables("A=1\r\nB=2\r\n", { A: "3", C: "4" }), "A=3\r\nB=2\r\nC=4\r\n");
  });

  it("removes its variables alone", () => {
    const text = setVariables(FILE, { SECRET: "s3" });

    assert.equal(removeVariables(text, ["SECRET", "ID"]), `${FILE.replace("ID = old # since May\n", "")}\n`);
  });

  const values = {
    plain: "xpcs_Ab0",
    empty: "",
    "an address": "https://access.example.com/?a=b",
    "a comment": "a # b",
    "a dollar": "p$HOME`id`",
    "double quotes": 'a"b',
    "single quotes": "it's",
    "line breaks": "-----BEGIN KEY-----\nabc=\n-----END KEY-----\n",
    "a backslash": "a\\nb",
    "blanks at both ends": "  a  ",
  };
  for (const [what, value] of Object.entries(values)) {
    it(`gives a shell and Node.js the same value with ${what}`, () => {
      const file = path.join(temporaryFolder(), ".env");
      writeFileSync(file, setVariables("", { KEY: value, NEXT: "1" }));

      const shell = execFileSync("sh", ["-c", '. "$1"; printf %s. "$KEY"', "sh", file], { encoding: "utf8" });
      const print = "process.stdout.write(process.env.KEY + '.')";
      const node = execFileSync(process.execPath, [`--env-file=${file}`, "-e", print], {
        encoding: "utf8",
        env: { NODE_V8_COVERAGE: "" },
      });

      assert.deepEqual(
        [shell, node, readVariables(setVariables("", { KEY: value })).get("KEY")],
        [`${value}.`, `${value}.`, value],
      );
    });
  }

  it("refuses what no quotes can hold, and does not repeat it", () => {
    for (const value of [`it's "both"`, "a\rb", "it's $HOME", "a b\\"]) {
      assert.throws(() => setVariables("", { KEY: value }), {
        message: "the value of KEY has characters that no quotes of a dotenv file can hold; deliver it another way",
      });
    }
  });
});

import assert from "node:assert/strict";
import { formatTable } from "../../../backend/src/cli/table";

describe("table", () => {
  it("aligns its columns and leaves no spaces at the end of a line", () => {
    const text = formatTable(
      ["NAME", "BY"],
      [
        ["CRM sync", "ana"],
        ["x", ""],
      ],
    );

    assert.equal(text, "NAME      BY\nCRM sync  ana\nx");
  });

  it("spells out what could move the cursor, clear the screen or turn the text around", () => {
    const text = formatTable(["NAME"], [["a\u001b[2J\r\n\u202eb\u009b"]]);

    assert.equal(text, "NAME\na\\u{1b}[2J\\u{d}\\u{a}\\u{202e}b\\u{9b}");
  });
});

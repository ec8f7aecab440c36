import assert from "node:assert/strict";
import { formatCsvRow } from "../../../backend/src/cli/csv";

describe("formatCsvRow", () => {
  it("quotes what has a comma or a quote", () => {
    assert.equal(formatCsvRow(["a", "b,c", 'say "hi"', ""]), 'a,"b,c","say ""hi""",');
  });

  it("keeps a cell from being computed, and a line from being broken", () => {
    assert.equal(formatCsvRow(["=1+1", "+1", "-1", "@x"]), "'=1+1,'+1,'-1,'@x");
    assert.doesNotMatch(formatCsvRow(["a\nb", "c\rd", "e\tf", "g\u202eh"]), /[\n\r\t\u202e]/);
  });
});

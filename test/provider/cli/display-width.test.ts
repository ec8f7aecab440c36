import assert from "node:assert/strict";
import { displayWidth } from "../../../provider/src/cli/display-width";

describe("the width of a string", () => {
  it("counts two columns for characters of East Asia, their space too", () => {
    assert.equal(displayWidth("CRM"), 3);
    assert.equal(displayWidth("株式会社"), 8);
    assert.equal(displayWidth("a\u3000b"), 4);
  });

  it("counts one column for a no-break space, and none for marks, selectors and joiners", () => {
    assert.equal(displayWidth("a\u00a0b"), 3);
    assert.equal(displayWidth("e\u0301"), 1);
    assert.equal(displayWidth("👁\ufe0f\u200d"), displayWidth("👁"));
  });
});

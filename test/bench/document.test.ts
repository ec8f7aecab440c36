import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { readSections, writeDocument } from "../../bench/document";

const BEFORE = writeDocument(
  new Map([
    ["The backend under load", "| read | 1 |"],
    ["The provider on the Pulumi engine", "| up | 2 |\n\nPASS"],
  ]),
);

describe("the document of the bench", () => {
  it("has its sections in one order, whatever was measured first", () => {
    const headings = [...BEFORE.matchAll(/^## (.*)$/gm)].map(([, heading]) => heading);

    assert.deepEqual(headings, ["The provider on the Pulumi engine", "The backend under load"]);
  });

  it("keeps the sections that were not measured again", () => {
    const after = writeDocument(new Map([...readSections(BEFORE), ["A thousand clients", "| refresh | 3 |"]]));

    assert.deepEqual(
      [...readSections(after)],
      [
        ["The provider on the Pulumi engine", "| up | 2 |\n\nPASS"],
        ["A thousand clients", "| refresh | 3 |"],
        ["The backend under load", "| read | 1 |"],
      ],
    );
  });

  it("is what is published", async () => {
    const published = await readFile(path.join(__dirname, "../../docs/benchmarks.md"), "utf8");

    assert.equal(writeDocument(readSections(published)), published);
  });
});

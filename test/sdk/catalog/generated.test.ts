import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { GROUPS, PERMISSION_IDS, SCOPES } from "xtremepush-access";
import { GENERATED, staleFiles } from "../../../scripts/generate/main";

const DOCS = path.resolve(__dirname, "../../../docs/permissions.md");

describe("the generated files", () => {
  it("are what their sources say", () => {
    assert.equal(Object.keys(GENERATED).includes("docs/permissions.md"), true);
    assert.equal(Object.keys(GENERATED).includes("sdk/src/catalog/accessors.ts"), true);
    assert.deepEqual(staleFiles(), []);
  });
});

describe("docs/permissions.md", () => {
  const lines = readFileSync(DOCS, "utf8").split("\n");

  it("has a row for each permission, in the catalog's order", () => {
    const rows = lines.filter((line) => line.startsWith("| `")).map((line) => line.split("`")[1]);

    assert.deepEqual(rows, [...PERMISSION_IDS]);
  });

  it("has a heading for each scope and for each group", () => {
    const scopes = lines.filter((line) => line.startsWith("### "));
    const groups = lines.filter((line) => line.startsWith("## "));

    assert.deepEqual(
      scopes,
      Object.entries(SCOPES).map(([scope, { label }]) => `### ${label} (\`${scope}\`)`),
    );
    assert.deepEqual(
      groups,
      Object.values(GROUPS).map((label) => `## ${label}`),
    );
  });

  it("has eight cells in each row", () => {
    const cells = lines.filter((line) => line.startsWith("| `")).map((line) => line.split(/(?<!\\)\|/).length - 2);

    assert.deepEqual(new Set(cells), new Set([8]));
  });
});

describe("README.md", () => {
  it("says how many permissions the catalog has", () => {
    const text = readFileSync(path.resolve(__dirname, "../../../README.md"), "utf8");

    const counts = [...text.matchAll(/(?:the|All) (\d+)(?: permissions|:)/g)].map(([, count]) => Number(count));
    assert.deepEqual(counts, [PERMISSION_IDS.length, PERMISSION_IDS.length]);
  });
});

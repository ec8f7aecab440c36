import assert from "node:assert/strict";
import ts from "typescript";
import { commentOf, propertiesOf } from "../../../scripts/generate/doc-comments";

const parsed = (text: string) => ts.createSourceFile("made.ts", text, ts.ScriptTarget.ES2023, true);

describe("the comments of the reference pages", () => {
  it("are read by property, paragraph and default", () => {
    const source = parsed(`export const TABLE = freeze({
      /**
       * Reads {@link Other}
       * in one line.
       *
       * Second.
       * @default \`8420\`, or
       * none
       */
      port: 1,
      /** The host. */
      host: 2,
    } as const satisfies Record<string, number>);`);

    const comments = propertiesOf(source, "TABLE").map((property) => commentOf(property, property.name.getText()));

    assert.deepEqual(comments, [
      { paragraphs: ["Reads `Other` in one line.", "Second."], default: "`8420`, or none" },
      { paragraphs: ["The host."], default: undefined },
    ]);
  });

  it("are missed where there is none, by file and name", () => {
    const [property] = propertiesOf(parsed("const TABLE = { port: 1 };"), "TABLE");

    assert.throws(() => property && commentOf(property, "port"), /made\.ts: port has no comment/);
    assert.throws(() => propertiesOf(parsed("const OTHER = {};"), "TABLE"), /made\.ts has no object TABLE/);
  });
});

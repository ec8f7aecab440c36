import assert from "node:assert/strict";
import ts from "typescript";
import { NameGiver } from "../../../provider/src/cli/resource-names";

const ID = "xpc_aaaaaaaaaaaaaaaaaaaaq7xk2f";

function named(...names: readonly string[]): [resource: string, variable: string][] {
  const giver = new NameGiver();
  return names.map((name) => {
    const { resource, variable } = giver.give({ id: ID, name });
    return [resource, variable];
  });
}

describe("the names of a client's resources", () => {
  it("are its words in lower case, and in camel case as a constant", () => {
    assert.deepEqual(named("CRM sync", "Loyalty: nightly import (EU)"), [
      ["crm-sync", "crmSync"],
      ["loyalty-nightly-import-eu", "loyaltyNightlyImportEu"],
    ]);
  });

  it("take the marks from Latin letters and leave other scripts as they are", () => {
    assert.deepEqual(named("Überweisung für José", "日本語の顧客", "Новый клиент", "हिन्दी ग्राहक"), [
      ["uberweisung-fur-jose", "uberweisungFurJose"],
      ["日本語の顧客", "日本語の顧客"],
      ["новый-клиент", "новыйКлиент"],
      ["हिन्दी-ग्राहक", "हिन्दीग्राहक"],
    ]);
  });

  it("hold nothing of a name that could end a string, a line or a comment", () => {
    assert.deepEqual(named('"; process.exit()//', "`whoami`", "*/ throw /*", "a\\b"), [
      ["process-exit", "processExit"],
      ["whoami", "whoami"],
      ["throw", "throwClient"],
      ["a-b", "aB"],
    ]);
  });

  it("make a constant of a reserved word, an import or a number by saying that it is a client", () => {
    assert.deepEqual(named("delete", "await", "process", "permissions", "select", "2024 import", "42"), [
      ["delete", "deleteClient"],
      ["await", "awaitClient"],
      ["process", "processClient"],
      ["permissions", "permissionsClient"],
      ["select", "selectClient"],
      ["2024-import", "client2024Import"],
      ["42", "client42"],
    ]);
  });

  it("tell like names apart by a number", () => {
    assert.deepEqual(named("CRM sync", "crm-sync", "CRM, sync!", "CRM sync 2"), [
      ["crm-sync", "crmSync"],
      ["crm-sync-2", "crmSync2"],
      ["crm-sync-3", "crmSync3"],
      ["crm-sync-2-2", "crmSync22"],
    ]);
  });

  it("differ as constants too where only a hyphen tells them apart", () => {
    assert.deepEqual(named("a-1", "a1", "a12", "delete client", "delete"), [
      ["a-1", "a1"],
      ["a1-2", "a12"],
      ["a12-2", "a122"],
      ["delete-client", "deleteClient"],
      ["delete-2", "delete2"],
    ]);
  });

  it("come from the client's ID where its name has no letter", () => {
    assert.deepEqual(named("!!!", "🚀"), [
      ["client-q7xk2f", "clientQ7xk2f"],
      ["client-q7xk2f-2", "clientQ7xk2f2"],
    ]);
  });

  it("keep whole words of a long name, and the beginning of a long word", () => {
    assert.deepEqual(
      named("Nightly import of everything that changed since yesterday", "x".repeat(100), "漢".repeat(50)),
      [
        ["nightly-import-of-everything-that", "nightlyImportOfEverythingThat"],
        ["x".repeat(36), "x".repeat(36)],
        ["漢".repeat(18), "漢".repeat(18)],
      ],
    );
  });

  it("are names to the compiler, whatever characters they come from", () => {
    const wrong: string[] = [];
    for (let code = 0; code <= 0x1_ffff; code++) {
      if (code >= 0xd800 && code <= 0xdfff) continue;
      const [[, variable = ""] = []] = named(`${String.fromCodePoint(code)} a${String.fromCodePoint(code)}`);
      if (!isIdentifier(variable)) wrong.push(code.toString(16));
    }

    assert.deepEqual(wrong, []);
  }).timeout(60_000);
});

function isIdentifier(text: string): boolean {
  const [first, ...others] = [...text].map((character) => character.codePointAt(0) ?? 0);
  const { ES2023 } = ts.ScriptTarget;
  if (first === undefined || !ts.isIdentifierStart(first, ES2023)) return false;
  return others.every((code) => ts.isIdentifierPart(code, ES2023));
}

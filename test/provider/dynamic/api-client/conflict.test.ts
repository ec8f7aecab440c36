import assert from "node:assert/strict";
import { ConflictError } from "xtremepush-access";
import { conflictFailure } from "../../../../provider/src/dynamic/api-client/conflict";
import { Declarations } from "../../../../provider/src/dynamic/run/declarations";
import { CLIENT_ID } from "../../../support/backend/management-answers";

describe("a client that is in the way", () => {
  for (const code of ["name_taken", "owner_conflict"] as const) {
    it(`lets no name that somebody else chose leave its place: ${code}`, () => {
      const current = {
        id: CLIENT_ID,
        name: "CRM",
        managedBy: null,
        revision: 2,
        updatedBy: "ana\u001b[2K\n  aliases: []\u202e",
        updatedTime: "2026-11-24T10:00:00.000Z",
      };
      const error = new ConflictError("conflict", { code, status: 409, detail: "conflict", current });

      const { message } = conflictFailure(
        error,
        { name: "CRM", managedBy: "acme/new", isNew: true },
        { declarations: new Declarations(), epoch: 1, project: "acme" },
      );

      assert.match(message, /last changed by "ana\\u\{1b\}\[2K\\u\{a\} {2}aliases: \[\]\\u\{202e\}"[ )]/);
      assert.doesNotMatch(message, /[\p{Cc}\u202e]/u);
    });
  }
});

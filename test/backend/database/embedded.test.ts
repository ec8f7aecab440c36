import assert from "node:assert/strict";
import { join } from "node:path";
import { openDatabase } from "../../../backend/src/database/open";
import { removeTemporaryFolders, temporaryFolder } from "../../support/process/temporary-folder";

describe("an embedded database", function () {
  this.timeout(60_000);
  after(removeTemporaryFolders);

  it("is not made with less than 96 MiB free, nor opened with less than 32", async () => {
    const folder = join(temporaryFolder(), "database");
    const openWith = (freeMib: number) => {
      return openDatabase({ folder, readSpace: () => ({ bavail: freeMib, bsize: 1024 ** 2 }) });
    };
    const refusal = (free: number, needed: number) => ({
      name: "StartFailure",
      message: `The disk of ${folder} has ${free} MiB free, and the database needs ${needed}: free some, and start again.`,
    });

    await assert.rejects(openWith(95), refusal(95, 96));
    await (await openWith(96)).close();
    await assert.rejects(openWith(31), refusal(31, 32));
    await (await openWith(32)).close();
  });
});

import assert from "node:assert/strict";
import { join } from "node:path";
import { DiskSpace } from "../../../backend/src/database/disk-space";
import { removeTemporaryFolders, temporaryFolder } from "../../support/process/temporary-folder";

describe("DiskSpace", () => {
  after(removeTemporaryFolders);

  it("refuses changes below 32 MiB", () => {
    const shortageAt = (freeMib: number) =>
      new DiskSpace("/data", () => ({ bavail: freeMib, bsize: 1024 ** 2 })).shortage();

    assert.equal(shortageAt(32), null);
    assert.equal(shortageAt(31)?.name, "DiskFullError");
  });

  it("refuses nothing on a disk that it cannot measure", () => {
    const disk = new DiskSpace(join(temporaryFolder(), "nowhere"));

    assert.equal(disk.freeBytes(), Number.POSITIVE_INFINITY);
    assert.equal(disk.shortage(), null);
  });
});

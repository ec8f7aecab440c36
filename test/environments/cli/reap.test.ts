import assert from "node:assert/strict";
import { reapLines } from "../../../environments/src/cli/reap";

const EXPIRED = {
  ...{ environment: "pr-1", project: "acme-pr-1", reason: "expired" },
  expiresTime: "2026-11-29T10:00:00.000Z",
};
const GONE = { environment: "pr-2", project: "acme-pr-2", reason: "branch gone", expiresTime: null };

describe("the report of reap", () => {
  it("lists what would be removed, and how to do it", () => {
    const kept = [{ environment: "dev", project: "acme", why: "it is protected in access-env.yaml" }];

    assert.deepEqual(reapLines({ dryRun: true, removed: [EXPIRED, GONE], kept, failed: [] }), [
      "2 environments would be removed:",
      "  pr-1  project acme-pr-1  expired at 2026-11-29T10:00:00.000Z",
      "  pr-2  project acme-pr-2  branch gone",
      "",
      "Kept:",
      "  dev  project acme: it is protected in access-env.yaml",
      "",
      "Remove them with --yes.",
    ]);
    assert.deepEqual(reapLines({ dryRun: true, removed: [], kept: [], failed: [] }), ["Nothing is to be removed."]);
  });

  it("names what failed, and why", () => {
    const failed = [{ ...GONE, error: "the state is away" }];

    assert.deepEqual(reapLines({ dryRun: false, removed: [EXPIRED], kept: [], failed }), [
      "1 environment removed:",
      "  pr-1  project acme-pr-1  expired at 2026-11-29T10:00:00.000Z",
      "",
      "Failed; the next run finishes them:",
      "  pr-2  project acme-pr-2  branch gone: the state is away",
    ]);
  });
});

import assert from "node:assert/strict";
import { processMetrics } from "../../backend/src/metrics/process-metrics";
import { callerOf } from "../support/backend/api";
import { startTestBackend } from "../support/backend/backend";
import { namesIn } from "../support/backend/metrics";
import { tableBelow } from "../support/docs/markdown-table";

/** The file's own folder is on a disk that a test in memory does not have. */
const EMBEDDED = ["xtremepush_access_database_disk_free_bytes"];

describe("the metrics in docs/backend.md", function () {
  this.timeout(30_000);

  it("are those of a scrape, and no others", async () => {
    const backend = await startTestBackend({ processMetrics: processMetrics() });
    const { text } = await callerOf(backend.endpoint, backend.adminToken)("GET /metrics");
    await backend.close();

    const documented = tableBelow("docs/backend.md", "## Metrics and alerts").flatMap(([name = ""]) => [
      ...name.matchAll(/xtremepush_access_\w+/g),
    ]);
    const scraped = [...namesIn(text)].filter((name) => name.startsWith("xtremepush_access_"));
    assert.deepEqual(
      documented.map(([name]) => name).sort(),
      [...new Set(scraped.map((name) => name.replace(/_(bucket|sum|count)$/, ""))), ...EMBEDDED].sort(),
    );
    assert.ok([...namesIn(text)].some((name) => name.startsWith("process_")));
  });
});

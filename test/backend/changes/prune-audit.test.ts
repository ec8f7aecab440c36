import assert from "node:assert/strict";
import { auditText, ExportMismatch, pruneAudit } from "../../../backend/src/changes/prune-audit";
import { findBackend } from "../../../backend/src/store/backend";
import { readAuditBefore } from "../../../backend/src/store/old-audit";
import { ENGINES } from "../../support/backend/backend";
import { type ChangeBench, openChangeBench } from "../../support/backend/changes";

const BEFORE = new Date("2030-05-01T12:00:00.000Z");
const NOW = new Date("2031-01-01T00:00:00.000Z");

for (const engine of ENGINES) {
  describe(`the prune of the audit trail on ${engine}`, function () {
    this.timeout(60_000);
    let bench: ChangeBench;

    beforeEach(async () => {
      bench = await openChangeBench(engine);
      await bench.make({ name: "old" }, bench.by("ana", "2030-04-01T00:00:00.000Z"));
      await bench.make({ name: "older" }, bench.by("ana", "2030-03-01T00:00:00.000Z"));
    });
    afterEach(() => bench.database.close());

    const readLines = async () => {
      const lines: string[] = [];
      for await (const rows of readAuditBefore(bench.database.db, BEFORE)) lines.push(...rows.map(auditText));
      return lines;
    };
    const prune = async (lines: readonly string[]) => {
      const backend = (await findBackend(bench.database.db))?.id ?? "";
      async function* read() {
        yield* lines;
      }
      const exported = { backend, before: BEFORE, rows: lines.length, sha256: "of the file", read };
      await pruneAudit(bench.database, exported, NOW);
    };
    const actions = async () =>
      (await bench.database.db.selectFrom("audit").select("action").orderBy("id").execute()).map(
        ({ action }) => action,
      );

    it("deletes the rows of the export, oldest first by time, and records that", async () => {
      const lines = await readLines();

      await prune(lines);

      assert.deepEqual(
        lines.map((line) => JSON.parse(line).targetName),
        ["older", "old"],
      );
      assert.deepEqual(await actions(), ["project.create", "audit.prune"]);
      assert.deepEqual(await readLines(), []);
    });

    it("deletes nothing when a row is missing from the export, or from the table", async () => {
      const lines = await readLines();

      await assert.rejects(prune(lines.slice(0, 1)), ExportMismatch);
      await assert.rejects(prune([...lines, lines[1] ?? ""]), ExportMismatch);

      assert.deepEqual(await actions(), ["project.create", "client.create", "client.create"]);
    });

    it("leaves the trail closed to any other delete", async () => {
      await prune(await readLines());

      await assert.rejects(bench.database.db.deleteFrom("audit").execute(), /audit rows cannot be changed/);
    });
  });
}

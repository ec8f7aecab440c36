import assert from "node:assert/strict";
import { once } from "node:events";
import { NotFoundError, ValidationError } from "xtremepush-access";
import { UseReport } from "xtremepush-access/schemas";
import type { Feed } from "../../gateway/src/access/feed";
import { UseCounter } from "../../gateway/src/access/use-counter";

const CALLER = { client: "xpc_aaaaaaaaaaaaaaaaaaaaaaaaaa", project: "acme" };

const HOUR_MS = 3_600_000;

function counterWith(answer: (report: UseReport) => unknown, projects: readonly string[] = ["acme"]) {
  const reports: UseReport[] = [];
  const hidden: string[] = [];
  let now = Date.UTC(2026, 1, 3, 4, 59, 50);
  const feed: Pick<Feed, "report"> = {
    report: async (report) => {
      reports.push(report);
      await answer(report);
    },
  };
  const clock = { now: () => now, monotonic: () => now };
  // A counter only reports.
  const use = new UseCounter(feed as Feed, clock, {
    ...{ gateway: "gateway-1", projects },
    onHidden: (some) => void hidden.push(...some),
  });
  return {
    use,
    reports,
    hidden,
    moveTo: (time: number) => {
      now = time;
    },
  };
}

describe("the counted use of a gateway", () => {
  it("is a valid report for each time, with a row for each hour, also when nothing was used", async () => {
    const { use, reports, moveTo } = counterWith(() => undefined);
    use.count(CALLER, "list:profile", "allowed");
    moveTo(Date.UTC(2026, 1, 3, 5, 0, 10));
    use.count(CALLER, "list:profile", "allowed");
    use.count(CALLER, "list:profile", "refused");

    await use.send();
    await use.send();

    assert.deepEqual(
      reports.map(({ uses }) => uses.map(({ hour, count, refused }) => [hour, count, refused])),
      [
        [
          ["2026-02-03T04:00:00.000Z", 1, 0],
          ["2026-02-03T05:00:00.000Z", 1, 1],
        ],
        [],
      ],
    );
    assert.equal(reports[0]?.to, reports[1]?.from);
    for (const report of reports) UseReport.parse(report);
  });

  it("is sent again with the same batch after a failure, before what came later", async () => {
    let isAway = true;
    const { use, reports } = counterWith(() => {
      if (isAway) throw new Error("the backend is away");
    });
    use.count(CALLER, "list:profile", "allowed");
    await assert.rejects(use.send(), /away/);
    use.count(CALLER, "info:task", "allowed");
    isAway = false;

    await use.send();

    const [first, again, later] = reports;
    assert.deepEqual(again, first);
    assert.deepEqual(
      later?.uses.map(({ permission, count }) => [permission, count]),
      [["info:task", 1]],
    );
    assert.notEqual(later?.batch, first?.batch);
  });

  it("is given up where the backend refuses the report, so that it does not hold back others", async () => {
    let isRefusing = true;
    const { use, reports } = counterWith(() => {
      if (isRefusing)
        throw new ValidationError("refused", { code: "validation_failed", detail: "refused", errors: [] });
    });
    use.count(CALLER, "list:profile", "allowed");
    await assert.rejects(use.send(), /refused/);
    isRefusing = false;

    await use.send();

    assert.equal(use.dropped, 1);
    assert.equal(reports.length, 2);
    assert.deepEqual(reports[1]?.uses, []);
  });

  it("of other projects arrives where the backend does not show one, which is said once and tried again later", async () => {
    let isHidden = true;
    const taken: UseReport[] = [];
    const { use, hidden, moveTo } = counterWith(
      (report) => {
        if (isHidden && report.projects?.includes("gone")) {
          throw new NotFoundError("hidden", { code: "project_not_found", detail: "there is no project gone" });
        }
        UseReport.parse(report);
        if (report.uses.length > 0) taken.push(report);
      },
      ["acme", "gone", "retail"],
    );
    const countAndSend = async () => {
      use.count(CALLER, "list:profile", "allowed");
      use.count({ client: "xpc_bbbbbbbbbbbbbbbbbbbbbbbbbb", project: "gone" }, "list:tag", "allowed");
      await use.send();
    };

    await countAndSend();
    await countAndSend();
    const dropped = use.dropped;
    isHidden = false;
    moveTo(Date.UTC(2026, 1, 3, 5, 30));
    await countAndSend();

    assert.deepEqual(
      taken.map(({ projects }) => projects),
      [
        ["acme", "retail"],
        ["acme", "retail"],
        ["acme", "gone", "retail"],
      ],
    );
    assert.deepEqual([hidden, dropped, use.dropped], [["gone"], 2, 2]);
  });

  it("is dropped where the backend shows none of its projects, and does not fail", async () => {
    const { use, hidden } = counterWith(() => {
      throw new NotFoundError("hidden", { code: "project_not_found", detail: "there is no project acme" });
    });
    use.count(CALLER, "list:profile", "allowed");

    await use.send();
    await use.send();

    assert.deepEqual([hidden, use.dropped], [["acme"], 1]);
  });

  it("is bounded while the backend is away", () => {
    const { use } = counterWith(() => undefined);
    for (let index = 0; index < 50_010; index += 1)
      use.count({ client: `client-${index}`, project: "acme" }, "list:profile", "allowed");

    assert.equal(use.dropped, 10);
  });

  it("is not lost to many small reports that wait, and counts all in the same hours", async () => {
    let isAway = true;
    const { use, reports, moveTo } = counterWith(() => {
      if (isAway) throw new Error("the backend is away");
    });
    const start = Date.UTC(2026, 1, 3, 5);
    for (let index = 0; index < 300; index += 1) {
      moveTo(start + index * 10_000);
      use.count({ client: `client-${index}`, project: "acme" }, "list:profile", "allowed");
      await assert.rejects(use.send(), /away/);
    }
    isAway = false;
    reports.length = 0;

    await use.send();

    assert.equal(use.dropped, 0);
    assert.deepEqual(
      reports.map(({ uses }) => uses.length),
      [1, 200, 99],
    );
    for (const [index, report] of reports.entries()) {
      assert.equal(report.from, reports[index - 1]?.to ?? report.from);
      assert.ok(report.uses.every(({ first, last }) => first >= report.from && last <= report.to));
    }
  });

  it("is bounded by what waits, too", async () => {
    const { use } = counterWith(() => {
      throw new Error("the backend is away");
    });
    for (let index = 0; index < 50_010; index += 1) {
      use.count({ client: `client-${index}`, project: "acme" }, "list:profile", "allowed");
      if (index % 500 === 0) await assert.rejects(use.send(), /away/);
    }

    assert.equal(use.dropped, 10);
  });

  it("has no report of more than a day, which the backend would take for too old", async () => {
    let isAway = true;
    const { use, reports, moveTo } = counterWith(() => {
      if (isAway) throw new Error("the backend is away");
    });
    const start = Date.UTC(2026, 1, 3, 5);
    for (let hour = 0; hour < 72; hour += 1) {
      moveTo(start + hour * HOUR_MS);
      if (hour % 30 === 0) use.count(CALLER, "list:profile", "allowed");
      await assert.rejects(use.send(), /away/);
    }
    isAway = false;

    await use.send();

    for (const { from, to } of reports) assert.ok(Date.parse(to) - Date.parse(from) <= 24 * HOUR_MS, `${from} ${to}`);
    assert.equal(use.dropped, 0);
  });

  it("is whole at the end, also what was counted while a report was under way", async () => {
    const held = Promise.withResolvers<void>();
    const { use, reports } = counterWith(() => held.promise);
    use.count(CALLER, "list:profile", "allowed");
    const sending = use.send();
    use.count(CALLER, "info:task", "allowed");

    const last = use.sendLast();
    held.resolve();
    await Promise.all([sending, last]);

    const sent = reports.flatMap(({ uses }) => uses.map(({ permission, count }) => [permission, count]));
    assert.deepEqual(sent, [
      ["list:profile", 1],
      ["info:task", 1],
    ]);
  });

  it("ends a stop after seconds, however many reports a slow backend still has to take", async () => {
    let isAway = true;
    const ended: unknown[] = [];
    const feed: Pick<Feed, "report"> = {
      report: async (_report, signal) => {
        if (isAway) throw new Error("the backend is away");
        if (!signal.aborted) await once(signal, "abort");
        ended.push(signal.reason);
        throw signal.reason;
      },
    };
    const clock = { now: () => Date.UTC(2026, 1, 3), monotonic: () => 0 };
    // A counter only reports.
    const use = new UseCounter(feed as Feed, clock, { gateway: "gateway-1", projects: ["acme"] });
    use.count(CALLER, "list:profile", "allowed");
    await assert.rejects(use.send(), /away/);
    isAway = false;
    const sending = assert.rejects(use.send(), /too slowly/);

    await assert.rejects(use.sendLast(), /too slowly/);

    await sending;
    assert.equal(ended.length, 2);
  });
});

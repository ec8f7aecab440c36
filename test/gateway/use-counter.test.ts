import assert from "node:assert/strict";
import { ValidationError } from "xtremepush-access";
import { UseReport } from "xtremepush-access/schemas";
import type { Feed } from "../../gateway/src/access/feed";
import { UseCounter } from "../../gateway/src/access/use-counter";

const CLIENT = "xpc_aaaaaaaaaaaaaaaaaaaaaaaaaa";

function counterWith(answer: (report: UseReport) => void) {
  const reports: UseReport[] = [];
  let now = Date.UTC(2026, 1, 3, 4, 59, 50);
  const feed: Pick<Feed, "report"> = {
    report: async (report) => {
      reports.push(report);
      answer(report);
    },
  };
  const clock = { now: () => now, monotonic: () => now };
  // A counter only reports.
  const use = new UseCounter(feed as Feed, clock, { gateway: "gateway-1", projects: ["acme"] });
  return {
    use,
    reports,
    moveTo: (time: number) => {
      now = time;
    },
  };
}

describe("the counted use of a gateway", () => {
  it("is a valid report for each time, with a row for each hour, also when nothing was used", async () => {
    const { use, reports, moveTo } = counterWith(() => undefined);
    use.count(CLIENT, "list:profile", "allowed");
    moveTo(Date.UTC(2026, 1, 3, 5, 0, 10));
    use.count(CLIENT, "list:profile", "allowed");
    use.count(CLIENT, "list:profile", "refused");

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
    use.count(CLIENT, "list:profile", "allowed");
    await assert.rejects(use.send(), /away/);
    use.count(CLIENT, "info:task", "allowed");
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
    use.count(CLIENT, "list:profile", "allowed");
    await assert.rejects(use.send(), /refused/);
    isRefusing = false;

    await use.send();

    assert.equal(use.dropped, 1);
    assert.equal(reports.length, 2);
    assert.deepEqual(reports[1]?.uses, []);
  });

  it("is bounded while the backend is away", () => {
    const { use } = counterWith(() => undefined);
    for (let index = 0; index < 50_010; index += 1) use.count(`client-${index}`, "list:profile", "allowed");

    assert.equal(use.dropped, 10);
  });
});

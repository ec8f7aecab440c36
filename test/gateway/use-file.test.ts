import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import path from "node:path";
import type { UseReport } from "xtremepush-access/schemas";
import type { Feed } from "../../gateway/src/access/feed";
import { UseCounter } from "../../gateway/src/access/use-counter";
import { UseFile } from "../../gateway/src/access/use-file";
import { movedClock } from "../support/gateway/moved-clock";
import { CLIENT, startBench } from "../support/gateway/running-gateway";
import { ScriptedFeed } from "../support/gateway/scripted-feed";
import { removeTemporaryFolders, temporaryFolder } from "../support/process/temporary-folder";

const CALLER = { client: CLIENT, project: "acme" };
const ENDPOINT = "https://access.example.com";

function report(batch: string, count: number): UseReport {
  const use = { clientId: CLIENT, permission: "list:profile", hour: "2026-02-03T04:00:00.000Z", count, refused: 1 };
  const time = "2026-02-03T04:05:00.000Z";
  const about = { gateway: "gateway-1", batch, projects: ["acme"], from: time, to: time };
  return { ...about, uses: [{ ...use, first: time, last: time }] };
}

function useFileIn(folder: string, endpoint = ENDPOINT) {
  const said: string[] = [];
  const file = new UseFile({
    ...{ folder, endpoint },
    failed: () => void said.push("failed"),
    recovered: () => void said.push("recovered"),
    putAside: (why) => void said.push(why),
  });
  return { file, said, at: path.join(folder, "use.jsonl") };
}

async function keptIn(folder: string, reports: readonly UseReport[]): Promise<void> {
  const { file } = useFileIn(folder);
  file.keep(reports);
  await file.settled();
}

describe("the use that waits on disk", () => {
  after(removeTemporaryFolders);

  it("is read as it was kept, by its own user only, and is gone when nothing waits", async () => {
    const folder = path.join(temporaryFolder(), "state");
    const reports = [report("a.0", 2), report("b.0", 3)];

    await keptIn(folder, reports);
    const { file, said, at } = useFileIn(folder);
    const read = await file.read();
    const mode = statSync(at).mode & 0o777;
    file.keep([]);
    await file.settled();

    assert.deepEqual([read, said, mode], [{ reports, dropped: 0 }, [], 0o600]);
    assert.deepEqual(readdirSync(folder), []);
  });

  it("is the last of what came while the disk was slow", async () => {
    const folder = temporaryFolder();
    const { file } = useFileIn(folder);
    for (let count = 1; count <= 20; count += 1) file.keep([report("a.0", count)]);
    await file.settled();

    const { reports } = await useFileIn(folder).file.read();

    assert.deepEqual(reports, [report("a.0", 20)]);
  });

  for (const [title, change, dropped, why] of [
    ["has no first line", () => "", 1, /first line/],
    ["is of another version", (text: string) => text.replace('"format":1', '"format":2'), 1, /first line/],
    ["is binary", () => "\u0000\uffff\n\n{", 1, /first line/],
  ] as const) {
    it(`is put aside when it ${title}`, async () => {
      const folder = temporaryFolder();
      await keptIn(folder, [report("a.0", 2)]);
      const { file, said, at } = useFileIn(folder);
      const text = change(readFileSync(at, "utf8"));
      writeFileSync(at, text);

      const read = await file.read();

      assert.deepEqual(read, { reports: [], dropped });
      assert.match(said.join("\n"), why);
      assert.equal(existsSync(at), false);
      assert.equal(readFileSync(path.join(folder, "use.unread.jsonl"), "utf8"), text);
    });
  }

  it("loses only the reports that cannot be read", async () => {
    const folder = temporaryFolder();
    await keptIn(folder, [report("a.0", 2), report("b.0", 3), report("c.0", 4)]);
    const { file, said, at } = useFileIn(folder);
    writeFileSync(at, readFileSync(at, "utf8").replace('"batch":"b.0"', '"batch":7').slice(0, -20));

    const { reports, dropped } = await file.read();

    assert.deepEqual([reports, dropped], [[report("a.0", 2)], 2]);
    assert.deepEqual(said, ["2 of its 3 reports cannot be read"]);
    assert.equal(existsSync(path.join(folder, "use.unread.jsonl")), true);
  });

  it("is put aside when it is for another backend, or others can write it", async () => {
    const folder = temporaryFolder();
    await keptIn(folder, [report("a.0", 2)]);
    const other = useFileIn(folder, "https://other.example.com");
    const elsewhere = await other.file.read();
    await keptIn(folder, [report("a.0", 2)]);
    chmodSync(other.at, 0o666);
    const { file, said } = useFileIn(folder);

    const unsafe = await file.read();

    assert.deepEqual([elsewhere.dropped, unsafe], [3, { reports: [], dropped: 1 }]);
    assert.match(other.said.join("\n"), /for another backend, https:\/\/access\.example\.com/);
    assert.match(said.join("\n"), /other users can write/);
  });

  it("is tried again when the disk takes nothing, with a word at the start and at the end of that", async () => {
    const folder = path.join(temporaryFolder(), "state");
    writeFileSync(folder, "a file in the place of the folder");
    const { file, said } = useFileIn(folder);
    for (const count of [1, 2]) {
      file.keep([report("a.0", count)]);
      await file.settled();
    }
    rmSync(folder);

    file.keep([report("a.0", 3)]);
    await file.settled();

    assert.deepEqual(said, ["failed", "recovered"]);
    assert.deepEqual((await useFileIn(folder).file.read()).reports, [report("a.0", 3)]);
  });

  it("has the name under which it is sent, also what is still counted", async () => {
    const folder = temporaryFolder();
    const sent: UseReport[] = [];
    let isAway = true;
    const feed: Pick<Feed, "report"> = {
      report: async (each) => {
        if (isAway) throw new Error("the backend is away");
        sent.push(each);
      },
    };
    const { file } = useFileIn(folder);
    // A counter only reports.
    const use = new UseCounter(feed as Feed, movedClock(), { gateway: "gateway-1", projects: ["acme"], file });
    for (const permission of ["list:profile", "info:task", "list:tag"]) {
      use.count(CALLER, permission, "allowed");
      await assert.rejects(use.send(), /away/);
    }
    use.count(CALLER, "list:tag", "refused");
    await file.settled();
    const { reports } = await useFileIn(folder).file.read();
    isAway = false;

    await use.send();
    await file.settled();

    const rows = (all: readonly UseReport[]) =>
      all.map(({ batch, uses }) => [batch, uses.map(({ permission, count, refused }) => [permission, count, refused])]);
    const [first, second] = rows(sent);
    assert.deepEqual(rows(reports), [
      first,
      [
        second?.[0],
        [
          ["info:task", 1, 0],
          ["list:tag", 1, 0],
        ],
      ],
    ]);
    assert.deepEqual(second?.[1], [
      ["info:task", 1, 0],
      ["list:tag", 1, 1],
    ]);
    assert.equal(existsSync(path.join(folder, "use.jsonl")), false);
  });

  it("is kept while a report is under way for longer than an interval", async () => {
    const folder = temporaryFolder();
    const held = Promise.withResolvers<void>();
    const { file } = useFileIn(folder);
    const feed: Pick<Feed, "report"> = { report: () => held.promise };
    // A counter only reports.
    const use = new UseCounter(feed as Feed, movedClock(), { gateway: "gateway-1", projects: ["acme"], file });
    use.count(CALLER, "list:profile", "allowed");
    const sending = use.send();
    use.count(CALLER, "info:task", "allowed");
    void use.send();
    await file.settled();

    const { reports } = await useFileIn(folder).file.read();

    const kept = reports.flatMap(({ uses }) => uses.map(({ permission }) => permission));
    held.resolve();
    await sending;
    assert.deepEqual(kept, ["list:profile", "info:task"]);
  });

  it("is taken over for the projects that the gateway still has, and up to a limit", async () => {
    const sent: UseReport[] = [];
    const feed: Pick<Feed, "report"> = { report: async (each) => void sent.push(each) };
    // A counter only reports.
    const use = new UseCounter(feed as Feed, movedClock(), { gateway: "gateway-2", projects: ["acme", "new"] });
    const ofBoth = { ...report("a.0", 2), projects: ["acme", "gone"] };
    const ofGone = { ...report("b.0", 3), projects: ["gone"] };
    const many = Array.from({ length: 50_010 }, (_, index) => report(`c.${index}`, 1));

    use.restore({ reports: [ofBoth, ofGone, ...many], dropped: 1 });
    await use.send();

    assert.deepEqual([sent[0]?.projects, sent[0]?.gateway], [["acme"], "gateway-1"]);
    assert.equal(sent.filter(({ uses }) => uses.length > 0).length, 49_999);
    assert.equal(use.dropped, 1 + 4 + 2 * 12);
  });

  it("outlives a stop without the backend, and is reported by the next start", async () => {
    const folder = temporaryFolder();
    const feed = new ScriptedFeed();
    feed.set({ id: CLIENT, permissions: ["info:task"] });
    const first = await startBench({ feed, folder });
    await first.call("/api/external/info/task", feed.token(CLIENT, ["info:task"]));
    feed.away(true);
    await first.close();
    feed.away(false);
    const second = await startBench({ feed, folder });

    await second.close();

    const counts = feed.reports.flatMap(({ uses }) => uses.map(({ permission, count }) => [permission, count]));
    assert.deepEqual(counts, [["info:task", 1]]);
    assert.equal(existsSync(path.join(folder, ".xtremepush-access-gateway/use.jsonl")), false);
  });

  it("is left as it is by a start that fails, because the port is another gateway's", async () => {
    const folder = temporaryFolder();
    const state = path.join(folder, ".xtremepush-access-gateway");
    await keptIn(state, [report("a.0", 2)]);
    const kept = readFileSync(path.join(state, "use.jsonl"), "utf8");
    const taken = createServer().listen(0, "127.0.0.1");
    await once(taken, "listening");
    const { port } = taken.address() as AddressInfo;
    const feed = new ScriptedFeed();

    await assert.rejects(startBench({ feed, folder, yaml: `metrics: { host: 127.0.0.1, port: ${port} }` }), /in use/);

    taken.close();
    assert.deepEqual(feed.reports, []);
    assert.equal(readFileSync(path.join(state, "use.jsonl"), "utf8"), kept);
    assert.equal(existsSync(path.join(state, "access.jsonl")), false);
  });

  it("is written beside its place, and what a kill left there goes at a start, unless it is being written", async () => {
    const folder = temporaryFolder();
    const state = path.join(folder, ".xtremepush-access-gateway");
    mkdirSync(state, { mode: 0o700 });
    const [old, young] = ["use.jsonl", "access.jsonl"].map((name) => path.join(state, `${name}.${randomUUID()}.tmp`));
    assert.ok(old !== undefined && young !== undefined);
    for (const file of [old, young, path.join(state, "notes.tmp")]) writeFileSync(file, "{");
    const hourAgo = new Date(Date.now() - 3_600_000);
    for (const file of [old, path.join(state, "notes.tmp")]) utimesSync(file, hourAgo, hourAgo);

    const bench = await startBench({ folder });

    await bench.close();
    const left = readdirSync(state)
      .filter((name) => name.endsWith(".tmp"))
      .sort();
    assert.deepEqual(left, [path.basename(young), "notes.tmp"]);
  });

  it("keeps no gateway from starting, whatever is in its place", async () => {
    const folder = temporaryFolder();
    const state = path.join(folder, ".xtremepush-access-gateway");
    mkdirSync(path.join(state, "use.jsonl"), { recursive: true, mode: 0o700 });

    const bench = await startBench({ folder });

    const metrics = bench.log.join("");
    await bench.close();
    assert.match(metrics, /use that waited for the backend cannot be read/);
  });
});

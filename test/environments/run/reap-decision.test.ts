import assert from "node:assert/strict";
import type { Environment } from "xtremepush-access";
import { parseAccessEnv } from "../../../environments/src/file/read-access-env";
import { decideReap } from "../../../environments/src/run/reap-decision";

const FILE = parseAccessEnv(
  `version: 1
environments:
  dev:
  pr-main:
  pr-*: { like: dev, project: "acme-{name}", ttl: 72h }
  branch-*: { like: dev, project: acme, branch: "feature/{*}" }
  kept-*: { protected: true, ttl: 1h }
`,
  "access-env.yaml",
);

const RUN = { run: "run-0001", host: "runner-1", processId: 7, process: null };
const TIMES = { sinceTime: "2026-11-29T10:00:00.000Z", seenTime: "2026-11-29T10:00:00.000Z" };
const lockOf = (command: string, live: boolean) => ({ ...RUN, ...TIMES, actor: "ci", command, live });

const recordOf = (name: string, more: Partial<Environment> = {}): Environment => ({
  ...{ project: name.startsWith("branch-") ? "acme" : `acme-${name}`, program: "programs", name, pattern: "pr-*" },
  ...{ createdBy: "ci", createdTime: "2026-11-01T00:00:00.000Z" },
  ...{ updatedBy: "ci", updatedTime: "2026-11-01T00:00:00.000Z" },
  ...{ expiresTime: null, expired: false, lock: null, deadRuns: [] },
  ...more,
});

const decide = (records: readonly Environment[], more: { branches?: readonly string[]; max?: number } = {}) => {
  const { branches = null, max = 20 } = more;
  const { removals, kept } = decideReap({ file: FILE, records, branches, max, isKnownDead: () => false });
  return {
    removed: removals.map(({ record, reason }) => `${record.name}: ${reason}`),
    kept: kept.map(({ environment, why }) => `${environment}: ${why}`),
  };
};

describe("the decision of reap", () => {
  it("is to remove what has expired, and nothing else", () => {
    const decision = decide([recordOf("pr-1", { expired: true }), recordOf("pr-2"), recordOf("branch-a")]);

    assert.deepEqual(decision, { removed: ["pr-1: expired"], kept: [] });
  });

  it("leaves protected ones, those with an entry of their own and those of no entry", () => {
    const records = ["kept-1", "pr-main", "dev", "scratch"].map((name) => recordOf(name, { expired: true }));

    assert.deepEqual(decide(records), {
      removed: [],
      kept: [
        "kept-1: it is protected in access-env.yaml",
        "pr-main: it has an entry of its own in access-env.yaml",
        "dev: it has an entry of its own in access-env.yaml",
        'scratch: access-env.yaml has no environment "scratch", only dev, pr-main, pr-*, branch-*, kept-*',
      ],
    });
  });

  it("leaves one of another project than access-env.yaml says", () => {
    assert.deepEqual(decide([recordOf("pr-1", { expired: true, project: "shop" })]).kept, [
      "pr-1: access-env.yaml says that its project is acme-pr-1",
    ]);
  });

  it("is to remove those whose branch is gone, also where the name has the slug of the branch", () => {
    const records = ["branch-login", "branch-gone", "branch-ac-42-fix", "pr-1"].map((name) => recordOf(name));

    const { removed } = decide(records, { branches: ["main", "feature/login", "feature/AC-42_fix"] });

    assert.deepEqual(removed, ["branch-gone: branch gone"]);
  });

  it("leaves one that a run is changing, and not one whose run has died", () => {
    const records = [
      recordOf("pr-1", { expired: true, lock: lockOf("up", true) }),
      recordOf("pr-2", { expired: true, lock: lockOf("up", false) }),
    ];

    assert.deepEqual(decide(records), {
      removed: ["pr-2: expired"],
      kept: ["pr-1: ci on runner-1 (process 7) is changing it since 2026-11-29T10:00:00.000Z"],
    });
  });

  it("believes what this machine knows of a run before what the backend has last seen of it", () => {
    const records = [recordOf("pr-1", { expired: true, lock: lockOf("up", true) })];

    const { removals } = decideReap({ file: FILE, records, branches: null, max: 1, isKnownDead: () => true });

    assert.equal(removals.length, 1);
  });

  it("finishes what a run that died was taking down, and not what one was setting up", () => {
    const records = ["down", "reap", "up"].map((command, index) =>
      recordOf(`pr-${index}`, { lock: lockOf(command, false) }),
    );

    assert.deepEqual(decide(records).removed, ["pr-0: half removed", "pr-1: half removed"]);
  });

  it("finishes it also when `deliver` has taken the lock over since, and not when `up` has begun again", () => {
    const dead = (command: string) => ({ ...RUN, ...TIMES, actor: "ci", command });
    const records = [
      recordOf("pr-1", { deadRuns: [dead("down")] }),
      recordOf("pr-2", { lock: lockOf("deliver", false), deadRuns: [dead("deliver"), dead("reap")] }),
      recordOf("pr-3", { deadRuns: [dead("down")], updatedTime: "2026-11-29T10:00:01.000Z" }),
      recordOf("pr-4", { deadRuns: [dead("up"), dead("down")] }),
      recordOf("pr-5", { lock: lockOf("deliver", true), deadRuns: [dead("down")] }),
    ];

    assert.deepEqual(decide(records).removed, ["pr-1: half removed", "pr-2: half removed"]);
  });

  it("removes no more than --max, the first ones first", () => {
    const records = [1, 2, 3].map((number) => recordOf(`pr-${number}`, { expired: true }));

    assert.deepEqual(decide(records, { max: 2 }), {
      removed: ["pr-1: expired", "pr-2: expired"],
      kept: ["pr-3: --max 2 is reached"],
    });
  });
});

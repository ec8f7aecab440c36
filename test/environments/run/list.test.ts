import assert from "node:assert/strict";
import { parseAccessEnv } from "../../../environments/src/file/read-access-env";
import { listEnvironments } from "../../../environments/src/run/list";

const FILE = parseAccessEnv(
  "version: 1\nenvironments:\n  dev:\n  production: { protected: true }\n  pr-*: { ttl: 72h, max: 2 }\n",
  "access-env.yaml",
);

const UNKNOWN = { expiresTime: null, lock: null };

describe("the list of environments", () => {
  it("has those of the file, those of its patterns that exist, and the stacks of neither", () => {
    const stacks = [
      { name: "production", lastUpdate: "2026-11-01T00:00:00.000Z", resources: 3 },
      { name: "pr-7", lastUpdate: null, resources: 0 },
      { name: "scratch", lastUpdate: null, resources: 0 },
    ];

    const { environments, patterns, others } = listEnvironments(FILE, stacks);

    assert.deepEqual(environments, [
      {
        name: "dev",
        entry: "dev",
        protected: false,
        ttl: null,
        exists: false,
        lastUpdate: null,
        resources: 0,
        ...UNKNOWN,
      },
      {
        name: "production",
        entry: "production",
        protected: true,
        ttl: null,
        exists: true,
        lastUpdate: "2026-11-01T00:00:00.000Z",
        resources: 3,
        ...UNKNOWN,
      },
      {
        name: "pr-7",
        entry: "pr-*",
        protected: false,
        ttl: "72h",
        exists: true,
        lastUpdate: null,
        resources: 0,
        ...UNKNOWN,
      },
    ]);
    assert.deepEqual(patterns, [{ entry: "pr-*", count: 1, max: 2 }]);
    assert.deepEqual(others, ["scratch"]);
  });
});

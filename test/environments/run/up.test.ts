import assert from "node:assert/strict";
import { findEnvironment } from "../../../environments/src/file/find-environment";
import { parseAccessEnv } from "../../../environments/src/file/read-access-env";
import { assertLifetimeKept, assertRoom } from "../../../environments/src/run/up";

const FILE = parseAccessEnv("version: 1\nenvironments:\n  pr-main:\n  pr-*: { max: 2 }\n", "access-env.yaml");

describe("the room for environments of a pattern", () => {
  const stacksOf = (...names: string[]) => names.map((name) => ({ name, lastUpdate: null, resources: 1 }));
  const prepared = { file: FILE, environment: findEnvironment(FILE, "pr-9") };

  it("is not taken by one with an entry of its own, though its name matches", () => {
    assert.doesNotThrow(() => assertRoom(prepared, stacksOf("pr-main", "pr-1")));
  });

  it("ends at the most that there may be", () => {
    assert.throws(() => assertRoom(prepared, stacksOf("pr-main", "pr-1", "pr-2")), {
      message: 'pr-* already has 2 environments, and may have 2; take one down before you set up "pr-9"',
    });
  });
});

describe("a time to live", () => {
  it("needs a backend that is known, which keeps it", () => {
    assert.throws(() => assertLifetimeKept({ name: "pr-1", ttl: "72h" }, null), {
      message: /^"pr-1" has a ttl, which the backend keeps, .* set XTREMEPUSH_TOKEN in place of a token/,
      exitCode: 2,
    });
    assert.doesNotThrow(() => assertLifetimeKept({ name: "dev", ttl: null }, null));
    assert.doesNotThrow(() => assertLifetimeKept({ name: "pr-1", ttl: "72h" }, {}));
  });
});

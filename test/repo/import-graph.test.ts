import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import path from "node:path";
import {
  arrowsBetween,
  arrowsUp,
  circlesIn,
  type Import,
  importsOf,
  type Order,
  type Rooms,
} from "../support/repo/import-graph";

const ROOT = path.resolve(__dirname, "../..");

const PACKAGES = {
  "xtremepush-access": "sdk/src",
  "pulumi-xtremepush": "provider/src",
  "xtremepush-access-backend": "backend/src",
  "xtremepush-access-review": "review/src",
  "xtremepush-access-environments": "environments/src",
  "xtremepush-access-gateway": "gateway/src",
};

const ROOMS: Rooms = {
  "sdk/src": [],
  "provider/src/protocol": [],
  "provider/src": ["sdk/src", "provider/src/protocol"],
  "backend/src": ["sdk/src"],
  "review/src": ["sdk/src", "provider/src/protocol"],
  "environments/src": ["sdk/src", "provider/src/protocol", "review/src"],
  "gateway/src": ["sdk/src"],
  scripts: [
    "sdk/src",
    "provider/src/protocol",
    "provider/src",
    "backend/src",
    "review/src",
    "environments/src",
    "gateway/src",
  ],
};

/** What each folder holds, from what imports nothing to what imports the rest. */
const ORDERS: readonly Order[] = [
  { folder: "sdk/src", places: ["text", "serving", "catalog", "schemas", "rules", "client", "keys", "index.ts"] },
  {
    folder: "provider/src",
    places: [
      "protocol",
      "engine-text.ts",
      "program-error.ts",
      "dynamic",
      "resource-type.ts",
      "map-input.ts",
      "client-facts.ts",
      "shared-provider.ts",
      "client-bond.ts",
      "owner.ts",
      "read-options.ts",
      "refusals.ts",
      "present-secret.ts",
      "handler-folder.ts",
      "promise-stacks.ts",
      "api-client.ts",
      "scope-grant.ts",
      "provider.ts",
      "flat-alias.ts",
      "integration.ts",
      "index.ts",
      "cli",
    ],
  },
  { folder: "provider/src/dynamic", places: ["run", "api-client", "scope-grant", "index.ts"] },
  {
    folder: "backend/src",
    places: [
      "failures",
      "credentials",
      "database",
      "store",
      "changes",
      "metrics",
      "http",
      "oauth",
      "app",
      "process",
      "index.ts",
      "cli",
      "main.ts",
    ],
  },
  {
    folder: "backend/src/http",
    places: [
      "limits.ts",
      "metrics.ts",
      "access-feed.ts",
      "services.ts",
      "error-description.ts",
      "bearer-challenge.ts",
      "authorization.ts",
      "rate-limits.ts",
      "token-end.ts",
      "openapi",
      "log-settings.ts",
      "request-log.ts",
      "outage-log.ts",
      "error-handler.ts",
      "method-not-allowed.ts",
      "etags.ts",
      "cursors.ts",
      "pagination.ts",
      "serializers.ts",
      "router.ts",
      "stopping.ts",
      "routes",
    ],
  },
  {
    folder: "review/src",
    places: [
      "version.ts",
      "review-failure.ts",
      "git",
      "model",
      "manifest",
      "compare",
      "gate",
      "outputs",
      "comment",
      "program",
      "lock",
      "rules-file",
      "sources",
      "unused",
      "policy",
      "index.ts",
      "cli",
      "main.ts",
    ],
  },
  {
    folder: "environments/src",
    places: [
      "version.ts",
      "environment-failure.ts",
      "own-folder.ts",
      "warnings.ts",
      "replace-file.ts",
      "file-lock.ts",
      "process-identity.ts",
      "file",
      "pulumi",
      "delivery",
      "run",
      "index.ts",
      "cli",
      "main.ts",
    ],
  },
  {
    folder: "gateway/src",
    places: [
      "version.ts",
      "gateway-failure.ts",
      "clock.ts",
      "file",
      "upstream",
      "access",
      "decide",
      "server",
      "index.ts",
      "cli",
      "main.ts",
    ],
  },
  {
    folder: "review/src/program",
    places: [
      "inputs",
      "child",
      "project",
      "monitor",
      "report-reader.ts",
      "network-namespace.ts",
      "program-process.ts",
      "program-failure.ts",
      "declared-resources.ts",
      "uncertainties.ts",
      "read-program.ts",
      "side-by-side.ts",
    ],
  },
];

describe("the imports of this repository", function () {
  this.timeout(60_000);

  let imports: readonly Import[] = [];
  before(() => {
    const files = globSync("{sdk,provider,backend,review,environments,gateway}/src/**/*.ts", { cwd: ROOT });
    const others = globSync("{scripts,bench,test}/**/*.ts", { cwd: ROOT });
    const sources = [...files, ...others].map((file) => [file, readFileSync(path.join(ROOT, file), "utf8")] as const);
    imports = importsOf(new Map(sources), PACKAGES);
  });

  it("make no circle", () => {
    assert.ok(imports.length > 1_000, `${imports.length} imports`);
    assert.deepEqual(circlesIn(imports), []);
  });

  it("go from room to room in one direction", () => {
    assert.deepEqual(arrowsBetween(imports, ROOMS), []);
  });

  it("go from folder to folder of a room in one direction", () => {
    assert.deepEqual(
      ORDERS.flatMap((order) => arrowsUp(imports, order)),
      [],
    );
  });
});

describe("an import against the order", () => {
  const order = { folder: "sdk/src", places: ["catalog", "client"] };
  const rooms = { "sdk/src": [], "backend/src": ["sdk/src"] };
  const importsIn = (sources: Readonly<Record<string, string>>) =>
    importsOf(new Map(Object.entries(sources)), PACKAGES);

  const forms = {
    "an import": 'import { Core } from "../client/core";',
    "an import for its effect": 'import "../client/core";',
    "an import of a type": 'import type { Core } from "../client/core";',
    "an export from": 'export * from "../client/core";',
    "a require": 'const core = require("../client/core");',
    "an import with require": 'import core = require("../client/core");',
    "a dynamic import": 'export const core = () => import("../client/core");',
    "the type of an import": 'export type Core = import("../client/core").Core;',
    "a name with its ending": 'import { Core } from "../client/core.js";',
    "a package's own name": 'import { Core } from "xtremepush-access/client/core";',
  };
  for (const [form, text] of Object.entries(forms)) {
    it(`is found as ${form}`, () => {
      const imports = importsIn({ "sdk/src/catalog/select.ts": text, "sdk/src/client/core.ts": "" });

      assert.deepEqual(arrowsUp(imports, order), [
        "sdk/src/catalog/select.ts imports sdk/src/client/core.ts: in sdk/src, catalog must not import client",
      ]);
    });
  }

  it("is found in a place that nobody has ranked", () => {
    const imports = importsIn({ "sdk/src/catalog/index.ts": 'import "../drawer";', "sdk/src/drawer/index.ts": "" });

    assert.deepEqual(arrowsUp(imports, order), [
      "sdk/src/catalog/index.ts imports sdk/src/drawer/index.ts: sdk/src/drawer has no rank in the order",
    ]);
  });

  it("is found between rooms, by a path or by a package's name", () => {
    const imports = importsIn({
      "sdk/src/index.ts": 'import "xtremepush-access-backend"; import "../../test/support/clock";',
      "backend/src/index.ts": 'import "xtremepush-access";',
      "test/support/clock.ts": "",
    });

    assert.deepEqual(arrowsBetween(imports, rooms), [
      "sdk/src/index.ts imports backend/src/index.ts: sdk/src must not import backend/src",
      "sdk/src/index.ts imports test/support/clock.ts: sdk/src must not import test/support",
    ]);
  });

  it("is not found where the order is kept", () => {
    const imports = importsIn({
      "sdk/src/client/core.ts": 'import "../catalog"; import "./gate"; import "axios";',
      "sdk/src/client/gate.ts": "",
      "sdk/src/catalog/index.ts": "",
    });

    assert.equal(imports.length, 2);
    assert.deepEqual([arrowsUp(imports, order), arrowsBetween(imports, rooms), circlesIn(imports)], [[], [], []]);
  });

  it("is found as a circle of files, of types too", () => {
    const imports = importsIn({
      "sdk/src/client/a.ts": 'import "./b";',
      "sdk/src/client/b.ts": 'export type { C } from "./c";',
      "sdk/src/client/c.ts": 'import type { A } from "./a"; import "./d";',
      "sdk/src/client/d.ts": "",
    });

    assert.deepEqual(circlesIn(imports), [
      ["sdk/src/client/a.ts", "sdk/src/client/b.ts", "sdk/src/client/c.ts", "sdk/src/client/a.ts"],
    ]);
  });
});

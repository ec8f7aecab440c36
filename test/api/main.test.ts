import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { callerOf } from "../support/backend/api";
import { startTestBackend } from "../support/backend/backend";
import { startScript } from "../support/process/script-process";
import { SEED, toolsOf } from "./tools";

describe("npm run test:api", function () {
  this.timeout(60_000);

  it("says what it takes", async () => {
    const help = startScript("test/api/main.ts", ["--help"]);

    assert.equal(await help.ended, 0);
    for (const { name } of toolsOf(SEED)) assert.ok(help.output().includes(name), name);
  });

  it("runs nothing for a tool that it does not know", async () => {
    const none = startScript("test/api/main.ts", ["--only", "Swagger"]);

    assert.equal(await none.ended, 2);
    assert.equal(none.output(), "--only Swagger names none of Redocly, Spectral, openapi-typescript, Schemathesis\n");
  });

  it("tells Schemathesis about operations, tags and parameters that there are", async () => {
    const settings = readFileSync(path.join(__dirname, "schemathesis.toml"), "utf8");
    const backend = await startTestBackend();
    const { text } = await callerOf(backend.endpoint, backend.adminToken)("GET /openapi.json");
    await backend.close();

    const named = [...settings.matchAll(/^include-(?:operation-id|tag) = (.*)$/gm)].flatMap(([, names = ""]) => {
      const list: unknown = JSON.parse(names);
      return [list].flat();
    });
    const parameters = [...settings.matchAll(/"path\.(\w+)"/g)].map(([, name]) => name);

    assert.ok(named.length > 10);
    for (const name of named) assert.ok(text.includes(JSON.stringify(name)), String(name));
    for (const name of parameters) assert.ok(text.includes(`{${name}}`), name);
  });
});

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { parse } from "yaml";
import { z } from "zod";
import { readSettings } from "../../backend/src/process/settings";
import { startBackend } from "../../backend/src/process/start";
import { folderWithDatabase } from "../support/backend/empty-database";
import { namesIn } from "../support/backend/metrics";
import { removeTemporaryFolders, temporaryFolder } from "../support/process/temporary-folder";

const ROOT = path.resolve(__dirname, "../..");

const Rules = z.object({
  groups: z.array(
    z.object({
      rules: z.array(
        z.strictObject({
          alert: z.string().regex(/^XtremepushAccess\w+$/),
          expr: z.string(),
          for: z.string().optional(),
          labels: z.strictObject({ severity: z.enum(["warning", "critical"]) }),
          annotations: z.strictObject({ summary: z.string(), description: z.string() }),
        }),
      ),
    }),
  ),
});
const Dashboard = z.looseObject({
  title: z.string(),
  panels: z.array(
    z.looseObject({ id: z.number(), title: z.string(), targets: z.array(z.looseObject({ expr: z.string() })).min(1) }),
  ),
});

const rules = Rules.parse(parse(read("deploy/alerts.yaml"))).groups.flatMap((group) => group.rules);
const dashboard = Dashboard.parse(JSON.parse(read("deploy/dashboard.json")));
const panelQueries = dashboard.panels.flatMap(({ targets }) => targets.map(({ expr }) => expr));

describe("the alerting rules and the dashboard of deploy/", function () {
  this.timeout(60_000);
  let scraped: ReadonlySet<string>;

  before(async () => {
    const dataDir = path.join(await folderWithDatabase(), ".xtremepush-access");
    const backend = await startBackend(readSettings({ dataDir, port: "0", metricsPort: "0" }, {}), { level: "silent" });
    scraped = namesIn(await (await fetch(backend.metricsEndpoint ?? "none")).text());
    await backend.close();
  });
  after(removeTemporaryFolders);

  it("name only metrics that a scrape has", () => {
    const queries = [...rules.map(({ expr }) => expr), ...panelQueries, JSON.stringify(dashboard["templating"])];

    const named = new Set(queries.flatMap((query) => query.match(/\b(?:xtremepush_access|process|nodejs)_\w+/g) ?? []));

    assert.ok(named.size > 15);
    assert.deepEqual(
      [...named].filter((name) => !scraped.has(name)),
      [],
    );
  });

  it("have a case in which each rule fires", () => {
    const cases = read("test/deploy/alerts.test.yaml");

    assert.ok(rules.length >= 10);
    assert.deepEqual(
      rules.map(({ alert }) => alert).filter((alert) => !cases.includes(`alertname="${alert}"`)),
      [],
    );
  });

  it("show panels that have their own ID and title", () => {
    const ids = dashboard.panels.map(({ id }) => id);
    const titles = dashboard.panels.map(({ title }) => title);

    assert.equal(new Set(ids).size, ids.length);
    assert.equal(new Set(titles).size, titles.length);
  });

  it("show panels whose queries Prometheus takes (promtool)", function () {
    if (!hasPromtool()) this.skip();
    const written = panelQueries.map((query, index) => ({
      record: `panel:${index}`,
      expr: query.replaceAll("$job", "xtremepush-access").replaceAll("$__rate_interval", "1m"),
    }));
    const file = path.join(temporaryFolder(), "panels.json");
    // JSON is YAML.
    writeFileSync(file, JSON.stringify({ groups: [{ name: "panels", rules: written }] }));

    const output = execFileSync("promtool", ["check", "rules", file], { encoding: "utf8" });

    assert.match(output, new RegExp(`SUCCESS: ${panelQueries.length} rules found`));
  });
});

function read(file: string): string {
  return readFileSync(path.join(ROOT, file), "utf8");
}

function hasPromtool(): boolean {
  try {
    execFileSync("promtool", ["--version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { type EngineBench, openEngineBench, programOf, UP } from "../support/engine/engine";
import { runReview } from "../support/review/review-repository";

describe("a review of what the real engine previews", function () {
  this.timeout(120_000);
  let bench: EngineBench;
  let approved: string;

  const inFolder = (file: string) => path.join(bench.stack.folder, file);
  const manifest = async (file: string) => {
    const { code, stdout, stderr } = await runReview(bench.stack.folder, ["manifest", "--stack", "dev"]);
    assert.equal(code, 0, stderr);
    writeFileSync(inFolder(file), stdout);
  };

  before(async () => {
    bench = await openEngineBench("reviewed");
    const [made, read] = [
      await bench.ana.clients.create("reviewed", { name: "By hand" }),
      await bench.ana.clients.create("reviewed", { name: "Read" }),
    ];
    await bench.ana.grants.put("reviewed", made.id, { permissions: ["list:tag"] }, { ifMatch: 0 });
    const readGrant = `
        const read = ApiClient.get("read", "${read.id}");
        new ScopeGrant("read", { client: read, permissions: ["list:tag"] });`;
    await bench.stack.write(
      "index.js",
      programOf(`
        const crm = new ApiClient("crm", { name: "CRM sync" });
        new ScopeGrant("crm", { client: crm, permissions: ["list:segment", "info:task"] });
        const etl = new ApiClient("etl", { name: "ETL" });
        new ScopeGrant("etl", { client: etl, permissions: ["list:tag"] });
        ${readGrant}`),
    );
    await bench.stack.succeed(...UP);
    await manifest("base.json");
    await bench.stack.write(
      "index.js",
      programOf(`
        const crm = new ApiClient("crm-sync", { name: "CRM" }, { aliases: [{ name: "crm" }] });
        new ScopeGrant("crm", { client: crm, permissions: ["list:segment", "export:segment"] });
        const mail = new ApiClient("mail", { name: "Mail" });
        new ScopeGrant("mail", { client: mail, permissions: ["send:campaign"] });
        const made = new ApiClient("made", { name: "By hand", adopt: "${made.id}" });
        new ScopeGrant("made", { client: made, permissions: ["list:tag"] });
        ${readGrant}`),
    );
    await manifest("head.json");
  });
  after(() => bench.close());

  it("gives the digest that the preview of the same change has", async () => {
    const review = await runReview(bench.stack.folder, ["diff", "base.json", "head.json", "--format", "json"]);
    const { diff } = JSON.parse(review.stdout);
    assert.deepEqual(
      diff.environments[0].clients.map(({ nameAfter, nameBefore, effects }: Record<string, unknown>) => [
        nameAfter ?? nameBefore,
        effects,
      ]),
      [
        ["By hand", ["broadened", "created"]],
        ["CRM", ["broadened", "narrowed", "renamed"]],
        ["ETL", ["narrowed", "deleted"]],
        ["Mail", ["broadened", "created"]],
      ],
    );
    approved = diff.digest;
    writeFileSync(inFolder("preview.json"), await bench.stack.succeed("preview", "--json", "--show-sames"));

    const verified = await runReview(bench.stack.folder, ["verify", "--approved", approved, "preview:preview.json"]);

    assert.equal(verified.code, 0, verified.stdout + verified.stderr);
    assert.match(verified.stdout, /^This preview does what was approved\. Broadens access: 3 clients, \+3 permissions/);
  });

  it("refuses the preview of a program that does something else when it is deployed", async () => {
    const program = readFileSync(inFolder("index.js"), "utf8");
    await bench.stack.write("index.js", program.replace('"send:campaign"', '"send:campaign", "import:profile"'));
    writeFileSync(inFolder("other.json"), await bench.stack.succeed("preview", "--json", "--show-sames"));

    const verified = await runReview(bench.stack.folder, ["verify", "--approved", approved, "preview:other.json"]);

    assert.equal(verified.code, 2);
    assert.match(
      verified.stdout,
      /^This preview is not what was approved\. Broadens access: 3 clients, \+4 permissions/,
    );
  });

  it("refuses half a preview, and a preview that failed", async () => {
    const whole = readFileSync(inFolder("preview.json"), "utf8");
    writeFileSync(inFolder("half.json"), whole.slice(0, whole.length / 2));
    writeFileSync(inFolder("failed.json"), '{ "steps": null, "diagnostics": [] }');

    for (const [file, sentence] of [
      ["half.json", /^half\.json is not valid JSON: was `pulumi preview --json` interrupted/],
      ["failed.json", /^failed\.json is not the output of a successful `pulumi preview --json`/],
      ["missing.json", /^missing\.json cannot be read/],
    ] as const) {
      const { code, stderr } = await runReview(bench.stack.folder, [
        "verify",
        "--approved",
        approved,
        `preview:${file}`,
      ]);
      assert.equal(code, 3);
      assert.match(stderr, sentence);
    }
  });

  it("compares what is live with what the program declares", async () => {
    const environment = {
      XTREMEPUSH_ENDPOINT: bench.endpoint,
      XTREMEPUSH_PROJECT: bench.project,
      XTREMEPUSH_TOKEN: await bench.backend.makeActor("viewer", [bench.project], { name: "reviewer of reviewed" }),
    };
    const live = async (base: string) => {
      const { stdout, stderr } = await runReview(
        bench.stack.folder,
        ["diff", base, "live", "--format", "json"],
        environment,
      );
      assert.equal(stderr, "");
      return JSON.parse(stdout).diff;
    };
    assert.equal((await live("base.json")).verdict, "none");
    const [etl] = (await bench.clients()).filter(({ name }) => name === "ETL");
    await bench.ana.grants.put(
      bench.project,
      etl?.id ?? "",
      { permissions: ["list:tag", "list:profile"] },
      { ifMatch: 1 },
    );

    const diff = await live("base.json");

    assert.equal(diff.verdict, "broadened");
    assert.deepEqual(diff.counts.gained, 1);
  });

  it("says what keeps it from reading what is live", async () => {
    const { code, stderr } = await runReview(bench.stack.folder, ["diff", "base.json", "live"]);

    assert.equal(code, 3);
    assert.match(stderr, /^`live` needs XTREMEPUSH_ENDPOINT in the environment/);
  });
});

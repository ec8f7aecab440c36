import assert from "node:assert/strict";
import { readFileSync, rmSync, symlinkSync } from "node:fs";
import { homedir } from "node:os";
import path from "node:path";
import Ajv2020 from "ajv/dist/2020";
import { PERMISSION_IDS } from "xtremepush-access";
import { problem } from "../../support/backend/management-answers";
import { removeTemporaryFolders } from "../../support/process/temporary-folder";
import { renderedMarkdown } from "../../support/review/rendered-markdown";
import {
  openReviewRepository,
  type ReviewRepository,
  reviewProgram,
  runReviewOffline,
} from "../../support/review/review-repository";
import { sarifResults } from "../../support/review/sarif";
import { scriptedServers } from "../../support/sdk/scripted-server";

const BASE = [
  { resource: "crm", name: "CRM sync", permissions: ["list:profile"] },
  { resource: "etl", name: "ETL", permissions: ["export:segment", "list:segment"] },
  { resource: "old", name: "Old name", permissions: ["list:tag"] },
  { resource: "gone", name: "Gone", permissions: ["info:task"] },
] as const;
const HEAD = [
  { resource: "crm", name: "CRM sync", permissions: ["list:profile", "import:profile"] },
  { resource: "etl", name: "ETL", permissions: ["list:segment"] },
  { resource: "old", name: "New name", permissions: ["list:tag"] },
] as const;

describe("reviewing a change in a git repository", function () {
  this.timeout(60_000);
  const serve = scriptedServers();
  let repository: ReviewRepository;

  before(async () => {
    repository = openReviewRepository();
    repository.write("index.ts", reviewProgram(BASE));
    assert.deepEqual(await repository.review(["lock"]), {
      code: 0,
      stdout: "access/access.prod.json: 4 clients, 4 grants\n",
      stderr: "",
    });
    repository.commit("four clients");
    repository.git("switch", "--quiet", "--create", "change");
    repository.write("index.ts", reviewProgram(HEAD));
  });
  after(() => removeTemporaryFolders());

  it("asks for the lock file that the change forgot to update", async () => {
    const { code, stderr } = await repository.review(["check"]);

    assert.equal(code, 1);
    assert.equal(
      stderr,
      "access/access.prod.json does not match the program; run `xtremepush-access-review lock --stack prod` and commit it\n",
    );
  });

  it("finds in the program what is not in the lock file yet", async () => {
    const { code, stdout } = await repository.review(["diff", "main", "program"]);

    assert.equal(code, 1);
    assert.match(stdout, /^Broadens access: 1 client, \+1 permission, 1 high; -2; 1 renamed; 1 deleted\n/);
  });

  it("is fixed by the command that it names, with one line per permission in git's diff", async () => {
    assert.equal((await repository.review(["lock"])).code, 0);
    assert.equal((await repository.review(["check"])).code, 0);
    repository.commit("broaden, narrow, rename, delete");

    const changed = repository.git("diff", "--unified=0", "main", "HEAD", "--", "access").split("\n");

    assert.ok(changed.includes('+        "import:profile"'));
    assert.ok(changed.includes('-        "export:segment"'));
  });

  it("prints what the change does to access, and nothing else", async () => {
    const { code, stdout, stderr } = await repository.review(["diff", "main", "HEAD"]);

    assert.equal(stderr, "");
    assert.equal(code, 1);
    assert.equal(
      stdout.replace(/sha256:[0-9a-f]{64}/, "<digest>"),
      `Broadens access: 1 client, +1 permission, 1 high; -2; 1 renamed; 1 deleted
Needs approval (default rules)

"access", stack "prod"
  "CRM sync"  broadened  1 of ${PERMISSION_IDS.length} -> 2 of ${PERMISSION_IDS.length}  index.ts:4
    Import
      + Create user profiles and set their attributes  import:profile  high: writes personal data in bulk
        https://docs.xtremepush.com/reference/user-profile-import
  "ETL"  narrowed  2 of ${PERMISSION_IDS.length} -> 1 of ${PERMISSION_IDS.length}  index.ts:6
    Export
      - Start a background export of a segment's devices or profiles  export:segment  critical: takes personal data out in bulk
        https://docs.xtremepush.com/reference/task-methods
  "Gone"  narrowed, deleted  1 of ${PERMISSION_IDS.length} -> 0 of ${PERMISSION_IDS.length}
    Info
      - Read one background data task (import, deletion)  info:task  low
        https://docs.xtremepush.com/reference/task-methods
  "Old name" -> "New name"  renamed  1 of ${PERMISSION_IDS.length} -> 1 of ${PERMISSION_IDS.length}  index.ts:8

Why:
  needs approval  "CRM sync"  rule broadened  it gains permissions

digest <digest>
`,
    );
  });

  for (const format of ["text", "markdown", "json", "sarif", "annotations"]) {
    it(`prints the same bytes with no network, no HOME and no environment but PATH: ${format}`, async () => {
      const args = ["diff", "main", "HEAD", "--format", format];

      const usual = await repository.review(args, {
        HOME: homedir(),
        LANG: "tr_TR.UTF-8",
        TZ: "Asia/Tokyo",
        CI: "true",
      });
      const bare = await runReviewOffline(repository.folder, args);

      assert.deepEqual([usual.code, usual.stderr], [1, ""]);
      assert.deepEqual(bare, usual);
    });
  }

  it("exits differently when it uses the network", async () => {
    const access = {
      XTREMEPUSH_ENDPOINT: "https://access.example.com",
      XTREMEPUSH_PROJECT: "acme",
      XTREMEPUSH_TOKEN: "x",
    };

    const { code } = await runReviewOffline(repository.folder, ["diff", "main", "live"], access);

    assert.equal(code, 99);
  });

  it("decides the same with --use, whether the use can be read or not", async () => {
    const { endpoint } = await serve(problem(403, "forbidden"));
    const access = { XTREMEPUSH_ENDPOINT: endpoint, XTREMEPUSH_PROJECT: "acme", XTREMEPUSH_TOKEN: "x" };
    const usual = await repository.review(["diff", "main", "HEAD"]);

    const without = await runReviewOffline(repository.folder, ["diff", "main", "HEAD", "--use"]);
    const failed = await repository.review(["diff", "main", "HEAD", "--use"], access);

    assert.deepEqual(without, usual);
    const [note, ...more] = failed.stdout.split("\n").filter((line) => !usual.stdout.split("\n").includes(line));
    assert.match(note ?? "", /^Note: when the permissions .* could not be read: .* it is forbidden$/);
    assert.deepEqual([more, failed.code, failed.stderr], [[], usual.code, ""]);
  });

  it("prints the same bytes from the program, which also runs without a network", async () => {
    const { stdout } = await runReviewOffline(repository.folder, ["diff", "main", "program"]);

    assert.equal(stdout, (await repository.review(["diff", "main", "HEAD"])).stdout);
  });

  it("writes several formats at once, each of them valid", async () => {
    const files = ["markdown", "json", "sarif", "annotations"].map((form) => `--write=${form}=${form}.out`);
    const { code, stdout } = await repository.review(["diff", "main", "HEAD", "--format", "json", ...files]);
    const schema = await repository.review(["schema"]);
    const written = (form: string) => readFileSync(path.join(repository.folder, `${form}.out`), "utf8");
    const [markdown, json, sarif, annotations] = ["markdown", "json", "sarif", "annotations"].map(written);
    for (const form of ["markdown", "json", "sarif", "annotations"]) rmSync(`${repository.folder}/${form}.out`);

    assert.equal(code, 1);
    assert.equal(json, stdout);
    const validate = new Ajv2020({ strict: false }).compile(JSON.parse(schema.stdout));
    assert.ok(validate(JSON.parse(json ?? "")), JSON.stringify(validate.errors));
    const { headings, codes } = renderedMarkdown(markdown ?? "");
    assert.deepEqual(headings, [
      "Broadens access: 1 client, +1 permission, 1 high; -2; 1 renamed; 1 deleted",
      "Permissions",
      "Clients",
    ]);
    assert.deepEqual(
      codes.flatMap((cells) => (cells.length === 4 ? (cells[2] ?? []) : [])),
      ["+import:profile", "-export:segment", "-info:task"],
    );
    assert.deepEqual(
      sarifResults(sarif ?? "").map(({ ruleId }) => ruleId),
      ["gains-high"],
    );
    assert.equal(
      annotations,
      `::warning title=Needs approval::${headings[0]}
::warning file=index.ts,line=4,title=broadened::"CRM sync" +import:profile
`,
    );
  });

  it("finds nothing to decide when nothing changes", async () => {
    const { code, stdout } = await repository.review(["diff", "HEAD", "HEAD"]);

    assert.equal(code, 0);
    assert.match(stdout, /^No change to access\nNothing to decide /);
  });
});

describe("a comparison that cannot be made", function () {
  this.timeout(60_000);
  let repository: ReviewRepository;

  before(async () => {
    repository = openReviewRepository();
    repository.write("index.ts", reviewProgram(BASE));
    await repository.review(["lock"]);
    repository.commit("four clients");
  });
  after(() => removeTemporaryFolders());

  async function refuses(args: readonly string[], sentence: RegExp): Promise<void> {
    const { code, stdout, stderr } = await repository.review(args);
    assert.equal(code, 3, stdout + stderr);
    assert.equal(stdout, "");
    assert.match(stderr, sentence);
    assert.equal(stderr.trimEnd().split("\n").length, 1, stderr);
  }

  /** A second stack, with the same clients. */
  function addStackDev(): void {
    const lock = repository.git("show", "main:access/access.prod.json");
    repository.write("access/access.dev.json", lock.replaceAll(":prod::", ":dev::").replace('"prod"', '"dev"'));
  }

  it("names a ref that does not exist", async () => {
    await refuses(
      ["diff", "origin/main", "HEAD"],
      /^"origin\/main" is not a commit in this repository; in a shallow clone, fetch it/,
    );
    await refuses(
      ["diff", "main", "."],
      /^"\." is not a commit in this repository; .+; the working tree is called program$/m,
    );
    await refuses(["diff", "--", "--upload-pack=x", "HEAD"], /^"--upload-pack=x" is not a commit/);
  });

  it("does not read a file of the change in place of a missing branch", async () => {
    repository.write("origin/main", "{}");

    await refuses(["diff", "origin/main", "HEAD"], /is not a commit/);
  });

  it("names a broken lock file", async () => {
    repository.git("switch", "--quiet", "--create", "broken");
    repository.write("access/access.prod.json", '{ "version": 1,');
    repository.commit("break it");

    await refuses(
      ["diff", "main", "broken"],
      /^broken:access\/access.prod.json cannot be read, because it is not valid JSON; /,
    );
    repository.git("switch", "--quiet", "main");
  });

  it("names a lock file at the path of another stack", async () => {
    repository.write("access/access.dev.json", repository.git("show", "main:access/access.prod.json"));

    await refuses(
      ["check"],
      /^access\/access.dev.json is the lock file of another stack: it belongs at access\/access.prod.json/,
    );
    rmSync(`${repository.folder}/access/access.dev.json`);
  });

  it("names a HEAD without a lock file", async () => {
    repository.git("switch", "--quiet", "--create", "unlocked");
    repository.git("rm", "--quiet", "-r", "access");
    repository.commit("no lock");

    await refuses(["diff", "main", "unlocked"], /^unlocked has no lock file in access\//);
    repository.git("switch", "--quiet", "main");
  });

  it("accepts a stack by each of its names, and names one that neither side has", async () => {
    const { code, stdout } = await repository.review(["diff", "main", "main", "--stack", "acme/prod"]);

    assert.equal(code, 0, stdout);
    await refuses(["diff", "main", "main", "--stack", "acme/prd"], /^neither main nor main has the stack "acme\/prd"/);
    await refuses(["diff", "main", "main", "--stack", "../prod"], /is not a stack name/);
  });

  it("names a stack whose lock file HEAD removes, unless HEAD removes the stack", async () => {
    repository.git("switch", "--quiet", "--create", "two-stacks");
    repository.write("Pulumi.dev.yaml", "config: {}\n");
    addStackDev();
    repository.commit("two stacks");
    repository.git("rm", "--quiet", "access/access.prod.json");
    repository.commit("no lock of prod");

    await refuses(
      ["diff", "two-stacks~1", "two-stacks"],
      /^two-stacks has no lock file of the stack "prod" but still has Pulumi.prod.yaml; write the lock file with `xtremepush-access-review lock --stack prod`/,
    );
    const { code, stderr } = await repository.review(["check"]);
    assert.equal(code, 1);
    assert.equal(
      stderr,
      "access/access.prod.json does not exist; run `xtremepush-access-review lock --stack prod` and commit it\n",
    );

    repository.git("rm", "--quiet", "Pulumi.prod.yaml");
    repository.commit("no prod");
    assert.equal((await repository.review(["diff", "two-stacks~2", "two-stacks"])).code, 1);
    repository.git("switch", "--quiet", "main");
  });

  it("reports a stack without configuration as uncertain when HEAD removes its lock file", async () => {
    repository.git("switch", "--quiet", "--create", "unconfigured");
    addStackDev();
    repository.commit("two stacks");
    repository.git("rm", "--quiet", "access/access.dev.json");
    repository.commit("no lock of dev");

    const { code, stdout } = await repository.review(["diff", "unconfigured~1", "unconfigured"]);

    assert.equal(code, 1, stdout);
    assert.match(stdout, /^Not certain: access, stack dev: unconfigured no longer has its lock file, /m);
    repository.git("switch", "--quiet", "main");
  });

  it("asks which stacks are live when it does not know any", async () => {
    const live = { XTREMEPUSH_ENDPOINT: "http://127.0.0.1:9", XTREMEPUSH_PROJECT: "1", XTREMEPUSH_TOKEN: "x" };
    const { code, stderr } = await repository.review(["diff", "live", "live", "--program", ".github"], live);

    assert.equal(code, 3);
    assert.match(stderr, /^`live` does not know which stacks to read; /);
  });

  it("reports what a program throws", async () => {
    repository.write("index.ts", 'throw new Error("no such region");\n');

    await refuses(["diff", "main", "program"], /no such region/);
  });

  it("names rules of BASE that cannot be read", async () => {
    repository.write("access-review.yaml", "rules: [");
    repository.commit("break the rules");

    await refuses(["diff", "HEAD", "HEAD"], /^HEAD:access-review.yaml is not valid YAML/);
  });

  it("names rules of BASE that are not a file", async () => {
    rmSync(`${repository.folder}/access-review.yaml`);
    symlinkSync("Pulumi.yaml", `${repository.folder}/access-review.yaml`);
    repository.commit("link the rules");

    await refuses(["diff", "HEAD", "HEAD"], /^access-review.yaml in HEAD is not a regular file/);
  });

  it("refuses wrong arguments", async () => {
    for (const args of [["diff", "main"], ["diff", "main", "HEAD", "--format", "pdf"], ["nothing"]]) {
      assert.equal((await repository.review(args)).code, 3);
    }
  });
});

describe("the rules of BASE", function () {
  this.timeout(60_000);
  let repository: ReviewRepository;
  const waiver = `version: 1
rules:
  - { id: no-import, outcome: deny, reason: imports go through the warehouse, when: { scope: import } }
`;

  before(async () => {
    repository = openReviewRepository();
    repository.write("index.ts", reviewProgram(BASE));
    repository.write("access-review.yaml", waiver);
    await repository.review(["lock"]);
    repository.commit("four clients");
    repository.git("switch", "--quiet", "--create", "change");
    repository.write("index.ts", reviewProgram(HEAD));
    repository.write(
      "access-review.yaml",
      `${waiver}waivers: [{ rule: no-import, reason: trust me, approver: me, until: 2099-01-01 }]\n`,
    );
    await repository.review(["lock"]);
    repository.commit("import, and allow it");
  });
  after(() => removeTemporaryFolders());

  it("deny what a waiver of the change itself would let through", async () => {
    for (const head of ["HEAD", "program"]) {
      const { code, stdout } = await repository.review(["diff", "main", head]);

      assert.equal(code, 2, stdout);
      assert.match(stdout, /^Denied \(rules of main:access-review.yaml\)$/m);
      assert.match(stdout, /^Note: this change also edits access-review.yaml; its edited rules do not apply yet/m);
      assert.match(stdout, /^ {2}denied {2}"CRM sync" {2}"import:profile" {2}rule no-import {2}imports go through/m);
    }
  });
});

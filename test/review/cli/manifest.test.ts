import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { readLock } from "../../../review/src/lock/lock-file";
import { removeTemporaryFolders } from "../../support/process/temporary-folder";
import { plainProgram, reviewedProgram } from "../../support/review/reviewed-program";

const CRM = plainProgram('new ApiClient("crm", { name: "CRM" });');

describe("xtremepush-access-review manifest", function () {
  this.timeout(60_000);

  after(removeTemporaryFolders);

  it("prints the manifest of the only stack, without the program's own output", async () => {
    const program = reviewedProgram({
      "Pulumi.prod.yaml": "config: {}\n",
      "index.js": plainProgram(
        'console.log("{}");',
        'console.error("::error::noise");',
        'require("node:fs").writeSync(1, "written\\n");',
        'require("node:child_process").execSync("echo spawned", { stdio: "inherit" });',
        'new ApiClient("crm", { name: "CRM \\u202e##[error]" });',
      ),
    });

    const { code, stdout, stderr } = program.manifest([]);

    assert.equal(code, 0, stderr);
    assert.equal(stderr, "");
    assert.deepEqual(readLock(stdout, "stdout"), await program.read({ stack: "prod" }));
    assert.ok(stdout.includes('"name": "CRM \\u202e\\u0023#[error]"'), stdout);
  });

  it("prints the same bytes whatever the environment holds", () => {
    const program = reviewedProgram({
      "index.js": plainProgram(
        'const { writeFileSync } = require("node:fs");',
        'writeFileSync("environment", Object.keys(process.env).filter((name) => !/^(PULUMI|ACCESS_REVIEW)_/.test(name)).sort().join());',
        'new ApiClient("crm", { name: process.env.HOME ?? process.env.XTREMEPUSH_TOKEN ?? "CRM" });',
      ),
    });
    const bare = program.manifest(["--stack", "dev"]);
    const full = program.manifest(["--stack", "dev"], {
      HOME: program.folder,
      LANG: "de_DE.UTF-8",
      NODE_V8_COVERAGE: path.join(program.folder, "coverage"),
      NODE_COMPILE_CACHE: path.join(program.folder, "compiled"),
      HTTPS_PROXY: "http://192.0.2.1:3128",
      PULUMI_ACCESS_TOKEN: "pul-secret",
      PULUMI_CONFIG_PASSPHRASE: "secret",
      XTREMEPUSH_TOKEN: "xpat_secret",
      XTREMEPUSH_OWNER: "somebody",
      AWS_SECRET_ACCESS_KEY: "secret",
    });

    assert.equal(bare.code, 0, bare.stderr);
    assert.equal(full.stdout, bare.stdout);
    assert.equal(JSON.parse(bare.stdout).clients[0].name, "CRM");
    assert.equal(readFileSync(path.join(program.folder, "environment"), "utf8"), "NODE_OPTIONS,PATH");
  });

  it("prefers configuration from the command line to the files", () => {
    const program = reviewedProgram({
      "Pulumi.yaml":
        "name: programs\nruntime:\n  name: nodejs\n  options:\n    typescript: false\n    nodeargs: --title 'a b'\nmain: src/main.js\n",
      "Pulumi.dev.yaml": "config:\n  programs:name: of the file\n  programs:title: x\n",
      "src/main.js": plainProgram(
        "const config = new pulumi.Config();",
        'new ApiClient("crm", { name: config.require("name") + process.title + pulumi.getOrganization() });',
      ),
    });

    const { code, stdout, stderr } = program.manifest(["--stack", "acme/programs/dev", "--config", "name=a=b "]);

    assert.equal(code, 0, stderr);
    const [client] = JSON.parse(stdout).clients;
    assert.equal(client.name, "a=b a bacme");
    assert.equal(client.source, "src/main.js:5");
    assert.match(client.owner, /^acme\/urn:pulumi:dev::programs::/);
  });

  for (const { title, files, args, sentence } of [
    {
      title: "a folder without a program",
      files: {},
      args: ["--program", "nowhere"],
      sentence: /^nowhere has no Pulumi\.yaml; pass the folder of the Pulumi program with --program\n$/,
    },
    {
      title: "a program of another language",
      files: { "Pulumi.yaml": "name: programs\nruntime: python\n" },
      args: ["--stack", "dev"],
      sentence: /^Pulumi\.yaml has the runtime python; only nodejs programs can be reviewed\n$/,
    },
    {
      title: "several stacks and none named",
      files: { "Pulumi.dev.yaml": "", "Pulumi.prod.yaml": "" },
      args: [],
      sentence: /has the stacks dev, prod; name the stack with --stack\n$/,
    },
    {
      title: "a stack that is a path",
      files: {},
      args: ["--stack", "../dev"],
      sentence: /^"\.\.\/dev" is not a stack name: write dev, acme\/dev or acme\/shop\/dev\n$/,
    },
    {
      title: "configuration that is not valid YAML",
      files: { "Pulumi.dev.yaml": "config: [\n" },
      args: ["--stack", "dev"],
      sentence: /Pulumi\.dev\.yaml cannot be read: .+\n$/,
    },
    {
      title: "a main outside of the project",
      files: { "Pulumi.yaml": "name: programs\nruntime: nodejs\nmain: ../other\n" },
      args: ["--stack", "dev"],
      sentence: /main must be a path below its folder, but it is \.\.\/other\n$/,
    },
    {
      title: "a program that throws",
      files: { "index.js": 'throw new Error("no\\u001b[2J\\n::error::partners");' },
      args: ["--stack", "dev"],
      sentence: /^the program of programs, stack dev, failed at index\.js:1: no\\u\{1b\}\[2J ::error::partners\n$/,
    },
  ]) {
    it(`exits with 3 and one sentence for ${title}`, () => {
      const { code, stdout, stderr } = reviewedProgram({ "index.js": CRM, ...files }).manifest(args);

      assert.deepEqual([code, stdout], [3, ""], stderr);
      assert.match(stderr, sentence);
      assert.equal(stderr.split("\n").length, 2);
    });
  }

  it("exits with 3 for wrong arguments", () => {
    const program = reviewedProgram({ "index.js": CRM });

    assert.equal(program.manifest(["--timeout", "soon"]).code, 3);
    assert.equal(program.manifest(["--config", "name"]).code, 3);
  });

  it("says in its help what runs and what does not", () => {
    const { code, stdout } = reviewedProgram({}).manifest(["--help"]);

    assert.equal(code, 0);
    assert.match(stdout, /What runs: /);
    assert.match(
      stdout,
      /Only connections of Node\.js are stopped on this system|runs in a network namespace of its own/,
    );
    assert.match(stdout, /What does not run: /);
    assert.match(stdout, /This is not a sandbox/);
  });
});

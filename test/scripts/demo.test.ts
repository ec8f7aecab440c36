import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { runCommand } from "../../scripts/pulumi-cli/run-command";
import { isPortFree } from "../support/deploy/supervised";
import { brokenPulumiPath, demoFolder, demoFolders, processesOf } from "../support/process/demo";
import { startScript } from "../support/process/script-process";
import { removeTemporaryFolders } from "../support/process/temporary-folder";
import { until } from "../support/process/until";

describe("npm run demo", function () {
  this.timeout(240_000);
  let before: string[];

  beforeEach(() => {
    before = demoFolders();
  });

  after(removeTemporaryFolders);

  it("tells its eight steps on the real CLI, without a secret, and leaves nothing behind", async () => {
    const demo = startScript("scripts/demo/main.ts", [], {
      XTREMEPUSH_ENDPOINT: "http://127.0.0.1:9",
      DATABASE_URL: "postgres://nobody@127.0.0.1:9/nothing",
      PULUMI_STACK: "another",
    });

    const code = await demo.ended;

    const output = demo.output();
    assert.equal(code, 0, output);
    assert.deepEqual(output.match(/^\d\. /gm), ["1. ", "2. ", "3. ", "4. ", "5. ", "6. ", "7. ", "8. "]);
    assert.match(output, /^ {5}scope: (?=.*import:profile)(?=.*info:task)(?=.*list:segment)\S+ \S+ \S+$/m);
    assert.match(output, /permissions: \{\n +- import:profile: true\n +\+ list:profile {2}: true\n +\}\n/);
    assert.match(output, /pulumi refresh.*\n.*\n +~ permissions: \{\n +\+ export:segment: true\n +\}\n/);
    assert.match(output, /permissions: \{\n +- export:segment: true\n +\}\n/);
    assert.match(output, / ana {2}grant\.update {2}\+export:segment$/m);
    assert.match(
      output,
      /external\/list\/segment\n {5}200 .*"success":true.*\n {5}\(the API got it with the app token/,
    );
    assert.match(
      output,
      /external\/import\/profile\n {5}403 import\/profile needs import:profile .*\n {5}Add it to the client's ScopeGrant, /,
    );
    assert.match(output, /pulumi up.*\n.*: \+import:profile .*\n(.*\n){1,6}.*external\/import\/profile\n {5}200 /);
    const [, refused] =
      /: -import:profile .*\n(?:.*\n){1,6}.*\n {5}403 permission_denied, (\d+) ms after/.exec(output) ?? [];
    // A second is promised; a machine that tests something else besides takes longer now and then.
    assert.ok(Number(refused) < 6_000, output);
    assert.match(output, /^ {7}delivered {2}client "CRM sync" -> dotenv \.env\.pr-12$/m);
    assert.match(output, /^ {5}scope: (?=.*import:profile)(?=.*info:task)(?=.*list:profile)\S+ \S+ \S+$/m);
    assert.match(output, /^ {5}pr-12 is down\.$/m);
    assert.match(output, /client list --project acme-pr-12\n {5}\(nothing\)$/m);
    assert.match(output, /^Done in \d+ s/m);
    assert.doesNotMatch(output, /xpcs_|xpat_|eyJ|\p{Cc}\[/u);
    assert.deepEqual(demoFolders(), before);
  });

  it("ends what it has started and removes its folder when it is interrupted in the middle of an update", async () => {
    const demo = startScript("scripts/demo/main.ts", []);
    await demo.printed("$ pulumi up");
    const [folder = "none"] = demoFolders().filter((name) => !before.includes(name));
    const running = await processesOf(folder);

    demo.child.kill("SIGINT");
    const ended = await demo.ended;

    assert.equal(ended, "SIGINT", demo.output());
    assert.ok(running.length > 0);
    assert.deepEqual(await processesOf(folder), []);
    assert.deepEqual(demoFolders(), before);
  });

  it("ends with its backend on SIGTERM", async () => {
    const demo = startScript("scripts/demo/main.ts", []);
    await demo.printed("The backend listens on ");
    const [, endpoint = ""] = /The backend listens on (\S+)/.exec(demo.output()) ?? [];

    demo.child.kill("SIGTERM");

    assert.equal(await demo.ended, "SIGTERM");
    assert.ok(await isPortFree(Number(new URL(endpoint).port)));
  });

  it("leaves no backend when it is killed", async () => {
    const demo = startScript("scripts/demo/main.ts", []);
    await demo.printed("The backend listens on ");
    const [folder = "none"] = demoFolders().filter((name) => !before.includes(name));

    demo.child.kill("SIGKILL");

    assert.equal(await demo.ended, "SIGKILL");
    await until(async () => (await processesOf(folder)).length === 0, 60_000);
    rmSync(demoFolder(folder), { recursive: true });
  });

  it("says what has failed, with the CLI's words, and cleans up", async () => {
    const demo = startScript("scripts/demo/main.ts", [], { PATH: await brokenPulumiPath() });

    const code = await demo.ended;

    assert.equal(code, 1, demo.output());
    assert.match(demo.output(), /Step 1 of the demo failed: pulumi up.* ended with 255:\nerror: out of order/);
    assert.deepEqual(demoFolders(), before);
  });

  it("leaves the backend to whoever keeps it, and removes all by the lines that it prints", async () => {
    const demo = startScript("scripts/demo/main.ts", ["--keep"]);
    assert.equal(await demo.ended, 0, demo.output());
    const lines = demo.output().split("\n");
    const goOn = lines.slice(
      lines.findIndex((line) => line.startsWith("cd ")),
      lines.indexOf("xtremepush-access-backend client list"),
    );
    const end = lines.filter((line) => /^(kill |cd .* && rm )/.test(line));

    const script = [...goOn, "pulumi stack output clientSecret --show-secrets", "pulumi destroy --yes --skip-preview"];
    const byHand = await runCommand("sh", ["-ec", [...script, ...end].join("\n")], { timeout: 60_000 });

    assert.equal(byHand.code, 0, byHand.stderr);
    assert.match(byHand.stdout, /^xpcs_/m);
    assert.match(byHand.stdout, /- 5 deleted/);
    assert.doesNotMatch(demo.output(), /xpcs_|xpat_|eyJ/);
    assert.deepEqual(demoFolders(), before);
  });

  it("shows a command of the backend that works in the clone", async () => {
    const shown = await runCommand("npx", ["--no-install", "xtremepush-access-backend", "--version"]);

    assert.deepEqual({ code: shown.code, stdout: shown.stdout }, { code: 0, stdout: "0.1.0" });
  });
});

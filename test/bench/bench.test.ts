import assert from "node:assert/strict";
import { ENVIRONMENT_RUNS } from "../../bench/environments";
import { startScript } from "../support/process/script-process";

describe("npm run bench", function () {
  this.timeout(300_000);

  it("measures every command, variant, call and database in its smoke test", async () => {
    const bench = startScript("bench/main.ts", ["--quick"], {
      DATABASE_URL: "postgres://nobody@127.0.0.1:9/nothing",
    });

    const code = await bench.ended;

    const output = bench.output();
    assert.equal(code, 0, output);
    assert.match(output, /^Measuring .*: about \d+ min\.$/m);
    for (const command of ["up", "preview", "refresh"]) {
      assert.match(
        output,
        new RegExp(String.raw`^\| 5 \| ${command} \| 1( \| \d+\.\d\d \(\d+\.\d\d-\d+\.\d\d\)){5} \|$`, "m"),
      );
    }
    for (const command of ["up", "preview"]) {
      assert.match(
        output,
        new RegExp(String.raw`^\| ${command} \| 1( \| \d+\.\d+ \(\d+\.\d+-\d+\.\d+\)){3}( \| [1-9]\d\d?){4} \|$`, "m"),
      );
    }
    for (const database of ["PGlite, embedded", "PostgreSQL"]) {
      for (const call of ["create", "read", "list", "token"]) {
        assert.match(output, new RegExp(String.raw`^\| ${database} \| ${call} \| [1-9]\d* \|`, "m"));
      }
    }
    for (const change of ["one", "all"]) {
      assert.match(
        output,
        new RegExp(String.raw`^\| ${change} \| \d+\.\d\d \| 1 \| \d+\.\d\d \(.*\) \| [1-9][\d,]* \|$`, "m"),
      );
    }
    assert.doesNotMatch(output, /xpat_|xpcs_/);
  });

  it("measures a program with checkpoints, and what a crash of it loses, in the smoke test of the scale", async () => {
    const bench = startScript("bench/main.ts", ["--scale", "--quick"]);

    const code = await bench.ended;

    const output = bench.output();
    assert.equal(code, 0, output);
    assert.match(output, /^Measuring 20 clients and as many grants, with a crash: about \d+ min\.$/m);
    assert.match(output, /^\| up \| with \| 1( \| \d+\.\d+ \(\d+\.\d+-\d+\.\d+\)){3} \| \d+ \|/m);
    assert.match(output, /^\| refresh \| with \| 1( \| \d+\.\d+ \(\d+\.\d+-\d+\.\d+\)){3} \| \d+ \|/m);
    assert.match(output, /^- PASS: a refresh of 20 clients and 20 grants takes [1-9]\d? requests;/m);
    assert.match(output, /^- PASS: an up with checkpoints that is killed in the middle loses nothing\.$/m);
    assert.doesNotMatch(output, /xpat_|xpcs_/);
  });

  it("measures a backend that grows, and tokens beside listings, in the smoke test of the growth", async () => {
    const bench = startScript("bench/main.ts", ["--only", "growth", "--quick"]);

    const code = await bench.ended;

    const output = bench.output();
    assert.equal(code, 0, output);
    for (const call of [
      "token",
      "read",
      "list by a permission of none",
      "list live and deleted",
      "change permissions",
    ]) {
      assert.match(output, new RegExp(String.raw`^\| ${call}( \| \d+\.\d){4} \| \d+\.\d\d \|$`, "m"));
    }
    assert.match(output, /^\| 400 \| list [a-z ]+( \| \d+\.\d){4} \| \d+\.\d\d \|$/m);
    assert.doesNotMatch(output, /xpat_|xpcs_/);
  });

  it("measures a gateway, what asks it, and its memory in the smoke test of the gateway", async () => {
    const bench = startScript("bench/main.ts", ["--only", "gateway", "--quick"]);

    // Its targets are for an idle machine: only what ends a measurement early counts here.
    await bench.ended;

    const output = bench.output();
    for (const proxy of ["bare", "gateway"]) {
      assert.match(output, new RegExp(String.raw`^\| ${proxy} \| 1( \| \d+\.\d \(.*\)){3} \| [1-9]\d* \|$`, "m"));
    }
    assert.match(
      output,
      /^\| nginx with auth_request \| (1( \| \d+\.\d \(.*\)){3} \| [1-9]\d* \||not run: no nginx \| .*)$/m,
    );
    assert.match(output, /^\| 0\.0 \| [1-9][\d,]*( \| [1-9]\d*){3} \| \d\.\d\d \|$/m);
    assert.doesNotMatch(output, /xpat_|xpcs_/);
  });

  it("measures `up` of an environment beside `pulumi up` in the smoke test of environments", async () => {
    const bench = startScript("bench/main.ts", ["--only", "environments", "--quick"]);

    const code = await bench.ended;

    const output = bench.output();
    assert.equal(code, 0, output);
    for (const run of ENVIRONMENT_RUNS) {
      assert.match(output, new RegExp(String.raw`^\| ${run} \| 1( \| \d+\.\d\d \(.*\)){5} \|$`, "m"));
    }
    assert.doesNotMatch(output, /xpat_|xpcs_/);
  });

  it("names the flag that it does not understand", async () => {
    const bench = startScript("bench/main.ts", ["--sizes", "many"]);

    const code = await bench.ended;

    assert.equal(code, 1);
    assert.match(bench.output(), /--sizes takes whole numbers from 1, not "many"/);
  });
});

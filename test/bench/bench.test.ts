import assert from "node:assert/strict";
import { startScript } from "../support/script-process";

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
    for (const database of ["PGlite, embedded", "PostgreSQL"]) {
      for (const call of ["create", "read", "list", "token"]) {
        assert.match(output, new RegExp(String.raw`^\| ${database} \| ${call} \| [1-9]\d* \|`, "m"));
      }
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

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { version as sdkVersion } from "@pulumi/pulumi/package.json";
import { GO_PROGRAMS, GO_VERSION } from "../../../scripts/pulumi-cli/go-programs";
import { isNewEnough, PULUMI_VERSION } from "../../../scripts/pulumi-cli/wanted-version";

describe("isNewEnough", () => {
  const cases: readonly (readonly [string, boolean])[] = [
    ["3.259.0", true],
    ["v3.259.0", true],
    ["3.259.1", true],
    ["3.1000.0", true],
    ["3.260.0-alpha.1", true],
    ["3.259.0-alpha.1", false],
    ["3.258.99", false],
    ["3.99.0", false],
    ["4.0.0", false],
    ["2.300.0", false],
    ["", false],
    ["dev", false],
  ];
  for (const [version, expected] of cases) {
    it(`${expected ? "accepts" : "refuses"} "${version}" where 3.259.0 is wanted`, () => {
      assert.equal(isNewEnough(version, "3.259.0"), expected);
    });
  }

  it("reads versions of two numbers, as Go has them", () => {
    assert.equal(isNewEnough("1.26", "1.26"), true);
    assert.equal(isNewEnough("1.26.8", "1.26"), true);
    assert.equal(isNewEnough("1.25.12", "1.26"), false);
  });
});

describe("the wanted version", () => {
  it("is the version of @pulumi/pulumi", () => {
    assert.equal(PULUMI_VERSION, sdkVersion);
  });

  it("is the version of the npm package pulumi, which downloads that version", () => {
    const root = readFileSync(path.resolve(__dirname, "../../../package.json"), "utf8");

    assert.equal(JSON.parse(root).devDependencies.pulumi, PULUMI_VERSION);
  });

  for (const program of GO_PROGRAMS) {
    it(`is what the Go module of ${program.name} pins`, () => {
      const goMod = readFileSync(path.join(program.module, "go.mod"), "utf8");

      const pinned = /^require (\S+) v(\S+)$/m.exec(goMod);

      assert.ok(program.package.startsWith(`${pinned?.[1]}/`));
      assert.equal(pinned?.[2], program.version);
      assert.match(goMod, new RegExp(`^go ${GO_VERSION}$`, "m"));
    });
  }
});

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";

interface Locked {
  readonly resolved?: string;
  readonly link?: boolean;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

describe("package-lock.json", () => {
  const text = readFileSync(path.resolve(__dirname, "../../package-lock.json"), "utf8");
  // npm's own file; its shape is npm's.
  const packages = Object.entries<Locked>(JSON.parse(text).packages);
  const names = new Set(packages.map(([place]) => place.split("node_modules/").at(-1)));

  // npm leaves a package out that its registry did not serve on the day, and then `npm ci` fails everywhere.
  it("holds the packages of every platform", () => {
    const missing = packages.flatMap(([, { optionalDependencies = {} }]) =>
      Object.keys(optionalDependencies).filter((name) => !names.has(name)),
    );

    assert.deepEqual(missing, []);
  });

  it("names no registry", () => {
    const named = packages.filter(([, { resolved, link }]) => resolved?.includes("://") && !link);

    assert.deepEqual(named, []);
  });
});

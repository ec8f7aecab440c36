import { readFileSync, realpathSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { z } from "zod";
import { ReviewFailure } from "../../review-failure";
import { PULUMI_SDK_MIN, VERSION } from "../../version";

export interface InstalledPackages {
  /** The SDK's script that runs programs. */
  readonly runner: string;
  /** The folders of the packages whose classes make resources, with their symlinks resolved. */
  readonly folders: readonly string[];
  /** The version of the catalog of permissions. */
  readonly catalog: string;
}

/**
 * Finds the packages of a program from the folder that it runs in.
 *
 * @throws ReviewFailure when they are not installed.
 */
export function installedPackages(folder: string): InstalledPackages {
  const resolve = createRequire(path.join(folder, "program.js")).resolve;
  const runner = tryResolve(resolve, "@pulumi/pulumi/cmd/run");
  if (runner === undefined) {
    throw new ReviewFailure(
      `@pulumi/pulumi is not installed for ${folder}: install the program's packages (npm ci) first`,
    );
  }
  const sdk = path.resolve(path.dirname(runner), "../..");
  assertRecent(sdk);
  const provider = tryResolve(resolve, "pulumi-xtremepush/package.json");
  const fromProvider = provider === undefined ? resolve : createRequire(provider).resolve;
  const catalog = tryResolve(resolve, CATALOG) ?? tryResolve(fromProvider, CATALOG);
  const folders = [sdk, ...(provider === undefined ? [] : [path.dirname(provider)])];
  return {
    runner,
    folders: folders.map((found) => realpathSync(found)),
    // A program without the catalog selects nothing from it, so any version is correct.
    catalog: catalog === undefined ? VERSION : versionIn(catalog),
  };
}

/** An older SDK hands the program undefined where an invoke's result is unknown, and the program would be blamed. */
function assertRecent(sdk: string): void {
  const version = versionIn(path.join(sdk, "package.json"));
  if (version.localeCompare(PULUMI_SDK_MIN, "en", { numeric: true }) >= 0) return;
  throw new ReviewFailure(
    `the program has @pulumi/pulumi ${version}, and the review needs ${PULUMI_SDK_MIN} or newer: run \`npm install @pulumi/pulumi@^${PULUMI_SDK_MIN}\``,
  );
}

const CATALOG = "xtremepush-access/package.json";

function tryResolve(resolve: (name: string) => string, name: string): string | undefined {
  try {
    return resolve(name);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "MODULE_NOT_FOUND") return undefined;
    throw error;
  }
}

const PackageFile = z.object({ version: z.string() });

function versionIn(file: string): string {
  const read = PackageFile.safeParse(JSON.parse(readFileSync(file, "utf8")));
  if (read.success) return read.data.version;
  throw new ReviewFailure(`${file} has no version: install the program's packages again (npm ci)`);
}

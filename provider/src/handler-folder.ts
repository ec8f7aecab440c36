import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { engineText } from "./engine-text";
import { programError } from "./program-error";

const PACKAGE = "pulumi-xtremepush";
const HANDLERS = `${PACKAGE}/dynamic`;
const OWN_MANIFEST = path.resolve(__dirname, "../package.json");

/** The SDK's script that runs a program in the folder in which the engine then starts the provider. */
const RUNNER = /[\\/]@pulumi[\\/]pulumi[\\/]cmd[\\/]run(?:[\\/]index\.js)?$/;

// Read now, because a program can change it before it declares a resource.
const PROGRAM_FOLDER = process.cwd();

/** The file that each package manager writes beside the package.json that it installs. */
const INSTALLS = {
  "pnpm-lock.yaml": "pnpm install",
  "yarn.lock": "yarn install",
  "bun.lock": "bun install",
  "package-lock.json": "npm install",
} as const;

let isReachable = false;

/**
 * Refuses a program from whose folder the handlers cannot be loaded. There a preview would fail, and so would a destroy,
 * which does not run the program.
 *
 * It warns where they are of another version. It says nothing where the folder of the provider is not known: in unit tests and in programs of the Automation API.
 *
 * @throws pulumi.RunError with the line to add to which package.json.
 */
export function refuseUnreachableHandlers(): void {
  if (isReachable || !RUNNER.test(process.argv[1] ?? "")) return;
  const problem = unreachableHandlers(PROGRAM_FOLDER);
  if (problem !== undefined) throw programError(problem);
  isReachable = true;
  const other = otherHandlers(PROGRAM_FOLDER);
  if (other !== undefined) void pulumi.log.warn(engineText(other));
}

/** Says why the handlers cannot be loaded from a folder, and what to do; undefined when they can. */
export function unreachableHandlers(folder: string, ownManifest = OWN_MANIFEST): string | undefined {
  if (canResolve(HANDLERS, folder)) return undefined;
  const manifest = path.join(nearest(folder, ["package.json"])?.folder ?? folder, "package.json");
  const lock = nearest(folder, Object.keys(INSTALLS))?.name;
  const install = Object.entries(INSTALLS).find(([name]) => name === lock)?.[1] ?? "npm install";
  const version = versionIn(ownManifest);
  const line = version === undefined ? PACKAGE : `"${PACKAGE}": "${version}"`;
  return `${PACKAGE} cannot be loaded from ${folder}, where Pulumi looks for its handlers: only another package of this program depends on it. Add ${line} to the dependencies of ${manifest} (or the file: that the other package.json names), and run \`${install}\``;
}

/**
 * Says that the handlers of a folder are of another version than this package; undefined when they are of the same, and in
 * a bundle, which does not have the manifest of this package.
 */
export function otherHandlers(folder: string, ownManifest = OWN_MANIFEST): string | undefined {
  const file = manifestFrom(folder);
  const [own, other] = [versionIn(ownManifest), file === undefined ? undefined : versionIn(file)];
  if (file === undefined || own === undefined || other === undefined || own === other) return undefined;
  return `two versions of ${PACKAGE}: the program uses ${own} (${path.dirname(ownManifest)}), but Pulumi loads the handlers of ${other} (${path.dirname(file)}), which may not know what a class of ${own} declares. Name one version in every package.json, and install again`;
}

/** As Node.js finds it for the provider: from the folder upward, then in NODE_PATH. */
function canResolve(name: string, folder: string): boolean {
  try {
    createRequire(path.join(folder, "program.js")).resolve(name);
    return true;
  } catch (error) {
    // The provider reports anything else better, such as a damaged package.json.
    return !(error instanceof Error && "code" in error && error.code === "MODULE_NOT_FOUND");
  }
}

function nearest(folder: string, names: readonly string[]): { folder: string; name: string } | undefined {
  const name = names.find((each) => existsSync(path.join(folder, each)));
  if (name !== undefined) return { folder, name };
  const parent = path.dirname(folder);
  return parent === folder ? undefined : nearest(parent, names);
}

function manifestFrom(folder: string): string | undefined {
  try {
    return createRequire(path.join(folder, "program.js")).resolve(`${PACKAGE}/package.json`);
  } catch {
    // The handlers can be loaded, and only a warning depends on this.
    return undefined;
  }
}

/** The version in a manifest of this package; undefined for another file, as beside a bundle, and for one that cannot be read. */
function versionIn(manifest: string): string | undefined {
  try {
    const { name, version } = JSON.parse(readFileSync(manifest, "utf8")) as { name?: unknown; version?: unknown };
    return name === PACKAGE && typeof version === "string" ? version : undefined;
  } catch {
    return undefined;
  }
}

import { mkdir, readFile } from "node:fs/promises";
import path from "node:path";
import { parseArgs } from "node:util";
import { runCommand } from "./pulumi-cli/run-command";

const ROOT = path.resolve(__dirname, "..");
const ROOMS = ["sdk", "provider", "backend", "review", "environments", "gateway"] as const;

/**
 * The files that a package may contain: the code, its sources for the source maps, and the files that npm always adds.
 */
const ALLOWED =
  /^(dist\/.+\.(js|d\.ts)(\.map)?|src\/.+\.ts|(?:access-env|access-review|gateway)\.schema\.json|README\.md|LICENSE|package\.json)$/;

const HELP = `Builds the packages, packs them, and checks what is packed.

  npm run pack -- DIR       write the .tgz files into DIR
  npm run pack              write them into ./packages
  npm run pack -- --help    this
`;

interface Packed {
  readonly name: string;
  readonly filename: string;
  readonly size: number;
  readonly files: readonly { readonly path: string }[];
}

async function main(args: string[]): Promise<void> {
  const options = { help: { type: "boolean", short: "h" } } as const;
  const { values, positionals } = parseArgs({ args, options, allowPositionals: true });
  if (values.help) return void process.stdout.write(HELP);
  const folder = path.resolve(positionals[0] ?? path.join(ROOT, "packages"));
  await mkdir(folder, { recursive: true });
  await run("tsc", "-b", "--pretty", "false");
  const packages = await pack(folder);
  for (const each of packages) {
    assertComplete(each);
    await check(path.join(folder, each.filename));
    console.log(`${path.join(folder, each.filename)}  ${Math.ceil(each.size / 1024)} KiB, ${each.files.length} files`);
  }
  console.log(`\nTo install them: npm install ${path.join(folder, "*.tgz")} @pulumi/pulumi@${await pulumiVersion()}`);
}

async function pack(folder: string): Promise<readonly Packed[]> {
  const rooms = ROOMS.flatMap((room) => ["--workspace", room]);
  // npm pack --json prints a list with an entry for each package.
  return JSON.parse(await run("npm", "pack", "--json", "--pack-destination", folder, ...rooms));
}

/** @throws Error when a packed file does not belong there, or its source no longer exists. */
function assertComplete({ name, files }: Packed): void {
  const paths = new Set(files.map((file) => file.path));
  const strange = [...paths].filter((file) => !ALLOWED.test(file) || !paths.has(sourceOf(file)));
  if (strange.length > 0) {
    throw new Error(
      `${name} would contain files that do not belong there: ${strange.join(", ")}. Remove the dist folders, then run this again.`,
    );
  }
  for (const file of ["README.md", "LICENSE", "dist/index.js"]) {
    if (!paths.has(file)) throw new Error(`${name} lacks ${file}.`);
  }
}

function sourceOf(file: string): string {
  return file.replace(/^dist\/(.+?)\.(js|d\.ts)(\.map)?$/, "src/$1.ts");
}

/** Checks the package.json with publint, and the types with attw as Node.js resolves them. */
async function check(tarball: string): Promise<void> {
  await run("publint", "run", tarball, "--strict", "--level", "warning");
  // The packages require Node.js 22.12, so skip the resolution of Node.js 10, which does not support `exports`.
  await run("attw", tarball, "--profile", "node16", "--no-color", "--no-emoji");
}

async function pulumiVersion(): Promise<string> {
  // The root's own package.json.
  const { devDependencies } = JSON.parse(await readFile(path.join(ROOT, "package.json"), "utf8"));
  return devDependencies["@pulumi/pulumi"];
}

async function run(command: string, ...args: string[]): Promise<string> {
  const bins = path.join(ROOT, "node_modules/.bin");
  const env = { PATH: [bins, process.env["PATH"]].join(path.delimiter), FORCE_COLOR: "0" };
  const { code, stdout, stderr } = await runCommand(command, args, { cwd: ROOT, env });
  if (code === 0) return stdout;
  throw new Error(`${command} ${args.join(" ")} ended with ${code}:\n${stdout}\n${stderr}`);
}

main(process.argv.slice(2)).catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
});

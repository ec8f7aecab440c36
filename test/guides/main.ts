import path from "node:path";
import { parseArgs } from "node:util";
import { forgetOwnSettings } from "../../scripts/demo/own-settings";
import { ensurePulumiCli } from "../../scripts/pulumi-cli/ensure-pulumi-cli";
import { nothingSelected } from "../support/process/nothing-selected";
import { removeTemporaryFolders, temporaryFolder } from "../support/process/temporary-folder";
import { CHAPTERS, FIRST } from "./chapters";
import { allGuides } from "./documents";
import { type Followed, follow } from "./follow";
import { giveCliToLauncher, givePackages, givePackedFiles, giveProgram } from "./kit";
import { Place } from "./place";
import type { Chapter, Step } from "./plan";

const HELP = `Follows the README, docs/backend.md, docs/operations.md and the guides, block by block, with the packed packages in empty folders: runs the commands,
writes the files, and compares what the guides show. A block that cannot run has its reason in test/guides/chapters.ts.

  npm run test:guides                     all of them, five minutes
  npm run test:guides -- --only rotate    those whose path contains a word; the README installs the packages first
  npm run test:guides -- --help           this

It ends with 1 when a guide does not work as written.
`;

/** Hundreds of Node.js processes load the same packages. */
const COMPILED = path.resolve(__dirname, "../../node_modules/.cache/node-compile");

/** Two, because each of them runs Pulumi, which takes a core. */
const AT_ONCE = 2;

interface World {
  readonly under: string;
  readonly cli: string;
}

async function main(args: string[]): Promise<number> {
  const options = { only: { type: "string", default: "" }, help: { type: "boolean", short: "h" } } as const;
  const { values } = parseArgs({ args, options });
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  forgetOwnSettings();
  process.env["NODE_COMPILE_CACHE"] ??= COMPILED;
  const guides = allGuides().filter((guide) => guide.includes(values.only));
  if (guides.length === 0) return nothingSelected(values.only, allGuides());
  const { binDir } = await ensurePulumiCli({ report: () => {} });
  const start = performance.now();
  try {
    const failed = await followAll(guides, { under: temporaryFolder(), cli: binDir });
    process.stdout.write(`${guides.length} guides in ${seconds(start)} s\n`);
    process.stdout.write(`${guides.length - failed} passed, ${failed} failed\n`);
    return failed === 0 ? 0 : 1;
  } finally {
    removeTemporaryFolders();
  }
}

/** Returns how many failed. */
async function followAll(guides: readonly string[], world: World): Promise<number> {
  const first = await Place.open({ ...world, isClone: true });
  giveCliToLauncher(first, world.cli);
  const installed = Promise.withResolvers<void>();
  const passed = ({ block }: Step) => block.text.includes("npm install") && installed.resolve();
  const readme = report(FIRST, () => follow(FIRST, { place: first, chapter: CHAPTERS[FIRST] ?? {}, passed }));
  // A README that fails before it has installed the packages leaves nothing to follow.
  const isInstalled = await Promise.race([installed.promise.then(() => true), readme]);
  const others = isInstalled ? guides.filter((guide) => guide !== FIRST) : [];
  const results = await inTurn(others, (guide) => report(guide, () => followIn(guide, first, world)));
  const didReadme = await readme;
  await first.close();
  return [didReadme, ...results].filter((isRight) => !isRight).length;
}

async function followIn(guide: string, first: Place, world: World): Promise<Followed> {
  const chapter: Chapter = CHAPTERS[guide] ?? {};
  const place = await Place.open(world);
  try {
    const { begins = "program" } = chapter;
    if (begins === "files") givePackedFiles(first, place);
    if (begins === "packages" || begins === "program") await givePackages(first, place);
    if (begins === "program") await giveProgram(first, place);
    return await follow(guide, { place, chapter });
  } finally {
    await place.close();
  }
}

/** Works through a list with `AT_ONCE` hands, one of which may still hold the README. */
async function inTurn(guides: readonly string[], work: (guide: string) => Promise<boolean>): Promise<boolean[]> {
  const waiting = [...guides];
  const results: boolean[] = [];
  const hand = async () => {
    for (let guide = waiting.shift(); guide !== undefined; guide = waiting.shift()) results.push(await work(guide));
  };
  await Promise.all(Array.from({ length: AT_ONCE }, hand));
  return results;
}

async function report(guide: string, work: () => Promise<Followed>): Promise<boolean> {
  const start = performance.now();
  try {
    const { done, skipped } = await work();
    const rest = skipped === 0 ? "" : `, ${skipped} not run, with a reason`;
    process.stdout.write(`ok  ${guide}: ${done} blocks${rest} (${seconds(start)} s)\n`);
    return true;
  } catch (error) {
    process.stdout.write(`FAILED  ${guide} (${seconds(start)} s)\n${error instanceof Error ? error.message : error}\n`);
    return false;
  }
}

function seconds(start: number): string {
  return ((performance.now() - start) / 1_000).toFixed(1);
}

main(process.argv.slice(2)).then(
  (code) => process.exit(code),
  (error: unknown) => {
    console.error(error);
    process.exit(1);
  },
);

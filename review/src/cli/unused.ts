import { Command, InvalidArgumentError } from "commander";
import { CONFIGURATION_KEYS } from "pulumi-xtremepush/protocol";
import { USE_DAYS } from "xtremepush-access/schemas";
import { count } from "xtremepush-access/text";
import { pathFromRoot } from "../git/commit";
import { readLocks } from "../lock/locks";
import { EXIT_CODES } from "../model/decision";
import { quoted, SENTENCE_MAX, visible, visibleJson, word } from "../outputs/visible";
import { readPulumiProject } from "../program/project/pulumi-project";
import { configuredStacks, readConfiguration, stackNameOf } from "../program/project/stack-configuration";
import { readProgram } from "../program/read-program";
import { sideBySide } from "../program/side-by-side";
import { ReviewFailure } from "../review-failure";
import type { JudgedGrant } from "../unused/judge";
import { type Proposal, type SmallerGrants, smallerGrants } from "../unused/smaller-grant";
import { print } from "./print";
import { type ProgramOptions, withProgramOptions } from "./review-options";

interface UnusedOptions extends ProgramOptions {
  readonly days: number;
  readonly json: boolean;
}

/** The version of the JSON output. Within one version, fields are only added. */
const UNUSED_VERSION = 1;

const HELP = `
Runs the program, reads what gateways have counted from XTREMEPUSH_ENDPOINT with a viewer's XTREMEPUSH_TOKEN, and prints a unified diff:
  $ xtremepush-access-review unused > smaller.patch
  $ git apply smaller.patch

The project is xtremepush:project of the stack's configuration, else XTREMEPUSH_PROJECT. Without --stack, reads each stack that has a
lock file, or the only one; a line goes only when no client of these stacks uses what it grants. What it cannot remove, what is
not known, and which stacks it did not read, it says on standard error. It changes no file.

Exit codes: 0 all that is unused is in the diff, or nothing is unused; 1 a part of it is not, or the diff takes away from a stack
that was not read; 3 it could not be read.`;

/** `unused`: proposes the smaller grants as a diff of the program's lines. */
export function unusedCommand(): Command {
  const command = new Command("unused")
    .description("Prints a diff of the program that removes the permissions that its clients do not use.")
    .option("--days <days>", `not used for so many days, at most ${USE_DAYS}`, readDays, 90)
    .option("--json", "write JSON, with the diff as `patch`", false)
    .addHelpText("after", HELP);
  return withProgramOptions(command).action(async (options: UnusedOptions) => {
    const { grants, stacks } = await judged(options);
    const program = { folder: options.program, prefix: await pathFromRoot(options.program) };
    const { proposals, patch } = await smallerGrants(grants, program);
    const left = proposals.filter(({ notWritten }) => notWritten !== null);
    const others = await otherStacks(options.program, stacks);
    const isBlind = patch !== "" && others.length > 0;
    if (left.length > 0 || isBlind) process.exitCode = EXIT_CODES.approval;
    if (options.json) return print(visibleJson(report(grants, { proposals, patch, others }, options)));
    const lines = [...remarks(grants, proposals, options.days), ...(isBlind ? [remarkOnOthers(others)] : [])];
    process.stderr.write(lines.map((line) => `${line}\n`).join(""));
    await print(patch);
  });
}

function readDays(text: string): number {
  const days = Number(text);
  if (Number.isInteger(days) && days >= 1 && days <= USE_DAYS) return days;
  throw new InvalidArgumentError(`Give a whole number of days, 1 to ${USE_DAYS}.`);
}

interface Judged {
  readonly grants: readonly JudgedGrant[];
  /** The stacks that were read. */
  readonly stacks: ReadonlySet<string>;
}

async function judged({ program: folder, stack: asked, timeout, days }: UnusedOptions): Promise<Judged> {
  const project = readPulumiProject(folder);
  const locked = asked.length > 0 ? [] : await lockedStacks(folder);
  const names = asked.length > 0 ? asked : locked.length > 0 ? locked : [undefined];
  // The AccessClient takes long to load.
  const { useReader } = await import("../unused/use-reader.js");
  const reader = useReader({ environment: process.env, now: new Date(), days });
  const grants: JudgedGrant[] = [];
  const stacks = new Set<string>();
  for (const read of sideBySide(names, (stack) => readProgram({ folder, stack, timeoutSeconds: timeout }))) {
    const manifest = await read;
    const [doubt] = manifest.uncertain;
    if (doubt !== undefined) {
      throw new ReviewFailure(`it is not certain what the stack ${quoted(manifest.stack)} declares: ${doubt}`);
    }
    const { values } = readConfiguration(project, stackNameOf(project, manifest.stack).stack, {});
    const [endpoint, slug] = [values[CONFIGURATION_KEYS.endpoint], values[CONFIGURATION_KEYS.project]];
    grants.push(...(await reader.judge(manifest, { endpoint, project: slug })));
    stacks.add(manifest.stack);
  }
  return { grants, stacks };
}

async function lockedStacks(folder: string): Promise<string[]> {
  return [...new Set((await readLocks(folder)).map(({ stack }) => stack))];
}

/** The stacks of the program whose use was not read; a diff changes the program for them, too. */
async function otherStacks(folder: string, read: ReadonlySet<string>): Promise<string[]> {
  const configured = configuredStacks(readPulumiProject(folder).configFolder);
  const all = new Set([...configured, ...(await lockedStacks(folder))]);
  return [...all].filter((stack) => !read.has(stack)).sort();
}

function remarkOnOthers(others: readonly string[]): string {
  return `the diff changes the program for ${others.map((stack) => word(stack)).join(", ")}, too, whose use was not read`;
}

function remarks(grants: readonly JudgedGrant[], proposals: readonly Proposal[], days: number): string[] {
  const left = proposals.flatMap(({ permission, client, stack, notWritten }) =>
    notWritten === null
      ? []
      : [
          `not written: ${permission} of ${quoted(client)} in ${word(stack)}, ${notWritten.source === null ? "" : `${word(notWritten.source)}: `}${visible(notWritten.why, SENTENCE_MAX)}`,
        ],
  );
  const unknown = grants.flatMap(({ client, stack, notKnown }) =>
    notKnown.map(
      ({ permission, why }) =>
        `not known: ${permission === null ? "" : `${word(permission)} of `}${quoted(client)} in ${word(stack)}: ${visible(why, SENTENCE_MAX)}`,
    ),
  );
  const written = proposals.filter(({ notWritten }) => notWritten === null).length;
  const all = `${written} of ${proposals.length} unused for ${count(days, "day")} are in the diff`;
  return [
    ...left,
    ...unknown,
    proposals.length === 0 ? `nothing is known to be unused for ${count(days, "day")}` : all,
  ];
}

function report(
  grants: readonly JudgedGrant[],
  { proposals, patch, others }: SmallerGrants & { readonly others: readonly string[] },
  { days }: UnusedOptions,
) {
  const notKnown = grants.flatMap(({ pulumiProject, stack, client, clientId, source, notKnown: all }) =>
    all.map(({ permission, why }) => ({ pulumiProject, stack, client, clientId, source, permission, why })),
  );
  return { version: UNUSED_VERSION, days, unused: proposals, notKnown, otherStacks: others, patch };
}

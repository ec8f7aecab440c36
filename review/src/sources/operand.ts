import { readFile } from "node:fs/promises";
import path from "node:path";
import { type Commit, openCommit } from "../git/commit";
import { readLock } from "../lock/lock-file";
import { type BrokenLock, lockedIn, readableLocksIn, readLocks } from "../lock/locks";
import type { Manifest } from "../model/manifest";
import { readStackName } from "../program/project/stack-configuration";
import { readProgram } from "../program/read-program";
import { sideBySide } from "../program/side-by-side";
import { ReviewFailure } from "../review-failure";
import { previewManifest, type Side } from "./preview";

export interface Operand {
  readonly manifests: readonly Manifest[];
  /** Also those of the stacks that are not requested; only a commit has more. */
  readonly all: readonly Manifest[];
  /** Set for a git ref, because the rules of its commit apply. */
  readonly commit: Commit | null;
  /** The lock files of BASE that cannot be read. */
  readonly broken: readonly BrokenLock[];
  /** Whether a commit has lock files, also of other stacks than the requested ones. */
  readonly hasLocks: boolean;
}

export interface OperandContext {
  /** The folder of the program, with Pulumi.yaml and the lock files. */
  readonly folder: string;
  /** The requested stacks; empty means every stack of the operand. */
  readonly stacks: readonly string[];
  readonly environment: NodeJS.ProcessEnv;
  /** How long each run of the program may take. */
  readonly timeoutSeconds: number;
  readonly side: Side;
}

export const OPERANDS = `Each of BASE and HEAD is one of
  <git ref>       the lock files of a commit: main, HEAD, origin/main, v1.2
  <file>.json     one lock file or manifest
  program         what the program in the working tree declares
  preview:<file>  the output of \`pulumi preview --json --show-sames\`: as BASE its current state, as HEAD its planned one
  live            what the backend has; needs XTREMEPUSH_ENDPOINT, XTREMEPUSH_PROJECT and XTREMEPUSH_TOKEN (a viewer's)

A file or a preview covers one stack. It is compared only with that stack on the other side.`;

/**
 * Reads one side of a comparison. `program` and `live` read the requested stacks, else those of the other side, else those
 * with a lock file in the working tree.
 */
export async function readOperand(
  text: string,
  context: OperandContext,
  others: readonly Manifest[] = [],
): Promise<Operand> {
  const { folder, side, stacks, environment } = context;
  if (text === "program") return withoutCommit(await readPrograms(context, await stacksFor(context, others)));
  if (text === "live") {
    // The AccessClient takes long to load.
    const { liveManifests } = await import("./live.js");
    return withoutCommit(await liveManifests(await knownStacks(context, others), environment));
  }
  if (text.startsWith("preview:")) {
    const file = text.slice("preview:".length);
    return withoutCommit(filterStacks([previewManifest(await readText(file), file, side)], stacks));
  }
  if (isFile(text)) return withoutCommit(filterStacks([readLock(await readText(text), text)], stacks));
  const commit = await openCommit(folder, text, "; the working tree is called program");
  const { manifests, broken } =
    side === "base" ? await readableLocksIn(commit, text) : { manifests: await lockedIn(commit, text), broken: [] };
  return {
    manifests: filterStacks(manifests, stacks),
    all: manifests,
    commit,
    broken: broken.filter(({ file }) => stacks.length === 0 || stacks.some((stack) => mayBeOf(file, stack))),
    hasLocks: manifests.length + broken.length > 0,
  };
}

/** Whether a lock file may be of a stack, by its name. */
function mayBeOf(file: string, stack: string): boolean {
  return file.endsWith(`.${readStackName(stack).stack}.json`);
}

/** Whether an operand must be read after the other one, because it takes its stacks from there. */
export function needsOther(text: string): boolean {
  return text === "program" || text === "live";
}

/** Whether an operand is a file, which covers only one stack. */
export function isFile(text: string): boolean {
  // Judged by the name alone: a file that a change adds must not shadow a branch of the same name.
  return text.startsWith("preview:") || text.endsWith(".json");
}

function withoutCommit(manifests: readonly Manifest[]): Operand {
  return { manifests, all: manifests, commit: null, broken: [], hasLocks: true };
}

function readPrograms(
  { folder, timeoutSeconds }: OperandContext,
  stacks: readonly (string | undefined)[],
): Promise<Manifest[]> {
  return Promise.all(sideBySide(stacks, (stack) => readProgram({ folder, stack, timeoutSeconds })));
}

/** The stacks to run the program for; undefined lets the reader find the only one. */
async function stacksFor(context: OperandContext, others: readonly Manifest[]): Promise<(string | undefined)[]> {
  const known = await knownStacks(context, others);
  const names = context.stacks.length > 0 ? context.stacks : known.map(({ stack }) => stack);
  return names.length > 0 ? [...new Set(names)] : [undefined];
}

async function knownStacks({ folder, stacks }: OperandContext, others: readonly Manifest[]): Promise<Manifest[]> {
  return filterStacks(others.length > 0 ? others : await readLocks(folder), stacks);
}

/** Keeps the requested stacks. `acme/prod` also matches `prod`. */
function filterStacks(known: readonly Manifest[], asked: readonly string[]): Manifest[] {
  const names = asked.map((name) => readStackName(name).stack);
  return known.filter(({ stack }) => names.length === 0 || names.includes(stack));
}

/** Reads a file that an operand names. */
export async function readText(file: string): Promise<string> {
  try {
    return await readFile(path.resolve(file), "utf8");
  } catch {
    throw new ReviewFailure(`${file} cannot be read; check that it exists`);
  }
}

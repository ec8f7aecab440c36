import { readFile } from "node:fs/promises";
import path from "node:path";
import { type Commit, openCommit } from "../git/commit";
import { readLock } from "../lock/lock-file";
import { lockedIn, locksOf } from "../lock/locks";
import type { Manifest } from "../model/manifest";
import { readStackName } from "../program/project/stack-configuration";
import { readProgram } from "../program/read-program";
import { ReviewFailure } from "../review-failure";
import { liveManifests } from "./live";
import { previewManifest, type Side } from "./preview";

/** One side of a comparison. */
export interface Operand {
  readonly manifests: readonly Manifest[];
  /** The commit, when it is a git ref: its rules decide. */
  readonly commit: Commit | null;
}

export interface OperandContext {
  /** The folder of the program, with Pulumi.yaml and the lock files. */
  readonly folder: string;
  /** The stacks that were asked for; empty is all that the operand has. */
  readonly stacks: readonly string[];
  readonly environment: NodeJS.ProcessEnv;
  readonly side: Side;
}

export const OPERANDS = `Each of BASE and HEAD is one of
  <git ref>       the lock files of a commit: main, HEAD, origin/main, v1.2
  <file>.json     one lock file or manifest
  program         what the program in the working tree declares
  preview:<file>  what \`pulumi preview --json --show-sames\` wrote; BASE is its state, HEAD what it would make of it
  live            what the backend has, by XTREMEPUSH_ENDPOINT, _PROJECT and _TOKEN (a viewer's)

A file and a preview are of one stack, and are compared with that stack of the other side alone.`;

/**
 * Reads one side of a comparison. `program` and `live` need to know which stacks are meant: those asked for, else those
 * of the other side, else those that have a lock file in the working tree.
 */
export async function readOperand(
  text: string,
  context: OperandContext,
  others: readonly Manifest[] = [],
): Promise<Operand> {
  const { folder, side, stacks, environment } = context;
  if (text === "program") return withoutCommit(await readPrograms(folder, await stacksFor(context, others)));
  if (text === "live") return withoutCommit(await liveManifests(await knownStacks(context, others), environment));
  if (text.startsWith("preview:")) {
    const file = text.slice("preview:".length);
    return withoutCommit(filterStacks([previewManifest(await textOf(file), file, side)], stacks));
  }
  if (isFile(text)) return withoutCommit(filterStacks([readLock(await textOf(text), text)], stacks));
  const commit = await openCommit(folder, text);
  const manifests = await lockedIn(commit, text);
  if (manifests.length === 0 && side === "head") {
    throw new ReviewFailure(
      `${text} has no lock file in access/; write one with \`xtremepush-access-review lock\` and commit it`,
    );
  }
  return { manifests: filterStacks(manifests, stacks), commit };
}

/** Says whether an operand has to be read after the other one, whose stacks it takes. */
export function needsOther(text: string): boolean {
  return text === "program" || text === "live";
}

/** Says whether an operand is a file, which is of one stack and says nothing of others. */
export function isFile(text: string): boolean {
  // By the name alone: a file that a change adds must not take the place of the branch that it is compared with.
  return text.startsWith("preview:") || text.endsWith(".json");
}

function withoutCommit(manifests: readonly Manifest[]): Operand {
  return { manifests, commit: null };
}

async function readPrograms(folder: string, stacks: readonly (string | undefined)[]): Promise<Manifest[]> {
  const manifests: Manifest[] = [];
  // One after the other: each runs the program in a process of its own.
  for (const stack of stacks) manifests.push(await readProgram({ folder, stack }));
  return manifests;
}

/** Undefined lets the reader find the only stack. */
async function stacksFor(context: OperandContext, others: readonly Manifest[]): Promise<(string | undefined)[]> {
  const known = await knownStacks(context, others);
  const names = context.stacks.length > 0 ? context.stacks : known.map(({ stack }) => stack);
  return names.length > 0 ? [...new Set(names)] : [undefined];
}

async function knownStacks({ folder, stacks }: OperandContext, others: readonly Manifest[]): Promise<Manifest[]> {
  return filterStacks(others.length > 0 ? others : await locksOf(folder), stacks);
}

/** Those that were asked for, by whichever of their names: acme/prod is prod. */
function filterStacks(known: readonly Manifest[], asked: readonly string[]): Manifest[] {
  const names = asked.map((name) => readStackName(name).stack);
  return known.filter(({ stack }) => names.length === 0 || names.includes(stack));
}

async function textOf(file: string): Promise<string> {
  try {
    return await readFile(path.resolve(file), "utf8");
  } catch {
    throw new ReviewFailure(`${file} cannot be read: is it there?`);
  }
}

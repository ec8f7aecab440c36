import { quoted } from "xtremepush-access/text";
import { parse } from "yaml";
import type { Commit } from "../git/commit";
import type { Manifest } from "../model/manifest";
import { readStackName } from "../program/project/stack-configuration";
import { ReviewFailure } from "../review-failure";
import { isFile, type Operand } from "./operand";

/** One side of a comparison. */
export interface Named {
  /** The operand as it was given. */
  readonly text: string;
  readonly operand: Operand;
}

/**
 * Refuses a requested stack that neither side has, or that a file on one side does not cover. Comparing nothing with
 * nothing must not look like no change, and a file must not look as if it deleted what it does not cover.
 */
export function assertStacksExist(asked: readonly string[], base: Named, head: Named): void {
  for (const { text, operand } of [base, head].filter(({ text }) => isFile(text))) {
    const other = asked.find((name) => operand.manifests.every(({ stack }) => stack !== readStackName(name).stack));
    if (other === undefined) continue;
    throw new ReviewFailure(
      `${text} does not cover the stack ${quoted(other)}; leave out --stack to compare the stack that it covers`,
    );
  }
  const there = [...base.operand.manifests, ...head.operand.manifests].map(({ stack }) => stack);
  const missing = asked.find((name) => !there.includes(readStackName(name).stack));
  if (missing === undefined) return;
  const found =
    there.length === 0 ? "" : `; the stacks are ${[...new Set(there)].map((name) => quoted(name)).join(", ")}`;
  throw new ReviewFailure(`neither ${base.text} nor ${head.text} has the stack ${quoted(missing)}${found}`);
}

/**
 * Limits both sides to one stack when one of them is a file, which covers only that stack.
 *
 * @throws ReviewFailure when both are files and cover different stacks.
 */
export function limitToOneStack(base: Named, head: Named): { before: Operand; after: Operand } {
  const [file, other] = [base, head].filter(({ text }) => isFile(text)).flatMap(({ operand }) => operand.manifests);
  if (file === undefined) return { before: base.operand, after: head.operand };
  if (other !== undefined && keyOf(file) !== keyOf(other)) {
    throw new ReviewFailure(`${base.text} and ${head.text} cover two different stacks and cannot be compared`);
  }
  const limited = (operand: Operand) => ({
    ...operand,
    manifests: operand.manifests.filter((manifest) => keyOf(manifest) === keyOf(file)),
  });
  return { before: limited(base.operand), after: limited(head.operand) };
}

/**
 * Handles each stack whose lock file HEAD removes. When HEAD removes its configuration too, the stack is deleted;
 * otherwise what its program declares is unknown, and HEAD gets an uncertain manifest for it.
 *
 * @throws ReviewFailure when HEAD still has the configuration of such a stack.
 */
export async function addUnlockedStacks(base: Operand, { text, operand: head }: Named): Promise<Operand> {
  if (head.commit === null) return head;
  const locked = new Set(head.manifests.map(keyOf));
  const uncertain: Manifest[] = [];
  for (const manifest of base.manifests.filter((each) => !locked.has(keyOf(each)))) {
    const { stack } = manifest;
    const file = await configurationIn(head.commit, stack);
    if (file !== null) {
      throw new ReviewFailure(
        `${text} has no lock file of the stack ${quoted(stack)} but still has ${file}; write the lock file with \`xtremepush-access-review lock --stack ${stack}\` and commit it, or remove ${file} too`,
      );
    }
    const isRemoved = base.commit !== null && (await configurationIn(base.commit, stack)) !== null;
    const why = `${text} no longer has its lock file, and it never had a Pulumi.${stack}.yaml to show whether it is gone`;
    if (!isRemoved) uncertain.push({ ...manifest, clients: [], grants: [], uncertain: [why] });
  }
  return { ...head, manifests: [...head.manifests, ...uncertain] };
}

function keyOf({ pulumiProject, stack }: Manifest): string {
  return JSON.stringify([pulumiProject, stack]);
}

const EXTENSIONS = ["yaml", "yml", "json"];

/** The configuration file of a stack in a commit; null when it has none. */
async function configurationIn(commit: Commit, stack: string): Promise<string | null> {
  const folder = await configurationFolder(commit);
  for (const extension of EXTENSIONS) {
    const name = `Pulumi.${stack}.${extension}`;
    const file = folder === "" ? name : `${folder}/${name}`;
    if (await commit.has(file)) return file;
  }
  return null;
}

/** Pulumi.yaml may name another folder for the configuration of the stacks, under either of two keys. */
async function configurationFolder(commit: Commit): Promise<string> {
  for (const extension of EXTENSIONS) {
    const text = await commit.read(`Pulumi.${extension}`);
    if (text === null) continue;
    const { stackConfigDir, config } = Object(contentOf(text));
    const folder: unknown = stackConfigDir ?? config;
    return typeof folder === "string" ? folder.replace(/^(?:\.\/+)+|\/+$|^\.$/g, "") : "";
  }
  return "";
}

function contentOf(text: string): unknown {
  try {
    return parse(text);
  } catch {
    // Without a readable Pulumi.yaml, the program's own folder is the most likely one.
    return {};
  }
}

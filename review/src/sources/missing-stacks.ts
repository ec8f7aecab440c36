import { quoted } from "xtremepush-access/text";
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

/** Identifies a stack. */
export function keyOf({ pulumiProject, stack }: Manifest): string {
  return JSON.stringify([pulumiProject, stack]);
}

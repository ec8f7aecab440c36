import { quoted } from "xtremepush-access/text";
import { parse } from "yaml";
import type { Commit } from "../git/commit";
import type { Manifest } from "../model/manifest";
import { readStackName } from "../program/project/stack-configuration";
import { ReviewFailure } from "../review-failure";
import { isFile, type Operand } from "./operand";

interface Named {
  /** The operand as it was asked for. */
  readonly text: string;
  readonly operand: Operand;
}

/**
 * Refuses stacks that were asked for and are on neither side, or not in a file that is one: nothing compared with nothing
 * must not look as if nothing changed, and a file must not look as if it had deleted what it is not about.
 */
export function assertThere(asked: readonly string[], base: Named, head: Named): void {
  for (const { text, operand } of [base, head].filter(({ text }) => isFile(text))) {
    const other = asked.find((name) => operand.manifests.every(({ stack }) => stack !== readStackName(name).stack));
    if (other === undefined) continue;
    throw new ReviewFailure(`${text} is not of the stack ${quoted(other)}; leave --stack out to compare its own`);
  }
  const there = [...base.operand.manifests, ...head.operand.manifests].map(({ stack }) => stack);
  const missing = asked.find((name) => !there.includes(readStackName(name).stack));
  if (missing === undefined) return;
  const found = there.length === 0 ? "" : `; there is ${[...new Set(there)].map((name) => quoted(name)).join(", ")}`;
  throw new ReviewFailure(`neither ${base.text} nor ${head.text} has the stack ${quoted(missing)}${found}`);
}

/**
 * Both sides with the stack alone of which a file on one of them is.
 *
 * @throws ReviewFailure when they are files of two stacks.
 */
export function ofOneStack(base: Named, head: Named): { before: Operand; after: Operand } {
  const [file, other] = [base, head].filter(({ text }) => isFile(text)).flatMap(({ operand }) => operand.manifests);
  if (file === undefined) return { before: base.operand, after: head.operand };
  if (other !== undefined && keyOf(file) !== keyOf(other)) {
    throw new ReviewFailure(`${base.text} and ${head.text} are of two stacks, which say nothing of each other`);
  }
  const limited = (operand: Operand) => ({
    ...operand,
    manifests: operand.manifests.filter((manifest) => keyOf(manifest) === keyOf(file)),
  });
  return { before: limited(base.operand), after: limited(head.operand) };
}

/**
 * HEAD, with what is to be said of each stack whose lock file it no longer has: one that is gone with its configuration
 * is deleted, and of another nobody knows what its program declares.
 *
 * @throws ReviewFailure when the configuration of such a stack is still there.
 */
export async function withUnlocked(base: Operand, { text, operand: head }: Named): Promise<Operand> {
  if (head.commit === null) return head;
  const locked = new Set(head.manifests.map(keyOf));
  const uncertain: Manifest[] = [];
  for (const manifest of base.manifests.filter((each) => !locked.has(keyOf(each)))) {
    const { stack } = manifest;
    const file = await configurationIn(head.commit, stack);
    if (file !== null) {
      throw new ReviewFailure(
        `${text} has no lock file of the stack ${quoted(stack)}, and still has its ${file}; write it with \`xtremepush-access-review lock --stack ${stack}\` and commit it, or remove both`,
      );
    }
    const isRemoved = base.commit !== null && (await configurationIn(base.commit, stack)) !== null;
    const why = `${text} has no lock file of it any more, and it never had a Pulumi.${stack}.yaml that says whether it is gone`;
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

/** Pulumi.yaml may name another folder for the configuration of the stacks, by either of two names. */
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
    // Of a project that cannot be read, the folder itself is the likeliest place.
    return {};
  }
}

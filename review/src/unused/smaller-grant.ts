import { readFile } from "node:fs/promises";
import path from "node:path";
import { quoted } from "xtremepush-access/text";
import { parseSourcePosition } from "../model/source-position";
import type { JudgedGrant } from "./judge";
import { permissionListAt } from "./permission-list";
import { isShortened, type ShorterList, shorten } from "./shorten";
import { unifiedDiff } from "./unified-diff";

/** A permission that is not used, and whether the diff removes it. */
export interface Proposal extends Pick<JudgedGrant, "pulumiProject" | "stack" | "client" | "clientId" | "source"> {
  readonly permission: string;
  readonly lastUsedTime: string | null;
  /** Why the diff does not remove it, and where to look; null when it does. */
  readonly notWritten: { readonly why: string; readonly source: string | null } | null;
}

export interface SmallerGrants {
  readonly proposals: readonly Proposal[];
  /** A unified diff, with paths from the root of the repository; empty when it removes nothing. */
  readonly patch: string;
}

export interface Program {
  /** The folder of the program. */
  readonly folder: string;
  /** That folder from the root of the repository, like `infra/`. */
  readonly prefix: string;
}

/** Writes the diff of a program that removes what all grants of a line do not use. */
export async function smallerGrants(grants: readonly JudgedGrant[], program: Program): Promise<SmallerGrants> {
  const lists = new Map<string, { readonly text: string; readonly shorter: readonly ShorterList[] }>();
  const proposals: Proposal[] = [];
  const texts = sourceTexts(program);
  for (const [source, of] of Map.groupBy(grants, (grant) => grant.source)) {
    const unused = new Set(of.flatMap((grant) => [...grant.unused.keys()]));
    if (unused.size === 0) continue;
    const found = await listOf(source, texts);
    const gone = new Set<string>();
    for (const permission of unused) {
      const why = whyNotWritten(permission, of, found) ?? whyNotShorter(permission, gone, found);
      if (why === null) gone.add(permission);
      proposals.push(...of.flatMap((grant) => proposalOf(grant, permission, why)));
    }
    if ("file" in found && gone.size > 0) {
      const { text, shorter } = lists.get(found.file) ?? { text: found.text, shorter: [] };
      lists.set(found.file, { text, shorter: [...shorter, { ...found, unused: gone }] });
    }
  }
  const patches = [...lists]
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([file, { text, shorter }]) => unifiedDiff(`${program.prefix}${file}`, shorten(text, shorter)));
  return { proposals, patch: patches.join("") };
}

interface FoundList extends Omit<ShorterList, "unused"> {
  readonly file: string;
  readonly text: string;
  /** The line of its resource. */
  readonly line: number;
}

type Found = FoundList | NonNullable<Proposal["notWritten"]>;

/** A file of the program as it was when it was first read; null when it cannot be read. */
type Texts = (file: string) => Promise<string | null>;

/** Each file is read once: the places of its permissions hold for that text alone, and somebody may save it meanwhile. */
function sourceTexts({ folder }: Program): Texts {
  const read = new Map<string, Promise<string | null>>();
  return (file) => {
    const text = read.get(file) ?? readFile(path.join(folder, file), "utf8").catch(() => null);
    read.set(file, text);
    return text;
  };
}

async function listOf(source: string | null, texts: Texts): Promise<Found> {
  const position = parseSourcePosition(source);
  if (position === null) return { why: "it is not known where the program grants it", source };
  const text = await texts(position.file);
  if (text === null) return { why: "the file cannot be read", source };
  const list = permissionListAt(text, position.line);
  return "why" in list ? { why: list.why, source: `${position.file}:${list.line}` } : { ...list, ...position, text };
}

function whyNotWritten(permission: string, grants: readonly JudgedGrant[], found: Found): Proposal["notWritten"] {
  if ("why" in found) return found;
  const other = grants.find((grant) => !grant.unused.has(permission));
  const source = other?.source ?? null;
  if (other !== undefined)
    return { why: `the same line grants it to ${quoted(other.client)} in the stack ${quoted(other.stack)}`, source };
  const isListed = found.elements.some((element) => element.permission === permission);
  return isListed ? null : { why: "the list does not name it", source: grants[0]?.source ?? null };
}

/** Null when the list reads as it should without the permission and those that are gone already. */
function whyNotShorter(permission: string, gone: ReadonlySet<string>, found: Found): Proposal["notWritten"] {
  if ("why" in found) return found;
  const { text, line, file, elements } = found;
  if (isShortened(text, line, { ...found, unused: new Set([...gone, permission]) })) return null;
  const at = elements.find((element) => element.permission === permission)?.start ?? 0;
  const source = `${file}:${text.slice(0, at).split("\n").length}`;
  return { why: "a diff of these lines would break the list", source };
}

function proposalOf(grant: JudgedGrant, permission: string, notWritten: Proposal["notWritten"]): Proposal[] {
  const lastUsedTime = grant.unused.get(permission);
  if (lastUsedTime === undefined) return [];
  const { pulumiProject, stack, client, clientId, source } = grant;
  return [{ pulumiProject, stack, client, clientId, source, permission, lastUsedTime, notWritten }];
}

import { nameOf } from "pulumi-xtremepush/protocol";
import { pathStart } from "../manifest/property-path";
import { isUnknown } from "../model/manifest";
import type { ClientAccess, EngineResource } from "./client-access";
import { UNPROTECT } from "./staying";

/** What the engine replaces of one client. */
export interface Replacement {
  /** The client: it gets a new client ID and secret. */
  readonly client: boolean;
  /** Its grant alone: its permissions are taken away and given again. */
  readonly grant: boolean;
  /** Why it may be replaced; null when that is known. */
  readonly unknown: string | null;
}

/** A resource of HEAD, and what it was in BASE. */
interface ResourcePair {
  readonly before: EngineResource | undefined;
  readonly after: EngineResource;
}

export const NOT_REPLACED: Replacement = { client: false, grant: false, unknown: null };

/**
 * Finds what the engine replaces in one stack, by the id of the client in HEAD. A preview says so itself; for programs it
 * follows from the options, as in `generateStepsFromDiff` and `applyReplaceOnChanges` of the engine 3.259.0.
 */
export function replacementsIn(base: readonly ClientAccess[], head: readonly ClientAccess[]): Map<string, Replacement> {
  const before = new Map(base.flatMap(({ resources }) => resources).map((resource) => [resource.urn, resource]));
  const after = head.flatMap(({ resources }) => resources);
  const pairs = pairsOf(after, before);
  const replaced = withReplaced(
    pairs,
    pairs.filter(isReplaced).map(({ after: { urn } }) => urn),
  );
  const known = new Set(after.map(({ urn }) => urn));
  return new Map(
    head.map(({ id, resources }) => {
      const [clients, grants] = [ofKind(resources, "client"), ofKind(resources, "grant")];
      const client = clients.some(({ urn }) => replaced.has(urn));
      const grant = !client && grants.some(({ urn }) => replaced.has(urn));
      const own = pairsOf(resources, before);
      return [id, { client, grant, unknown: whyMaybe(own, known) ?? whyRefused(own, { client, grant }) }];
    }),
  );
}

/** Adds what is replaced together with these resources, by `replaceWith`. */
function withReplaced(pairs: readonly ResourcePair[], urns: readonly string[]): ReadonlySet<string> {
  const replaced = new Set(urns);
  const more = pairs.filter(
    (pair) => !replaced.has(pair.after.urn) && replaceWithOf(pair).some((other) => replaced.has(other)),
  );
  return more.length === 0 ? replaced : withReplaced(pairs, [...replaced, ...more.map(({ after }) => after.urn)]);
}

/** The engine also looks at the option in the state, so one that goes still counts. */
function replaceWithOf({ before, after }: ResourcePair): string[] {
  return [...after.options.replaceWith, ...(before?.options.replaceWith ?? [])];
}

function isReplaced({ before, after }: ResourcePair): boolean {
  if (after.options.replaced) return true;
  if (before === undefined) return false;
  return isTriggered(before, after) || isReplacedOnChange(before, after);
}

/** A trigger that comes or goes replaces nothing. */
function isTriggered({ options: before }: EngineResource, { options: after }: EngineResource): boolean {
  const [old, young] = [before.replacementTrigger, after.replacementTrigger];
  return typeof old === "string" && typeof young === "string" && old !== young;
}

function isReplacedOnChange(before: EngineResource, after: EngineResource): boolean {
  const { replaceOnChanges } = after.options;
  const keys = new Set([...Object.keys(before.inputs), ...Object.keys(after.inputs)]);
  const changed = [...keys].filter((key) => !isSame(before.inputs[key], after.inputs[key]));
  // The owner holds the URN; a side without one does not know it.
  const isOwnerKnown = before.owner !== null && after.owner !== null;
  if (before.urn !== after.urn || (isOwnerKnown && before.owner !== after.owner)) changed.push("managedBy");
  return replaceOnChanges.some((path) => {
    const start = pathStart(path);
    return start === "*" ? changed.length > 0 : changed.some((key) => key === start);
  });
}

function isSame(before: unknown, after: unknown): boolean {
  return JSON.stringify(before) === JSON.stringify(after);
}

function formerOf(
  { urn, aliases }: EngineResource,
  before: ReadonlyMap<string, EngineResource>,
): EngineResource | undefined {
  return [urn, ...aliases].flatMap((each) => before.get(each) ?? [])[0];
}

/** Why a replacement cannot be known: an unknown value decides, or a resource of another package. */
function whyMaybe(pairs: readonly ResourcePair[], known: ReadonlySet<string>): string | null {
  const [why] = pairs.flatMap((pair) => whyTriggered(pair) ?? whyChanged(pair) ?? []);
  if (why !== undefined) return why;
  const [other] = pairs.flatMap(replaceWithOf).filter((urn) => !known.has(urn));
  if (other === undefined) return null;
  return `it is replaced with ${nameOf(other)} (replaceWith), of which the review knows nothing; replacementTrigger can be reviewed`;
}

/**
 * Why the engine refuses a replacement, or may: it is protected on both sides, because a change may take the protection away
 * and replace at once. A grant is deleted before its client is replaced, so the protection that it has in BASE counts.
 */
function whyRefused(pairs: readonly ResourcePair[], replaced: Pick<Replacement, "client" | "grant">): string | null {
  const held = pairs.find(({ before, after }) => {
    if (after.kind === "grant" && replaced.client) return isHeld(before);
    return replaced[after.kind] && isHeld(before) && isHeld(after);
  });
  if (held === undefined) return null;
  const { kind, options } = held.before ?? held.after;
  if (isUnknown(options.protect)) return `${kind === "client" ? "" : "of its grant, "}${options.protect.unknown}`;
  const what = kind === "client" ? "it is" : "its grant is";
  return `${what} protected, so Pulumi refuses to replace it, and what it has stays; ${UNPROTECT}`;
}

function isHeld(resource: EngineResource | undefined): boolean {
  return resource !== undefined && resource.options.protect !== false;
}

function whyTriggered({ before, after }: ResourcePair): string | null {
  const [old, young] = [before?.options.replacementTrigger ?? null, after.options.replacementTrigger];
  if (old === null || young === null) return null;
  return [young, old].flatMap((trigger) => (typeof trigger === "string" ? [] : [trigger.unknown]))[0] ?? null;
}

function whyChanged({ before, after }: ResourcePair): string | null {
  if (before === undefined) return null;
  const starts = after.options.replaceOnChanges.map(pathStart);
  const covered = Object.keys(after.inputs).filter((key) => starts.includes("*") || starts.includes(key));
  const key = covered.find((name) => [before, after].some(({ inputs }) => isUnknown(inputs[name])));
  return key === undefined ? null : `its ${key}, whose change replaces it, is not known`;
}

function pairsOf(
  resources: readonly EngineResource[],
  before: ReadonlyMap<string, EngineResource>,
): readonly ResourcePair[] {
  return resources.map((resource) => ({ before: formerOf(resource, before), after: resource }));
}

function ofKind(resources: readonly EngineResource[], kind: EngineResource["kind"]): EngineResource[] {
  return resources.filter((resource) => resource.kind === kind);
}

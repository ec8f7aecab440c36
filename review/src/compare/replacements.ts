import { nameOf } from "pulumi-xtremepush/protocol";
import { pathStart } from "../manifest/property-path";
import type { ClientAccess, EngineResource } from "./client-access";

/** What the engine replaces of one client. */
export interface Replacement {
  /** The client: it gets a new client ID and secret. */
  readonly client: boolean;
  /** Its grant alone: its permissions are taken away and given again. */
  readonly grant: boolean;
  /** Why it may be replaced; null when that is known. */
  readonly unknown: string | null;
}

export const NOT_REPLACED: Replacement = { client: false, grant: false, unknown: null };

/**
 * Finds what the engine replaces in one stack, by the id of the client in HEAD. A preview says so itself; for programs it
 * follows from the options, as in `generateStepsFromDiff` and `applyReplaceOnChanges` of the engine 3.259.0.
 */
export function replacementsIn(base: readonly ClientAccess[], head: readonly ClientAccess[]): Map<string, Replacement> {
  const before = new Map(base.flatMap(({ resources }) => resources).map((resource) => [resource.urn, resource]));
  const after = head.flatMap(({ resources }) => resources);
  const replaced = withReplaced(
    after,
    after.filter((resource) => isReplaced(formerOf(resource, before), resource)).map(({ urn }) => urn),
  );
  const known = new Set(after.map(({ urn }) => urn));
  return new Map(
    head.map(({ id, resources }) => {
      const [clients, grants] = [ofKind(resources, "client"), ofKind(resources, "grant")];
      const client = clients.some(({ urn }) => replaced.has(urn));
      const grant = !client && grants.some(({ urn }) => replaced.has(urn));
      return [id, { client, grant, unknown: whyMaybe(resources, known) }];
    }),
  );
}

/** Adds what is replaced together with these resources, by `replaceWith`. */
function withReplaced(resources: readonly EngineResource[], urns: readonly string[]): ReadonlySet<string> {
  const replaced = new Set(urns);
  const more = resources.filter(
    ({ urn, options }) => !replaced.has(urn) && options.replaceWith.some((other) => replaced.has(other)),
  );
  return more.length === 0 ? replaced : withReplaced(resources, [...replaced, ...more.map(({ urn }) => urn)]);
}

function isReplaced(before: EngineResource | undefined, after: EngineResource): boolean {
  if (after.options.replaced) return true;
  if (before === undefined) return false;
  return isTriggered(before, after) || isReplacedOnChange(before, after);
}

/** A trigger that comes or goes replaces nothing; one that is unknown counts as changed. */
function isTriggered({ options: before }: EngineResource, { options: after }: EngineResource): boolean {
  const [old, young] = [before.replacementTrigger, after.replacementTrigger];
  if (old === null || young === null) return false;
  return typeof old !== "string" || typeof young !== "string" || old !== young;
}

function isReplacedOnChange(before: EngineResource, after: EngineResource): boolean {
  const { replaceOnChanges } = after.options;
  const keys = new Set([...Object.keys(before.inputs), ...Object.keys(after.inputs)]);
  const changed = [...keys].filter((key) => !isSame(before.inputs[key], after.inputs[key]));
  // The owner holds the URN.
  if (before.urn !== after.urn) changed.push("managedBy");
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

/** What a program declares says nothing about the replacement of other packages' resources. */
function whyMaybe(resources: readonly EngineResource[], known: ReadonlySet<string>): string | null {
  const [other] = resources.flatMap(({ options }) => options.replaceWith).filter((urn) => !known.has(urn));
  if (other === undefined) return null;
  return `it is replaced with ${nameOf(other)} (replaceWith), of which the review knows nothing; replacementTrigger can be reviewed`;
}

function ofKind(resources: readonly EngineResource[], kind: EngineResource["kind"]): EngineResource[] {
  return resources.filter((resource) => resource.kind === kind);
}

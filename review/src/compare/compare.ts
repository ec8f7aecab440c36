import { ACCESS_DIFF_VERSION, type AccessDiff, type ClientDiff, type EnvironmentDiff } from "../model/access-diff";
import type { Location, Manifest, StackId } from "../model/manifest";
import { type ClientAccess, clientAccessOf, leftAlive, locationKey, withLeftGrant } from "./client-access";
import { clientDiff, type OnBothSides } from "./client-diff";
import { countChanges, findVerdict } from "./counts";
import { digestOf } from "./digest";
import { NOT_REPLACED, type Replacement, replacementsIn } from "./replacements";

/** A stack without its resources. The clients are null where they are not known. */
interface LeftStack extends StackId {
  readonly clients: readonly unknown[] | null;
}

/**
 * Compares the access that two sides declare. Each side has one manifest per stack; a stack that one side lacks counts as
 * empty there. Equal inputs give an equal result, in any order. The stacks that HEAD gives up, in `left`, are not compared.
 */
export function compare(
  base: readonly Manifest[],
  head: readonly Manifest[],
  left: readonly LeftStack[] = [],
): AccessDiff {
  const environments = stacksOf(base, head).flatMap(environmentsOf);
  const givenUp = left
    .map(({ pulumiProject, stack, clients }) => ({ pulumiProject, stack, clients: clients?.length ?? null }))
    .sort((a, b) => byCodeUnits(JSON.stringify(a), JSON.stringify(b)));
  const uncertain = uncertainOf([...base, ...head]);
  const clients = environments.flatMap((environment) => environment.clients);
  return {
    version: ACCESS_DIFF_VERSION,
    verdict: findVerdict(clients, uncertain),
    counts: countChanges(clients),
    environments,
    uncertain,
    givenUp,
    digest: digestOf({ environments, uncertain, givenUp }),
  };
}

function uncertainOf(manifests: readonly Manifest[]): AccessDiff["uncertain"] {
  const reasons = manifests.flatMap(({ pulumiProject, stack, uncertain }) =>
    uncertain.map((why) => ({ stack, why: `${pulumiProject}, stack ${stack}: ${why}` })),
  );
  return [...new Map(reasons.map((each) => [each.why, each])).values()].sort((a, b) => byCodeUnits(a.why, b.why));
}

interface Stack {
  readonly pulumiProject: string;
  readonly stack: string;
  readonly before: Manifest | undefined;
  readonly after: Manifest | undefined;
}

function stacksOf(base: readonly Manifest[], head: readonly Manifest[]): Stack[] {
  const [before, after] = [byStack(base), byStack(head)];
  return [...new Map([...before, ...after]).entries()]
    .sort(([a], [b]) => byCodeUnits(a, b))
    .map(([key, { pulumiProject, stack }]) => ({
      pulumiProject,
      stack,
      before: before.get(key),
      after: after.get(key),
    }));
}

function byStack(manifests: readonly Manifest[]): Map<string, Manifest> {
  return new Map(manifests.map((manifest) => [JSON.stringify([manifest.pulumiProject, manifest.stack]), manifest]));
}

/** A stack has one environment, plus one for each location that an explicit `Provider` names. */
function environmentsOf({ pulumiProject, stack, before, after }: Stack): EnvironmentDiff[] {
  const [base, head] = [before ? clientAccessOf(before) : [], after ? clientAccessOf(after) : []];
  const pairs = pairsOf(base, head);
  const replacements = replacementsIn(base, head);
  const catalog =
    before && after && before.catalog !== after.catalog ? { before: before.catalog, after: after.catalog } : null;
  const locations = Map.groupBy(pairs, (pair) => locationKey(locationOf(pair)));
  return [...locations]
    .sort(([a], [b]) => byCodeUnits(a, b))
    .flatMap(([, atLocation]) => {
      const location = atLocation[0] === undefined ? null : locationOf(atLocation[0]);
      const clients = atLocation
        .map((pair) =>
          clientDiff({
            ...pair,
            replacement: replacementOf(pair, replacements),
            baseCatalog: before?.catalog ?? null,
            headCatalog: after?.catalog ?? null,
          }),
        )
        .filter(({ effects }) => !effects.includes("none"))
        .sort(byName);
      return clients.length === 0 ? [] : [{ pulumiProject, stack, location, catalog, clients }];
    });
}

/** What is new is not replaced. */
function replacementOf({ before, after }: OnBothSides, replacements: ReadonlyMap<string, Replacement>): Replacement {
  return (before !== null && after !== null && replacements.get(after.id)) || NOT_REPLACED;
}

function locationOf({ before, after }: OnBothSides): Location | null {
  return after ? after.location : (before?.location ?? null);
}

/** Finds each client of HEAD in BASE: by its own id, else by its first alias in the program's order. */
function pairsOf(base: readonly ClientAccess[], head: readonly ClientAccess[]): OnBothSides[] {
  const left = new Map(base.map((access) => [access.id, access]));
  const declared = new Set(base.filter((access) => access.declared).map(({ id }) => id));
  const take = (id: string | undefined): ClientAccess | null => {
    const access = id === undefined ? undefined : left.get(id);
    if (access === undefined) return null;
    left.delete(access.id);
    return access;
  };
  // Own ids first: an alias must not take the id of another client in HEAD.
  const own = new Map(head.map((after) => [after.id, take(after.id)]));
  const pairs = head.flatMap((after) => {
    const before = own.get(after.id);
    if (before) return pairOf(before, after);
    const aliases = [...new Set(after.aliases)].filter((alias) => declared.has(alias));
    return pairOf(
      take(aliases.find((alias) => left.has(alias))),
      aliases.length > 1 ? withAmbiguity(after, aliases) : after,
    );
  });
  return [...pairs, ...[...left.values()].map(pairWithout)];
}

function pairOf(before: ClientAccess | null, after: ClientAccess): OnBothSides[] {
  if (before === null) return [{ before, after }];
  if (!isSameLocation(before, after)) return [pairWithout(before), { before: null, after }];
  const { grantStays } = before;
  return [{ before, after: grantStays !== null && !after.granted ? withLeftGrant(before, after, grantStays) : after }];
}

/** The engine picks the alias that is in the state, and a resource in BASE's program may not be deployed. */
function withAmbiguity(after: ClientAccess, { length }: readonly string[]): ClientAccess {
  const why = `${length} of its aliases are clients in BASE, and only the state knows which one it was`;
  return { ...after, permissionsKnown: false, unknowns: [...after.unknowns, why] };
}

/** A client that the engine does not delete stays alive, but no program declares its permissions any more. */
function pairWithout(before: ClientAccess): OnBothSides {
  const after = before.stays === null ? null : leftAlive(before, before.stays);
  return { before, after };
}

/** A client that moves to another backend or project is a new client there. */
function isSameLocation(before: ClientAccess, after: ClientAccess): boolean {
  return locationKey(before.location) === locationKey(after.location);
}

function byName(a: ClientDiff, b: ClientDiff): number {
  return byCodeUnits(a.nameAfter ?? a.nameBefore ?? "", b.nameAfter ?? b.nameBefore ?? "") || byCodeUnits(a.id, b.id);
}

// Not localeCompare: the order must not depend on the reader's language.
function byCodeUnits(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

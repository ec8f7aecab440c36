import { isDeepStrictEqual } from "node:util";
import type { AccessDiff, ClientDiff, Effect } from "../../review/src/model/access-diff";
import type { Decision } from "../../review/src/model/decision";
import type { Manifest } from "../../review/src/model/manifest";
import type { Access, Happened } from "./trail";

/** What must never be found. */
export const FINDINGS = [
  "unseen gains",
  "unseen losses",
  "unseen credentials",
  "unseen clients",
  "unseen deletes",
  "clients left alive",
  "undecided gains",
  "unlike what was approved",
  "other triggers",
  "first versions that failed",
] as const;

export interface Finding {
  readonly kind: (typeof FINDINGS)[number];
  readonly detail: string;
}

/** What a diff says about one client. */
interface Said {
  readonly entries: readonly ClientDiff[];
  is(...effects: readonly Effect[]): boolean;
  /** Whether the client is replaced by another one with a new client ID. */
  readonly isReplaced: boolean;
  /** Whether a permission has a row with one of these signs. */
  has(permission: string, ...signs: readonly string[]): boolean;
}

function saidOf({ environments }: AccessDiff, id: string): Said {
  const entries = environments.flatMap(({ clients }) => clients).filter((client) => client.id === id);
  const effects = entries.flatMap((entry) => entry.effects);
  const rows = entries.flatMap(({ permissions }) => permissions);
  return {
    entries,
    is: (...asked) => asked.some((effect) => effects.includes(effect)),
    isReplaced: entries
      .flatMap(({ credentials }) => credentials)
      .some(({ credential, after }) => credential === "client ID" && after === "new"),
    has: (permission, ...signs) => rows.some((row) => row.permission === permission && signs.includes(row.sign)),
  };
}

/** The resources that have an unmanaged client after a run. */
export function abandoned(all: readonly Happened[], unmanaged: readonly string[]): string[] {
  return all.filter(({ clientIds }) => clientIds.some((id) => unmanaged.includes(id))).map(({ id }) => id);
}

/** What a run did. */
export interface Done {
  readonly happened: readonly Happened[];
  /** The resources that have left a client, or its permissions, to nobody. */
  readonly left: readonly string[];
}

/** What happened and is graver than a diff says. */
export function uncovered(diff: AccessDiff, { happened, left }: Done): Finding[] {
  if (diff.uncertain.length > 0) return [];
  return [
    ...happened.flatMap((one) => uncoveredOf(saidOf(diff, one.id), one)),
    ...left
      .filter((id) => !saidOf(diff, id).is("unknown"))
      .map((id) => ({ kind: "clients left alive", detail: `${id} is managed by nobody` }) as const),
  ];
}

function uncoveredOf(said: Said, happened: Happened): Finding[] {
  if (said.is("unknown")) return [];
  const { id, made, ended, touchesCredentials } = happened;
  const found: Finding[] = [];
  const find = (kind: Finding["kind"], what: string) => found.push({ kind, detail: `${id} ${what}` });
  const { gained, lost, passing } = permissionsOf(happened);
  for (const permission of gained) if (!said.has(permission, "+", "?")) find("unseen gains", `gains ${permission}`);
  for (const permission of lost) {
    if (!said.has(permission, "-", "?")) find("unseen losses", `loses ${permission}`);
  }
  if (passing.length > 0 && !said.isReplaced && !said.is("narrowed"))
    find("unseen losses", `loses ${passing} for a while`);
  if (made.length > 0 && !said.isReplaced && !said.is("created")) find("unseen clients", `is new as ${made}`);
  if (ended.length > 0 && !said.isReplaced && !said.is("deleted")) find("unseen deletes", `ends as ${ended}`);
  if (touchesCredentials && !said.is("credentials-changed", "created")) {
    find("unseen credentials", "has other credentials");
  }
  return found;
}

function permissionsOf({ before, after, taken, given }: Omit<Happened, "id">) {
  const [old, young] = [before?.permissions ?? [], after?.permissions ?? []];
  return {
    gained: young.filter((permission) => !old.includes(permission)),
    lost: old.filter((permission) => !young.includes(permission)),
    passing: taken.filter((permission) => given.includes(permission) && young.includes(permission)),
  };
}

/** Who is given access by what happened, though nobody has to approve it. */
export function undecided({ outcome }: Decision, happened: readonly Happened[]): Finding[] {
  if (outcome !== "nothing") return [];
  return happened
    .filter((one) => one.made.length > 0 || one.touchesCredentials || permissionsOf(one).gained.length > 0)
    .map(({ id }) => ({ kind: "undecided gains", detail: `${id} needs no approval` }));
}

/** The replacement triggers that have one hash in a program and another one in its preview. */
export function otherTriggers(program: Manifest, preview: Manifest): Finding[] {
  const planned = new Map([...preview.clients, ...preview.grants].map((one) => [one.urn, one.replacementTrigger]));
  return [...program.clients, ...program.grants].flatMap(({ urn, replacementTrigger: declared }) => {
    const real = planned.get(urn);
    const isSame = typeof declared !== "string" || typeof real !== "string" || declared === real;
    return isSame ? [] : [{ kind: "other triggers", detail: `${urn}: ${declared}, in the preview ${real}` } as const];
  });
}

/** Where what happened is not what an approved diff says. */
export function unlike(diff: AccessDiff, happened: readonly Happened[]): Finding[] {
  const ids = new Set([...diff.environments.flatMap(({ clients }) => clients.map(({ id }) => id))]);
  const seen = new Map(happened.map((one) => [one.id, one]));
  return [...new Set([...ids, ...seen.keys()])].flatMap((id) => {
    const differs = differences(saidOf(diff, id), seen.get(id) ?? NOTHING);
    return differs.map((detail) => ({ kind: "unlike what was approved", detail: `${id}: ${detail}` }) as const);
  });
}

const NOTHING: Omit<Happened, "id"> = {
  clientIds: [],
  before: null,
  after: null,
  made: [],
  ended: [],
  taken: [],
  given: [],
  touchesCredentials: false,
};

/** An overlap does nothing where no secret is superseded, so it may be approved and not happen. */
function differences(said: Said, happened: Omit<Happened, "id">): string[] {
  const { made, ended, before, after } = happened;
  const { gained, lost, passing } = permissionsOf(happened);
  const isGrantReplaced = said.entries.some(({ grantReplaced }) => grantReplaced);
  const rows = (sign: string) =>
    said.entries
      .flatMap(({ permissions }) => permissions.filter((row) => row.sign === sign))
      .map((row) => row.permission);
  const pairs: readonly (readonly [string, unknown, unknown])[] = [
    ["gained", gained, rows("+")],
    ["lost", lost, rows("-")],
    ["lost for a while", passing.length > 0 && !isGrantReplaced && !said.isReplaced, false],
    ["made", made.length > 0, said.isReplaced || said.is("created")],
    ["ended", ended.length > 0, said.isReplaced || said.is("deleted")],
    ["renamed", before !== null && after !== null && before.name !== after.name, said.is("renamed")],
    [
      "credentials",
      said.isReplaced ? [] : credentialsOf(before, after),
      said.isReplaced ? [] : approvedCredentials(said),
    ],
  ];
  return pairs.flatMap(([what, is, approved]) =>
    isDeepStrictEqual(is, approved)
      ? []
      : [`${what} is ${JSON.stringify(is)}, approved was ${JSON.stringify(approved)}`],
  );
}

/** The credentials that differ; whoever adopts a client has none of its secrets. */
function credentialsOf(before: Access | null, after: Access | null): unknown[] {
  if (before === null || after === null) return [];
  const names = [...new Set([...Object.keys(before.credentials), ...Object.keys(after.credentials)])].sort();
  return names.flatMap((name) => {
    const [old, young] = [before.credentials[name] ?? null, after.credentials[name] ?? null];
    return old === young ? [] : [[name, old, young]];
  });
}

const BESIDES = ["secretOverlap", "adopted client", "client ID"];

function approvedCredentials({ entries }: Said): unknown[] {
  return entries
    .filter(({ effects }) => !effects.includes("created") && !effects.includes("deleted"))
    .flatMap(({ credentials }) => credentials.filter(({ credential }) => !BESIDES.includes(credential)))
    .map(({ credential, before, after }) => [credential, before, after]);
}

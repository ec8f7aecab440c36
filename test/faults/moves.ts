import fc from "fast-check";
import { PERMISSIONS, type Permission } from "xtremepush-access";
import { type DeclaredClient, firstKey } from "./program";

/** A call that a step should make. */
export interface Point {
  readonly call: string;
  /** The resource's name; null for calls about none. */
  readonly client: string | null;
}

/** The program between two moves. */
export interface Model {
  readonly declared: readonly DeclaredClient[];
  /** The names of the resources whose clients this step adopts; they do not change until it is done. */
  readonly adopting: readonly string[];
  /** How many clients were created so far: no name is used twice. */
  readonly made: number;
  readonly identity: Identity;
}

/** What the owners of the program's resources begin with; null for the organization. */
export interface Identity {
  readonly owner: string | null;
  readonly stack: string;
}

/** The program after moves, and the calls that they cause. */
export interface Moved extends Model {
  /** As in `make c1, make c2`. */
  readonly title: string;
  readonly points: readonly Point[];
}

const KEY_LABELS = ["2030-q1", "2030-q2", "2030-q3"] as const;

const ALL = Object.keys(PERMISSIONS).filter((id): id is Permission => id in PERMISSIONS);
const KINDS = [
  ...["make", "rename", "describe", "permit", "permit", "revoke"],
  ...["rotate", "rotate", "rotate", "key", "key", "delete", "adopt", "adopt", "restore"],
  ...["alias", "alias", "swap", "hand over", "own", "rename the stack"],
];

/** The changes of the whole program's owner. */
const OWN_KINDS = ["own", "rename the stack"];

/** The changes of two names at once. */
const NAME_KINDS = ["swap", "hand over"];

/** Whether a change is one of the program's text alone, so that a program that goes on after a kill can have it. */
export function isOfText({ kind }: Move): boolean {
  return !OWN_KINDS.includes(kind);
}

/** One change of the program: its client, and what some kinds need besides. */
export const MOVE = fc.record({
  kind: fc.constantFrom(...KINDS),
  client: fc.nat(),
  permissions: fc.subarray(ALL, { minLength: 1, maxLength: 5 }),
  label: fc.constantFrom(...KEY_LABELS),
  /** Something that happens sometimes. */
  rarely: fc.nat(3).map((number) => number === 0),
});
export type Move = ReturnType<typeof MOVE.generate>["value"];

/** The program after moves. */
export function movedBy(before: Model, moves: readonly Move[]): Moved {
  const [first, ...more] = moves;
  if (first === undefined) return { ...before, title: "", points: [] };
  const one = moveOf(before, first);
  if (more.length === 0) return one;
  const rest = movedBy(one, more);
  return { ...rest, title: `${one.title}, ${rest.title}`, points: [...one.points, ...rest.points] };
}

/** A run that reads everything and changes nothing. */
export function refreshed(model: Model): Moved {
  const reads = model.declared.flatMap(({ key, permissions }) => [
    { call: "GET client", client: key },
    ...(permissions === null ? [] : [{ call: "GET permissions", client: key }]),
  ]);
  // From the eighth read on, one page serves all reads.
  const pages = reads.slice(7).flatMap(() => Array.from({ length: 3 }, () => ({ call: "GET clients", client: null })));
  return { ...model, title: "refresh", points: [...reads, ...pages] };
}

/** A run that destroys everything. */
export function destroyed(model: Model): Moved {
  const points = model.declared.map(({ key }) => ({ call: "DELETE client", client: key }));
  return { ...model, title: "destroy", declared: [], points };
}

function moveOf(model: Model, move: Move): Moved {
  const { declared, adopting } = model;
  const settled = declared.filter(({ key }) => !adopting.includes(key));
  const client = settled[move.client % Math.max(1, settled.length)];
  if (move.kind === "adopt" || move.kind === "restore") return adopt(model, move);
  if (OWN_KINDS.includes(move.kind)) return changeOwner(model, move);
  if (client === undefined || move.kind === "make") return make(model, move);
  const other = settled.find((one) => one !== client);
  if (other !== undefined && NAME_KINDS.includes(move.kind)) return exchangeNames(model, move, [client, other]);
  if (move.kind === "alias" && client.origin === "program") return renameResources(model, client);
  if (move.kind === "delete") {
    return {
      ...model,
      title: `delete ${client.key}`,
      declared: declared.filter((one) => one !== client),
      points: [{ call: "DELETE client", client: client.key }],
    };
  }
  const isGranted = client.granted !== null && (move.kind === "permit" || move.kind === "revoke");
  const { title, changed, calls } = CHANGES[isGranted ? "describe" : move.kind]?.(client, move) ?? rename(client);
  return {
    ...model,
    title: `${title} ${client.key}`,
    declared: declared.map((one) => (one === client ? { ...client, ...changed } : one)),
    points: calls.map((call) => ({ call, client: client.key })),
  };
}

/** Names the owner of the program, or the stack, in another way. */
function changeOwner(model: Model, { kind, client: number }: Move): Moved {
  const { owner, stack } = model.identity;
  const next = number % 1_000;
  const identity = kind === "own" ? { owner: `team-${next}`, stack } : { owner, stack: `dev-${next}` };
  const points = model.declared.flatMap(({ key, permissions }) => [
    { call: "PATCH client", client: key },
    ...(permissions === null ? [] : [{ call: "PUT permissions", client: key }]),
  ]);
  return { ...model, identity, title: kind, points };
}

/** Two clients exchange their names, or the first one gets that of the second one, which gets a new one. */
function exchangeNames(model: Model, { kind }: Move, [one, other]: readonly [DeclaredClient, DeclaredClient]): Moved {
  const names = new Map([
    [one, other.name],
    [other, kind === "swap" ? one.name : `${other.name}, new`],
  ]);
  return {
    ...model,
    title: `${kind} ${one.key}`,
    declared: model.declared.map((client) => ({ ...client, name: names.get(client) ?? client.name })),
    points: [one, other].map(({ key }) => ({ call: "PATCH client", client: key })),
  };
}

/** Gives the resources of a client another name, with an alias. */
function renameResources(model: Model, client: DeclaredClient): Moved {
  const { key, aliases, permissions } = client;
  const renamed = { ...client, key: `${firstKey(client)}r${aliases.length + 1}`, aliases: [...aliases, key] };
  return {
    ...model,
    title: `alias ${key}`,
    declared: model.declared.map((one) => (one === client ? renamed : one)),
    points: [
      { call: "PATCH client", client: key },
      ...(permissions === null ? [] : [{ call: "PUT permissions", client: renamed.key }]),
    ],
  };
}

function make(model: Model, move: Move): Moved {
  const { added, client } = withAnother(model, move, "program");
  return {
    ...added,
    title: `make ${client.key}`,
    points: ["POST clients", "PUT permissions"].map((call) => ({ call, client: client.key })),
  };
}

function adopt(model: Model, move: Move): Moved {
  const isDeleted = move.kind === "restore";
  const { added, client } = withAnother(model, move, isDeleted ? "deleted" : "by hand");
  const claim = isDeleted ? "POST restore" : "PATCH client";
  const calls = ["GET client", claim, claim, "GET permissions", "PUT permissions", "PUT permissions"];
  return {
    ...added,
    adopting: [...model.adopting, client.key],
    title: `${move.kind} ${client.key}`,
    points: calls.map((call) => ({ call, client: client.key })),
  };
}

function withAnother(model: Model, { permissions, label, rarely }: Move, origin: DeclaredClient["origin"]) {
  const made = model.made + 1;
  const version = rarely && origin === "program" ? 0 : 1;
  const client: DeclaredClient = {
    key: `c${made}`,
    aliases: [],
    granted: null,
    origin,
    name: `Client ${made}`,
    description: null,
    permissions,
    secretVersion: version,
    highestVersion: version,
    secretOverlap: null,
    // The keys of a deleted client do not work.
    labels: rarely && origin !== "deleted" ? [label] : [],
  };
  return { added: { ...model, made, declared: [...model.declared, client] }, client };
}

interface ClientChange {
  readonly title: string;
  readonly changed: Partial<DeclaredClient>;
  readonly calls: readonly string[];
}

const CHANGES: Readonly<Record<string, (client: DeclaredClient, move: Move) => ClientChange>> = {
  rename,
  describe: ({ description }) => ({
    title: "describe",
    changed: { description: description === null ? "What it is for" : null },
    calls: ["PATCH client"],
  }),
  permit: (_, { permissions }) => ({ title: "permit", changed: { permissions }, calls: ["PUT permissions"] }),
  revoke: ({ permissions }, move) => ({
    title: "revoke the grant of",
    changed: { permissions: permissions === null ? move.permissions : null },
    calls: ["GET permissions", "PUT permissions"],
  }),
  rotate,
  key: ({ labels }, { label }) => ({
    title: labels.includes(label) ? `remove the key ${label} of` : `add the key ${label} to`,
    changed: { labels: labels.includes(label) ? labels.filter((one) => one !== label) : [...labels, label] },
    calls: ["PATCH client"],
  }),
};

function rename({ name }: DeclaredClient): ClientChange {
  return { title: "rename", changed: { name: `${name}, new` }, calls: ["PATCH client"] };
}

/** At most two secrets are valid at a time: the third must end the first two. */
function rotate({ secretVersion, highestVersion }: DeclaredClient, { rarely }: Move): ClientChange {
  const calls = ["GET client", "PATCH client", "PATCH client"];
  if (rarely && secretVersion > 0) {
    return { title: "take the secret of", changed: { secretVersion: 0, secretOverlap: "0s" }, calls };
  }
  const next = highestVersion + 1;
  const secretOverlap = next > 2 ? "0s" : null;
  return { title: "rotate", changed: { secretVersion: next, highestVersion: next, secretOverlap }, calls };
}

import fc from "fast-check";
import { PERMISSIONS, type Permission } from "xtremepush-access";
import type { Fault } from "../support/fault-proxy";
import type { DeclaredClient } from "./program";

/** A fault that is to fall at a call about one client, or about none. */
export interface PlannedFault extends Point {
  readonly fault: Fault;
}

/** A call that a step is expected to make. */
export interface Point {
  readonly call: string;
  /** The resource's name; null for the calls with which each run begins. */
  readonly client: string | null;
}

/** One change of the program, and what goes wrong while it is brought to the backend. */
export interface Step {
  /** As in `make c1, make c2`. */
  readonly title: string;
  readonly declared: readonly DeclaredClient[];
  readonly faults: readonly PlannedFault[];
}

/** The life of a small program. */
export interface History {
  /** Whether the engine writes its state after each resource, or only at the end of a run. */
  readonly checkpoints: boolean;
  readonly steps: readonly Step[];
}

/** The history of a seed; the same one each time. */
export function historyOf(seed: number): History {
  const [raw] = fc.sample(fc.noBias(RAW_HISTORY), { seed, numRuns: 1 });
  if (raw === undefined) throw new Error(`no history was made of the seed ${seed}`);
  const { checkpoints, clients, first, later } = raw;
  const makes = clients.map((move) => ({ ...move, kind: "make" as const }));
  const steps: Step[] = [];
  let model: Model = { declared: [], made: 0 };
  for (const { moves, faults } of [{ moves: makes, faults: first }, ...later]) {
    const moved = movedBy(model, moves);
    steps.push({ title: moved.title, declared: moved.declared, faults: planned(moved.points, faults) });
    model = moved;
  }
  return { checkpoints, steps };
}

const KEY_LABELS = ["2030-q1", "2030-q2", "2030-q3"] as const;

const ALL = Object.keys(PERMISSIONS).filter((id): id is Permission => id in PERMISSIONS);
const KINDS = ["make", "rename", "describe", "permit", "permit", "revoke", "rotate", "rotate", "key", "key", "delete"];

const MOVE = fc.record({
  kind: fc.constantFrom(...KINDS),
  client: fc.nat(),
  permissions: fc.subarray(ALL, { minLength: 1, maxLength: 5 }),
  label: fc.constantFrom(...KEY_LABELS),
  /** Something that happens now and then. */
  rarely: fc.nat(3).map((number) => number === 0),
});
type Move = ReturnType<typeof MOVE.generate>["value"];

const FAULT = fc.record({
  point: fc.nat(),
  fault: fc.constantFrom<Fault>(
    ...(["kill-after", "kill-after", "kill-after", "kill-before"] as const),
    ...(["cut-after", "cut-after", "cut-before", "truncate", "truncate"] as const),
    ...(["duplicate", "duplicate", "delay", "unavailable", "limited"] as const),
  ),
});
type RawFault = ReturnType<typeof FAULT.generate>["value"];

const FAULT_LIST = fc.array(FAULT, { minLength: 1, maxLength: 3 });
const RAW_HISTORY = fc.record({
  checkpoints: fc.boolean(),
  clients: fc.array(MOVE, { minLength: 1, maxLength: 3 }),
  first: FAULT_LIST,
  later: fc.array(fc.record({ moves: fc.array(MOVE, { minLength: 1, maxLength: 3 }), faults: FAULT_LIST }), {
    minLength: 1,
    maxLength: 2,
  }),
});

/** The program between two moves. */
interface Model {
  readonly declared: readonly DeclaredClient[];
  /** How many clients were ever made: a name never comes back. */
  readonly made: number;
}

/** What moves make of the program, and the calls that follow from them. */
interface Moved extends Model {
  readonly title: string;
  readonly points: readonly Point[];
}

function movedBy(before: Model, moves: readonly Move[]): Moved {
  const [first, ...more] = moves;
  if (first === undefined) return { ...before, title: "", points: [] };
  const one = moveOf(before, first);
  if (more.length === 0) return one;
  const rest = movedBy(one, more);
  return { ...rest, title: `${one.title}, ${rest.title}`, points: [...one.points, ...rest.points] };
}

const BEGINNING: readonly Point[] = [
  { call: "GET backend", client: null },
  { call: "GET project", client: null },
];

function planned(points: readonly Point[], faults: readonly RawFault[]): PlannedFault[] {
  // The calls that change something matter most.
  const all = [...points, ...points, ...points, ...points, ...points, ...BEGINNING];
  const plan = faults.flatMap(({ point, fault }) => {
    const at = all[point % all.length];
    return at === undefined ? [] : [{ ...at, fault }];
  });
  const kill = plan.findIndex(({ fault }) => isKill(fault));
  // The first kill ends the run.
  const met = plan.filter(({ fault }, index) => !isKill(fault) || index === kill);
  // At one call, those after which it is sent again come first, and those after which it is done come last.
  return met.toSorted((a, b) => orderOf(a.fault) - orderOf(b.fault));
}

function orderOf(fault: Fault): number {
  if (isKill(fault)) return 1;
  return fault === "delay" || fault === "duplicate" ? 2 : 0;
}

/** Whether a fault kills the CLI. */
export function isKill(fault: Fault): boolean {
  return fault === "kill-before" || fault === "kill-after";
}

function moveOf(model: Model, move: Move): Moved {
  const { declared, made } = model;
  const client = declared[move.client % Math.max(1, declared.length)];
  if (client === undefined || move.kind === "make") return make(model, move);
  if (move.kind === "delete") {
    return {
      title: `delete ${client.key}`,
      made,
      declared: declared.filter((one) => one !== client),
      points: [{ call: "DELETE client", client: client.key }],
    };
  }
  const { title, changed, calls } = CHANGES[move.kind]?.(client, move) ?? rename(client);
  return {
    title: `${title} ${client.key}`,
    made,
    declared: declared.map((one) => (one === client ? { ...client, ...changed } : one)),
    points: calls.map((call) => ({ call, client: client.key })),
  };
}

function make(model: Model, { permissions, label, rarely }: Move): Moved {
  const made = model.made + 1;
  const key = `c${made}`;
  const client: DeclaredClient = {
    key,
    name: `Client ${made}`,
    description: null,
    permissions,
    secretVersion: rarely ? 0 : 1,
    highestVersion: rarely ? 0 : 1,
    secretOverlap: null,
    labels: rarely ? [label] : [],
  };
  return {
    title: `make ${key}`,
    made,
    declared: [...model.declared, client],
    points: [
      { call: "POST clients", client: key },
      { call: "PUT permissions", client: key },
    ],
  };
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

/** At most two secrets live at a time: the third must end the first two. */
function rotate({ secretVersion, highestVersion }: DeclaredClient, { rarely }: Move): ClientChange {
  const calls = ["GET client", "PATCH client", "PATCH client"];
  if (rarely && secretVersion > 0) {
    return { title: "take the secret of", changed: { secretVersion: 0, secretOverlap: "0s" }, calls };
  }
  const next = highestVersion + 1;
  const secretOverlap = next > 2 ? "0s" : null;
  return { title: "rotate", changed: { secretVersion: next, highestVersion: next, secretOverlap }, calls };
}

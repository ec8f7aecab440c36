import fc from "fast-check";
import type { Permission } from "xtremepush-access";
import {
  destroyed,
  type Identity,
  isOfText,
  MOVE,
  type Model,
  type Move,
  type Moved,
  movedBy,
  refreshed,
} from "./moves";
import { FAULT_LIST, isKill, type PlannedFault, planned } from "./plan";
import { type DeclaredClient, firstKey, resourcesOf } from "./program";
import { STRANGER, type StrangersChange, strangersChange } from "./stranger";

/** One run of the CLI, and its faults. */
export interface Step {
  /** As in `make c1, make c2`. */
  readonly title: string;
  readonly command: "up" | "refresh" | "destroy";
  /** What the run declares; a destroy declares nothing. */
  readonly declared: readonly DeclaredClient[];
  readonly faults: readonly PlannedFault[];
  /** Who else changes the same thing; null for none. */
  readonly stranger: StrangersChange | null;
  /** The next change of the program, made before a killed run is healed; null for none. */
  readonly amended: Pick<Step, "title" | "declared"> | null;
  /** Who the program is in this run. */
  readonly identity: Identity;
  /** Whether the program of the run also wants the grant of the second program's own client. */
  readonly intrudes: boolean;
  /** The names of the resources whose clients cannot be deleted until the second program's grant is released. */
  readonly refused: readonly string[];
}

/** The life of a small program. */
export interface History {
  /** Whether the engine writes its state after each resource, or only at the end of a run. */
  readonly checkpoints: boolean;
  readonly steps: readonly Step[];
}

/** Makes the history of a seed, the same one each time. */
export function historyOf(seed: number): History {
  const [raw] = fc.sample(fc.noBias(RAW_HISTORY), { seed, numRuns: 1 });
  if (raw === undefined) throw new Error(`no history was made of the seed ${seed}`);
  const { checkpoints, clients, many, first, end } = raw;
  const later = withExtra(raw.later.slice(raw.isShort ? -1 : 0), raw.extra);
  const refreshes = later.some(({ command }) => command === "refresh");
  const makes = (refreshes && many ? raw.fiveClients : clients).map((move) => ({ ...move, kind: "make" as const }));
  const steps: Step[] = [];
  let model: Model = { declared: [], adopting: [], made: 0, identity: { owner: null, stack: "dev" } };
  for (const run of [{ ...first, moves: makes }, ...later, end]) {
    const { step, after } = stepOf(model, run);
    const isFirst = steps.length === 0 && raw.granted !== null && step.amended === null;
    const declared = isFirst ? withGranted(step.declared, raw.granted) : step.declared;
    steps.push({ ...step, declared });
    model = isFirst ? { ...after, declared } : after;
  }
  return { checkpoints, steps };
}

/** Leaves the grant of the first client to the second program. */
function withGranted([client, ...others]: readonly DeclaredClient[], granted: DeclaredClient["granted"]) {
  return client === undefined ? [] : [{ ...client, permissions: null, granted }, ...others];
}

const RUN = {
  moves: fc.array(MOVE, { minLength: 1, maxLength: 3 }),
  faults: FAULT_LIST,
  stranger: oneIn(2, STRANGER),
  amendment: oneIn(2, fc.array(MOVE, { minLength: 1, maxLength: 2 })),
};
const RAW_UP = fc.record({ ...RUN, intrudes: fc.constant(false), command: fc.constant("up" as const) });
const RAW_LATER = fc.record({
  ...RUN,
  intrudes: fc.nat(5).map((number) => number === 0),
  command: fc.constantFrom("up", "up", "up", "refresh"),
});
const RAW_END = fc.record({
  ...RUN,
  stranger: oneIn(8, STRANGER),
  intrudes: fc.constant(false),
  command: fc.constant("destroy" as const),
});
type RawRun = ReturnType<(typeof RAW_UP | typeof RAW_LATER | typeof RAW_END)["generate"]>["value"];

const RAW_HISTORY = fc.record({
  checkpoints: fc.boolean(),
  /** What the second program gives the first client; null for nothing. */
  granted: oneIn(2, fc.constant<readonly Permission[]>(["list:profile", "export:segment"])),
  clients: fc.array(MOVE, { minLength: 1, maxLength: 3 }),
  /** Whether a refreshed program has so many clients that whole pages are read. */
  many: fc.boolean(),
  fiveClients: fc.array(MOVE, { minLength: 5, maxLength: 5 }),
  first: RAW_UP,
  later: fc.array(RAW_LATER, { minLength: 1, maxLength: 2 }),
  end: RAW_END,
  /** A step takes a quarter of a minute, and twenty seeds must take less than ten minutes. */
  isShort: fc.boolean(),
  /** A change of the program's owner, or of two names at once, in a later run; null for none. */
  extra: oneIn(2, fc.record({ move: MOVE, kind: fc.constantFrom("own", "rename the stack", "swap", "hand over") })).map(
    (extra) => extra && { ...extra.move, kind: extra.kind },
  ),
});

function withExtra<Run extends Pick<RawRun, "command" | "moves">>(runs: readonly Run[], extra: Move | null): Run[] {
  const last = runs.findLast(({ command }) => command === "up");
  if (extra === null) return [...runs];
  return runs.map((run) => (run === last ? { ...run, moves: [...run.moves, extra] } : run));
}

function oneIn<T>(times: number, arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | null> {
  return fc.oneof({ weight: times - 1, arbitrary: fc.constant(null) }, { weight: 1, arbitrary });
}

function stepOf(before: Model, raw: RawRun): { readonly step: Step; readonly after: Model } {
  const { command } = raw;
  const moved = MOVED[command](before, raw.moves);
  const isLegal = command === "destroy" || !takesNameOfRemoved([before], moved);
  const { title, points, ...after } = isLegal ? moved : MOVED[command](before, raw.moves.filter(isNoDelete));
  const { declared } = after;
  const faults = planned(points, raw.faults);
  const intrudes = raw.intrudes && command === "up";
  const isRefused = refusedKeys(before.declared, declared).length > 0;
  // A refusal ends the run before it reports a stranger's change. Names that move are not a stranger's to change.
  const isAlone = intrudes || isRefused || /swap|hand over/.test(title);
  const change = isAlone ? null : raw.stranger;
  const stranger = change && strangersChange({ before: before.declared, after: declared }, change);
  const isAmended = command === "up" && stranger === null && faults.some(({ fault }) => isKill(fault));
  const amended = isAmended && raw.amendment ? amendment({ before, after }, raw.amendment) : null;
  const { identity } = after;
  const refused = refusedKeys(before.declared, amended?.declared ?? declared);
  const step = { title, command, declared, faults, stranger, amended, identity, intrudes, refused };
  return { step, after: { ...(amended ?? after), adopting: [] } };
}

/** The clients that are removed though the second program's grant is on them. */
function refusedKeys(before: readonly DeclaredClient[], after: readonly DeclaredClient[]): string[] {
  const left = after.map(firstKey);
  return before.filter((client) => client.granted !== null && !left.includes(firstKey(client))).map(({ key }) => key);
}

/** Whether a client gets the name of one that the program removes, which takes two runs: the engine deletes last. */
function takesNameOfRemoved(befores: readonly Model[], { declared }: Model): boolean {
  const left = declared.map(firstKey);
  const removed = befores.flatMap((model) => model.declared.filter((client) => !left.includes(firstKey(client))));
  return declared.some(({ name }) => removed.some((client) => client.name === name));
}

function isNoDelete({ kind }: Move): boolean {
  return kind !== "delete";
}

/**
 * Makes more moves; null when they would remove what the state may not know yet, which no run would then delete, or give its
 * name away.
 */
function amendment(models: Readonly<Record<"before" | "after", Model>>, moves: readonly Move[]): Moved | null {
  const [old, killed] = [models.before, models.after].map(({ declared }) => resourcesOf(declared));
  const ofText = moves.filter(isOfText);
  if (ofText.length === 0) return null;
  const amended = movedBy(models.after, ofText);
  const left = resourcesOf(amended.declared);
  const isSafe = killed?.every((resource) => old?.includes(resource) || left.includes(resource));
  const { before, after } = models;
  return isSafe && !takesNameOfRemoved([before, after], amended) ? amended : null;
}

const MOVED = { up: movedBy, refresh: refreshed, destroy: destroyed } as const;

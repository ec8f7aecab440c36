import fc from "fast-check";
import { MOVE, type Model, movedBy } from "./moves";
import { FAULT_LIST, type PlannedFault, planned, type RawFault } from "./plan";
import type { DeclaredClient } from "./program";

/** One run of the CLI: a change of the program or its end, and what goes wrong while it is brought to the backend. */
export interface Step {
  /** As in `make c1, make c2`. */
  readonly title: string;
  readonly command: "up" | "destroy";
  /** What is declared after it: nothing after a destroy. */
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
  const { checkpoints, clients, first, later, end } = raw;
  const makes = clients.map((move) => ({ ...move, kind: "make" as const }));
  const steps: Step[] = [];
  let model: Model = { declared: [], adopting: [], made: 0 };
  for (const { moves, faults } of [{ moves: makes, faults: first }, ...later]) {
    const { title, points, ...moved } = movedBy(model, moves);
    steps.push({ title, command: "up", declared: moved.declared, faults: planned(points, faults) });
    model = { ...moved, adopting: [] };
  }
  return { checkpoints, steps: [...steps, destroy(model, end)] };
}

const LATER = fc.record({ moves: fc.array(MOVE, { minLength: 1, maxLength: 3 }), faults: FAULT_LIST });

const RAW_HISTORY = fc.record({
  checkpoints: fc.boolean(),
  clients: fc.array(MOVE, { minLength: 1, maxLength: 3 }),
  first: FAULT_LIST,
  later: fc.array(LATER, { minLength: 1, maxLength: 2 }),
  end: FAULT_LIST,
});

function destroy({ declared }: Model, faults: readonly RawFault[]): Step {
  const points = declared.map(({ key }) => ({ call: "DELETE client", client: key }));
  return { title: "destroy", command: "destroy", declared: [], faults: planned(points, faults) };
}

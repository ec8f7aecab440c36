import fc from "fast-check";
import type { Fault } from "../support/backend/fault-proxy";
import type { Point } from "./moves";

/** A planned fault at a call about one client, or about none. */
export interface PlannedFault extends Point {
  readonly fault: Fault;
}

const FAULT = fc.record({
  point: fc.nat(),
  fault: fc.constantFrom<Fault>(
    ...(["kill-after", "kill-after", "kill-after", "kill-before"] as const),
    ...(["cut-after", "cut-after", "cut-before", "truncate", "truncate"] as const),
    ...(["duplicate", "duplicate", "delay", "unavailable", "limited"] as const),
  ),
});
type RawFault = ReturnType<typeof FAULT.generate>["value"];

/** The faults of a run, before its calls are known. */
export const FAULT_LIST = fc.array(FAULT, { minLength: 1, maxLength: 3 });

const BEGINNING: readonly Point[] = [
  { call: "GET backend", client: null },
  { call: "GET project", client: null },
];

/** Assigns the faults of a run to its calls. */
export function planned(points: readonly Point[], faults: readonly RawFault[]): PlannedFault[] {
  // Calls that change something matter most.
  const all = [...points, ...points, ...points, ...points, ...points, ...BEGINNING];
  const plan = faults.flatMap(({ point, fault }) => {
    const at = all[point % all.length];
    return at === undefined ? [] : [{ ...at, fault }];
  });
  const kill = plan.findIndex(({ fault }) => isKill(fault));
  // The first kill ends the run.
  const met = plan.filter(({ fault }, index) => !isKill(fault) || index === kill);
  // At one call, faults after which it is sent again come first, and those after which it is done come last.
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

import fc from "fast-check";
import { afterGuard, GUARD, guarded } from "./guard";
import { asOption, clientOf, MOVE, moved } from "./moves";
import type { Program } from "./program";

/** What a seed deploys first, what is reviewed then, and what is deployed after the review. */
export interface Plan {
  readonly first: Program;
  readonly reviewed: Program;
  readonly deployed: Program;
  /** The position of a client that the deployment replaces by `--replace`; null for none. */
  readonly replaced: number | null;
}

const ORIGINS = ["program", "program", "program", "program", "by hand", "deleted", "elsewhere"] as const;

const RAW = fc.record({
  clients: fc.array(fc.record({ origin: fc.constantFrom(...ORIGINS), value: fc.nat() }), {
    minLength: 3,
    maxLength: 6,
  }),
  options: fc.array(MOVE, { minLength: 2, maxLength: 6 }),
  changes: fc.array(MOVE, { minLength: 2, maxLength: 7 }),
  others: fc.array(MOVE, { minLength: 1, maxLength: 2 }),
  kind: fc.constantFrom("reviewed", "reviewed", "reviewed", "other", "replaced"),
  replaced: fc.nat(),
  // Last, so that a seed keeps what it had before.
  guard: GUARD,
});

/** Makes the plan of a seed, the same one each time. */
export function planOf(seed: number): Plan {
  const [raw] = fc.sample(fc.noBias(RAW), { seed, numRuns: 1 });
  if (raw === undefined) throw new Error(`no plan was made of the seed ${seed}`);
  const empty: Program = { owner: null, box: {}, provider: { name: "eu", options: {} }, clients: [] };
  const bare = { ...empty, clients: raw.clients.map((client, index) => clientOf(`c${index + 1}`, client)) };
  const first = guarded(raw.options.map(asOption).reduce(moved, bare), raw.guard);
  const reviewed = raw.changes.reduce(moved, afterGuard(first, raw.guard));
  const deployed = raw.kind === "other" ? raw.others.reduce(moved, reviewed) : reviewed;
  return { first, reviewed, deployed, replaced: raw.kind === "replaced" ? raw.replaced : null };
}

import type { Operation } from "./engine";

/** What is measured, and how often. */
export interface Plan {
  readonly engine: boolean;
  readonly requests: boolean;
  readonly sizes: readonly number[];
  readonly rounds: Readonly<Record<Operation, number>>;
  /** Clients that are there before requests are measured. */
  readonly clients: number;
  /** How long each call is measured. */
  readonly seconds: number;
}

export interface Flags {
  readonly sizes?: string;
  readonly rounds?: string;
  readonly only?: string;
  readonly quick?: boolean;
}

/** @throws Error that names the flag that does not fit. */
export function planFrom({ sizes, rounds, only, quick = false }: Flags): Plan {
  if (only !== undefined && only !== "engine" && only !== "requests") {
    throw new Error(`--only takes engine or requests, not ${JSON.stringify(only)}`);
  }
  const previews = whole("--rounds", rounds ?? (quick ? "1" : "7"));
  const others = Math.min(previews, 3);
  return {
    engine: only !== "requests",
    requests: only !== "engine",
    sizes: (sizes ?? (quick ? "5" : "50,250")).split(",").map((size) => whole("--sizes", size)),
    rounds: { up: others, preview: previews, refresh: others },
    clients: quick ? 20 : 1_000,
    seconds: quick ? 0.5 : 5,
  };
}

/** Says before the work what it is and how long it takes, roughly, on two cores that have nothing else to do. */
export function sentenceOf(plan: Plan): string {
  const { sizes, rounds, seconds } = plan;
  const commands = 3 * (2 * rounds.up + rounds.preview + rounds.refresh);
  const engineSeconds = plan.engine ? sizes.reduce((sum, size) => sum + commands * (2 + size / 80), 0) : 0;
  const requestSeconds = plan.requests ? 2 * (10 + 4 * 1.2 * seconds) : 0;
  const minutes = Math.ceil((engineSeconds + requestSeconds) / 60);
  const what = [
    plan.engine ? `the CLI at N = ${sizes.join(", ")} (${rounds.preview} rounds of preview)` : "",
    plan.requests ? "requests on both databases" : "",
  ];
  return `Measuring ${what.filter((part) => part !== "").join(" and ")}: about ${minutes} min.`;
}

function whole(flag: string, text: string): number {
  const number = Number(text);
  if (!/^\d{1,5}$/.test(text) || number < 1) {
    throw new Error(`${flag} takes whole numbers from 1, not ${JSON.stringify(text)}`);
  }
  return number;
}

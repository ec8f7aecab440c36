import type { Operation } from "./engine";
import type { EnvironmentsPlan } from "./environments";
import type { GatewayPlan } from "./gateway";
import type { GrowthPlan } from "./growth";
import { written } from "./markdown";
import type { ProgramPlan } from "./program";
import type { ReviewPlan } from "./review";
import type { ScalePlan } from "./scale";

/** What to measure, and how often. */
export interface Plan {
  readonly engine: boolean;
  readonly requests: boolean;
  /** Null when it is not measured. */
  readonly scale: ScalePlan | null;
  /** Null when it is not measured. */
  readonly review: ReviewPlan | null;
  /** Null when it is not measured. */
  readonly growth: GrowthPlan | null;
  /** Null when it is not measured. */
  readonly program: ProgramPlan | null;
  /** Null when it is not measured. */
  readonly gateway: GatewayPlan | null;
  /** Null when it is not measured. */
  readonly environments: EnvironmentsPlan | null;
  readonly sizes: readonly number[];
  readonly rounds: Readonly<Record<Operation, number>>;
  /** Clients that exist before requests are measured. */
  readonly clients: number;
  /** How long to measure each call. */
  readonly seconds: number;
}

export interface Flags {
  readonly sizes?: string;
  readonly rounds?: string;
  readonly only?: string;
  readonly scale?: boolean;
  readonly full?: boolean;
  readonly quick?: boolean;
}

/** @throws Error that names the flag that does not fit. */
export function planFrom({ scale = false, ...flags }: Flags): Plan {
  const { sizes, rounds, only, quick = false, full = false } = flags;
  if (full && only !== "growth") throw new Error("--full goes with --only growth");
  if (!scale) return smallPlan(flags);
  if (only !== undefined) throw new Error("--scale is measured alone: leave out --only");
  const size = whole("--sizes", sizes ?? (quick ? "20" : "1000"));
  return {
    ...smallPlan({ quick }),
    engine: false,
    requests: false,
    review: null,
    program: null,
    scale: {
      size,
      rounds: whole("--rounds", rounds ?? (quick ? "1" : "5")),
      checkpoints: quick ? [true] : [true, false],
    },
  };
}

const PARTS: readonly string[] = ["engine", "backend", "review", "program", "growth", "gateway", "environments"];

function smallPlan(flags: Omit<Flags, "scale">): Plan {
  const { sizes, rounds, only, quick = false, full = false } = flags;
  if (only !== undefined && !PARTS.includes(only)) {
    throw new Error(`--only takes ${PARTS.slice(0, -1).join(", ")} or ${PARTS.at(-1)}, not ${JSON.stringify(only)}`);
  }
  const isAsked = (part: string) => only === undefined || only === part;
  const previews = whole("--rounds", rounds ?? (quick ? "1" : "7"));
  const others = Math.min(previews, 3);
  return {
    engine: isAsked("engine"),
    requests: isAsked("backend"),
    scale: null,
    review: isAsked("review") ? { size: quick ? 20 : 1_000, rounds: previews } : null,
    growth: only === "growth" ? growthPlan({ quick, full }) : null,
    gateway: gatewayPlan(flags),
    environments: environmentsPlan(flags),
    program: isAsked("program") ? { size: quick ? 5 : 1_000, rounds: others } : null,
    sizes: (sizes ?? (quick ? "5" : "50,250")).split(",").map((size) => whole("--sizes", size)),
    rounds: { up: others, preview: previews, refresh: others },
    clients: quick ? 20 : 1_000,
    seconds: quick ? 0.5 : 5,
  };
}

function growthPlan({ quick, full }: { readonly quick: boolean; readonly full: boolean }): GrowthPlan {
  if (quick) return { sizes: [200, 400], slices: 1, seconds: 0.3 };
  const sizes = [1_000, 10_000, 100_000];
  return { sizes: full ? [...sizes, 1_000_000] : sizes, slices: 3, seconds: 1.5 };
}

function gatewayPlan({ only, quick = false, rounds }: Omit<Flags, "scale">): GatewayPlan | null {
  if (only !== "gateway") return null;
  return {
    rounds: whole("--rounds", rounds ?? (quick ? "1" : "5")),
    seconds: quick ? 0.3 : 4,
    connections: quick ? 8 : 50,
    memorySeconds: quick ? 1 : 300,
  };
}

function environmentsPlan({ only, quick = false, rounds }: Omit<Flags, "scale">): EnvironmentsPlan | null {
  if (only !== "environments") return null;
  return { size: quick ? 3 : 20, rounds: whole("--rounds", rounds ?? (quick ? "1" : "5")) };
}

/** Describes the work and its approximate time on two idle cores. */
export function describePlan(plan: Plan): string {
  const { sizes, rounds, seconds } = plan;
  const commands = 3 * (2 * rounds.up + rounds.preview + rounds.refresh);
  const engineSeconds = plan.engine ? sizes.reduce((sum, size) => sum + commands * (2 + size / 80), 0) : 0;
  const requestSeconds = plan.requests ? 2 * (10 + 5 * 1.2 * seconds) : 0;
  const reviewSeconds = plan.review === null ? 0 : 3 * (3 + plan.review.size / 100) + 2 * (2 + plan.review.rounds);
  const otherSeconds =
    scaleSeconds(plan.scale) +
    reviewSeconds +
    growthSeconds(plan.growth) +
    programSeconds(plan.program) +
    gatewaySeconds(plan.gateway) +
    environmentsSeconds(plan.environments);
  const minutes = Math.ceil((engineSeconds + requestSeconds + otherSeconds) / 60);
  const what = [
    plan.engine ? `the CLI at N = ${sizes.join(", ")} (${rounds.preview} rounds of preview)` : "",
    plan.requests ? "requests on both databases" : "",
    plan.review === null ? "" : `reviews of ${written(plan.review.size)} clients`,
    plan.growth === null ? "" : `a backend of ${plan.growth.sizes.map(written).join(", ")} clients`,
    plan.program === null ? "" : `a program of ${written(plan.program.size)} integrations`,
    plan.gateway === null ? "" : `a gateway at ${plan.gateway.connections} connections`,
    plan.environments === null ? "" : `an environment of ${plan.environments.size} clients`,
    plan.scale === null ? "" : `${written(plan.scale.size)} clients and as many grants, with ${crashes(plan.scale)}`,
  ];
  return `Measuring ${what.filter((part) => part !== "").join(" and ")}: about ${minutes} min.`;
}

function gatewaySeconds(gateway: GatewayPlan | null): number {
  return gateway === null ? 0 : 10 + 3 * (gateway.rounds + 1) * gateway.seconds + gateway.memorySeconds;
}

function environmentsSeconds(environments: EnvironmentsPlan | null): number {
  return environments === null ? 0 : 10 + (environments.rounds + 1) * (12 + environments.size / 4);
}

function crashes({ checkpoints }: ScalePlan): string {
  return checkpoints.length === 1 ? "a crash" : "two crashes";
}

/** With checkpoints each resource takes longer than the previous one. */
function scaleSeconds(scale: ScalePlan | null): number {
  if (scale === null) return 0;
  const { size, rounds, checkpoints } = scale;
  const command = 4 + size / 40;
  const modes = checkpoints.map(
    (one) => 6 * command + (one ? 3 * (size / 80) ** 2 : 0) + 2 * rounds * (3 + size / 120),
  );
  return modes.reduce((sum, seconds) => sum + seconds, 0);
}

function growthSeconds(growth: GrowthPlan | null): number {
  if (growth === null) return 0;
  const { sizes, slices, seconds } = growth;
  const filling = Math.max(...sizes) / 2_000;
  return 15 + filling + sizes.length * 16 * (slices + 1) * seconds;
}

function programSeconds(program: ProgramPlan | null): number {
  return program === null ? 0 : 2 * (7 + program.size / 30 + program.rounds * (3 + program.size / 70));
}

function whole(flag: string, text: string): number {
  const number = Number(text);
  if (!/^\d{1,5}$/.test(text) || number < 1) {
    throw new Error(`${flag} takes whole numbers from 1, not ${JSON.stringify(text)}`);
  }
  return number;
}

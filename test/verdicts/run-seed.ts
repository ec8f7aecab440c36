import { compare } from "../../review/src/compare/compare";
import { decide } from "../../review/src/gate/decide";
import { NO_RULES } from "../../review/src/gate/rules";
import type { AccessDiff } from "../../review/src/model/access-diff";
import type { Manifest } from "../../review/src/model/manifest";
import { ReviewFailure } from "../../review/src/review-failure";
import { previewManifest } from "../../review/src/sources/preview";
import { comparePreview, isApproved } from "../../review/src/sources/preview-diff";
import type { StackHost } from "../../scripts/pulumi-stack";
import type { TestBackend } from "../support/backend/backend";
import { abandoned, type Finding, otherTriggers, uncovered, undecided, unlike } from "./findings";
import { type Plan, planOf } from "./plan";
import { happenings, isChange } from "./trail";
import { openWorld, type World } from "./world";

/** The answer of `verify`; `failed` when the preview could not be compared. */
export type Verified = "passed" | "differs" | "unknown" | "failed";

/** The result of a seed. */
export interface SeedReport {
  readonly seed: number;
  /** What happened, for people, on several lines. */
  readonly text: string;
  readonly findings: readonly Finding[];
  readonly verified: Verified;
  /** The verdict of the review. */
  readonly verdict: AccessDiff["verdict"];
  /** How many clients the deployment changed. */
  readonly changed: number;
  /** Whether the deployment succeeded. */
  readonly succeeded: boolean;
}

export interface SeedOptions {
  readonly seed: number;
  readonly backend: TestBackend;
  readonly under?: string | undefined;
  readonly host?: StackHost | undefined;
}

/** Returns the command that runs one seed again. */
export function commandOf(seed: number): string {
  return `npm run test:verdicts -- --seed ${seed}`;
}

/** Reviews the change of a seed, deploys it, and compares what the review said with what the audit trail shows. */
export async function runSeed({ seed, ...surroundings }: SeedOptions): Promise<SeedReport> {
  const start = performance.now();
  const world = await openWorld({ project: `verdicts-${seed}`, ...surroundings });
  try {
    const report = await reviewAndDeploy(world, planOf(seed));
    const { findings, verdict, verified, changed, succeeded } = report;
    const seconds = ((performance.now() - start) / 1_000).toFixed(1);
    const end = `the run ${succeeded ? "succeeded" : "failed"}, ${changed} clients changed, ${seconds} s`;
    const found = findings.map(({ kind, detail }) => `  FOUND ${kind}: ${detail}`);
    return { seed, text: [`seed ${seed}: ${verdict}, verify ${verified}, ${end}`, ...found].join("\n"), ...report };
  } finally {
    await world.close();
  }
}

const UP = ["up", "--yes", "--skip-preview", "--continue-on-error"];

type Outcome = Omit<SeedReport, "seed" | "text">;

async function reviewAndDeploy(world: World, plan: Plan): Promise<Outcome> {
  const { stack } = world;
  await world.write(plan.first);
  const base = await world.lock();
  const first = await stack.run(...UP);
  if (first.code !== 0) return failedFirst(first.output);
  await world.write(plan.reviewed);
  const reviewed = await world.lock();
  const approved = compare([base], [reviewed]);
  await world.write(plan.deployed);
  const head = plan.deployed === plan.reviewed ? reviewed : await world.lock();
  const { length: start } = await world.trail();
  const replace = replaceFlags(plan, head);
  const preview = await previewOf(world, replace);
  const previewed = preview?.diff ?? null;
  const up = await stack.run(...UP, ...replace);
  const all = happenings(await world.trail(), start, canonicalIn(head));
  const happened = all.filter(isChange);
  // What --replace does is in no program.
  const said = [...(replace.length === 0 ? [compare([base], [head])] : []), ...(previewed === null ? [] : [previewed])];
  const left = abandoned(all, await world.unmanaged());
  const verified = verifiedOf(previewed, approved.digest);
  return {
    findings: [
      ...said.flatMap((diff) => [
        ...uncovered(diff, { happened, left }),
        ...undecided(decide(diff, NO_RULES, new Date()), happened),
      ]),
      ...(preview === null ? [] : otherTriggers(head, preview.planned)),
      ...(verified === "passed" && up.code === 0 ? unlike(approved, happened) : []),
    ],
    verified,
    verdict: approved.verdict,
    changed: happened.length,
    succeeded: up.code === 0,
  };
}

function failedFirst(detail: string): Outcome {
  const findings = [{ kind: "first versions that failed", detail } as const];
  return { findings, verified: "failed", verdict: "none", changed: 0, succeeded: false };
}

function replaceFlags({ replaced }: Plan, { clients, grants }: Manifest): string[] {
  const all = [...clients, ...grants];
  const resource = replaced === null ? undefined : all[replaced % Math.max(1, all.length)];
  return resource === undefined ? [] : ["--replace", resource.urn];
}

/** What the real preview would do, and what it plans; null for one that cannot be compared. */
async function previewOf({ stack }: World, flags: readonly string[]) {
  const { output } = await stack.run("preview", "--json", "--show-sames", ...flags);
  // What the CLI writes to standard error follows.
  const [json = ""] = /^\{[\s\S]*?^\}$/m.exec(output) ?? [];
  try {
    return { diff: comparePreview(json, "preview.json"), planned: previewManifest(json, "preview.json", "head") };
  } catch (error) {
    if (error instanceof ReviewFailure) return null;
    throw error;
  }
}

function verifiedOf(previewed: AccessDiff | null, digest: string): Verified {
  if (previewed === null) return "failed";
  if (isApproved(previewed, digest)) return "passed";
  return previewed.digest === digest ? "unknown" : "differs";
}

/** Finds the resource of the program that a URN of the audit trail belongs to, by its aliases too. */
function canonicalIn({ clients }: Manifest): (urn: string) => string {
  const own = new Set(clients.map(({ urn }) => urn));
  const former = new Map(clients.flatMap(({ urn, aliases }) => aliases.map((alias) => [alias, urn] as const)));
  return (urn) => (own.has(urn) ? urn : (former.get(urn) ?? urn));
}

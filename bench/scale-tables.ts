import type { Crash, Losses } from "./crash";
import { highest, range, table, written } from "./markdown";
import { SCALE_COMMANDS, type ScaleCommand, type ScaleFindings, type ScaleRun, type ScaleVariant } from "./scale";
import { type Summary, summary } from "./statistics";
import { type Verdict, verdictOn } from "./verdict";

/** The targets of a refresh: requests, and the ratio to the do-nothing handlers. */
const TARGETS = { requests: 60, ratio: 1.3, fromSize: 1_000 } as const;

interface Group {
  readonly command: ScaleCommand;
  readonly checkpoints: boolean;
}

function groupsOf({ checkpoints }: ScaleFindings): Group[] {
  return SCALE_COMMANDS.flatMap((command) => checkpoints.map((one) => ({ command, checkpoints: one })));
}

/** The medians of the runs, and of the ratios of the runs that belong to one round. */
export function scaleTable(findings: ScaleFindings): string {
  const { runs } = findings;
  const rows = groupsOf(findings).map((group) => {
    const [ours, floor] = [pick(runs, group, "ours"), pick(runs, group, "floor")];
    const [product, least] = [ours, floor].map((some) => range(summary(some.map(({ seconds }) => seconds)), 1));
    const ratios = range(ratioOf(runs, group), 2);
    const requests = written(mostRequests(ours));
    const peaks = [ours, floor].map((some) => highest(some.map(({ peak }) => peak)));
    return [group.command, word(group.checkpoints), ours.length, product, least, ratios, requests, ...peaks].map(
      String,
    );
  });
  const head = ["command", "checkpoints", "rounds", "ours, s", "floor, s", "ours / floor"];
  return table([...head, "requests", "ours, MiB", "floor, MiB"], rows);
}

/** What existed after the kill, and what is wrong after the steps from the docs. */
export function crashTable({ crashes }: ScaleFindings): string {
  const rows = crashes.map(({ checkpoints, made, remembered, takenOver, seconds, losses }) => {
    const numbers = [made, remembered, takenOver].map(written);
    return [word(checkpoints), ...numbers, seconds.toFixed(1), ...LOSSES.map(([name]) => written(losses[name]))];
  });
  const head = ["checkpoints", "clients made", "in the state", "taken over", "steps, s"];
  return table([...head, ...LOSSES.map(([, title]) => title)], rows);
}

const LOSSES = [
  ["missing", "missing clients"],
  ["doubled", "doubled clients"],
  ["wrongGrants", "wrong grants"],
  ["deadSecrets", "dead secrets"],
  ["pendingOperations", "pending operations"],
] as const satisfies readonly (readonly [keyof Losses, string])[];

/** A small program says nothing about the ratio: it only measures the start of the CLI. */
export function scaleVerdicts(findings: ScaleFindings): readonly Verdict[] {
  const { size, runs, crashes } = findings;
  const refreshes = groupsOf(findings).filter(({ command }) => command === "refresh");
  const requests = mostRequests(refreshes.flatMap((group) => pick(runs, group, "ours")));
  const ratio = Math.max(...refreshes.map((group) => ratioOf(runs, group).median));
  return [
    verdictOn(
      requests <= TARGETS.requests,
      `a refresh of ${written(size)} clients and ${written(size)} grants takes ${requests} requests; the target is at most ${TARGETS.requests}.`,
    ),
    ...(size < TARGETS.fromSize
      ? []
      : [
          verdictOn(
            ratio <= TARGETS.ratio,
            `it takes ${ratio.toFixed(2)} times as long as with do-nothing handlers; the target is at most ${TARGETS.ratio}.`,
          ),
        ]),
    ...crashes.map(crashVerdict),
  ];
}

function crashVerdict({ checkpoints, losses, settled }: Crash): Verdict {
  const lost = LOSSES.filter(([name]) => losses[name] > 0).map(([name, title]) => `${losses[name]} ${title}`);
  if (!settled) lost.push("a preview that still shows changes");
  const mode = checkpoints ? "with" : "without";
  const found = lost.length === 0 ? "nothing" : lost.join(", ");
  return verdictOn(lost.length === 0, `an up ${mode} checkpoints that is killed in the middle loses ${found}.`);
}

function pick(runs: readonly ScaleRun[], { command, checkpoints }: Group, variant: ScaleVariant): ScaleRun[] {
  return runs.filter((run) => run.command === command && run.checkpoints === checkpoints && run.variant === variant);
}

/** The ratios within each round, because other load on the machine slows both runs alike. */
function ratioOf(runs: readonly ScaleRun[], group: Group): Summary {
  const floor = pick(runs, group, "floor");
  const ratios = pick(runs, group, "ours").map(
    ({ round, seconds }) => seconds / (floor.find((run) => run.round === round)?.seconds ?? Number.NaN),
  );
  return summary(ratios);
}

function mostRequests(runs: readonly ScaleRun[]): number {
  return Math.max(...runs.map(({ requests }) => requests));
}

function word(checkpoints: boolean): string {
  return checkpoints ? "with" : "without";
}

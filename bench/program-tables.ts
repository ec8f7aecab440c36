import { highest, range, table, written } from "./markdown";
import {
  PROGRAM_COMMANDS,
  type ProgramCommand,
  type ProgramFindings,
  type ProgramRun,
  type ProgramVariant,
} from "./program";
import { type Summary, summary } from "./statistics";
import { type Verdict, verdictOn } from "./verdict";

/** The maximum ratio of a preview to one of plain resources; a small program measures the start of the CLI. */
const TARGET = { ratio: 1.15, fromSize: 1_000 } as const;

/** The peak memory of both processes, and the medians of the runs and of the ratios of the runs that belong to one round. */
export function programTable({ runs }: ProgramFindings): string {
  const rows = PROGRAM_COMMANDS.map((command) => {
    const [ours, plain] = [pick(runs, command, "ours"), pick(runs, command, "plain")];
    const seconds = [ours, plain].map((some) => range(summary(some.map((run) => run.seconds)), 1));
    const programs = [ours, plain].map((some) => highest(some.map(({ programPeak }) => programPeak)));
    const handlers = [ours, plain].map((some) => highest(some.map(({ peak }) => peak)));
    return [command, String(ours.length), ...seconds, range(ratioOf(runs, command), 2), ...programs, ...handlers];
  });
  const head = ["command", "rounds", "ours, s", "plain, s", "ours / plain"];
  const memory = ["program", "handlers"].flatMap((name) => [`${name}, ours, MiB`, `${name}, plain, MiB`]);
  return table([...head, ...memory], rows);
}

export function programVerdicts({ size, runs }: ProgramFindings): readonly Verdict[] {
  if (size < TARGET.fromSize) return [];
  const { median } = ratioOf(runs, "preview");
  return [
    verdictOn(
      median <= TARGET.ratio,
      `a preview of ${written(size)} integrations takes ${median.toFixed(2)} times as long as with plain resources; the target is at most ${TARGET.ratio}.`,
    ),
  ];
}

function pick(runs: readonly ProgramRun[], command: ProgramCommand, variant: ProgramVariant): ProgramRun[] {
  return runs.filter((run) => run.command === command && run.variant === variant);
}

/** The ratios within each round, because other load on the machine slows both runs alike. */
function ratioOf(runs: readonly ProgramRun[], command: ProgramCommand): Summary {
  const plain = pick(runs, command, "plain");
  const ratios = pick(runs, command, "ours").map(
    ({ round, seconds }) => seconds / (plain.find((run) => run.round === round)?.seconds ?? Number.NaN),
  );
  return summary(ratios);
}

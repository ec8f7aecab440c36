import { ENVIRONMENT_RUNS, type EnvironmentPair, type EnvironmentsFindings } from "./environments";
import { range, table } from "./markdown";
import { summary } from "./statistics";
import { type Verdict, verdictOn } from "./verdict";

/** How many times as long `up` of an environment may take as `pulumi up` of the same program, for how many clients. */
const TARGET = { ratio: 1.25, size: 20 } as const;

export function environmentsTable({ pairs }: EnvironmentsFindings): string {
  const rows = ENVIRONMENT_RUNS.map((run) => {
    const own = pairs.filter((pair) => pair.run === run);
    const columns = [
      own.map(({ environment }) => environment),
      own.map(({ pulumi }) => pulumi),
      own.map(ratioOf),
      own.map(({ withoutPreview }) => withoutPreview),
      own.map(({ environment, withoutPreview }) => environment / withoutPreview),
    ];
    return [run, String(own.length), ...columns.map((values) => range(summary(values), 2))];
  });
  return table(
    ["run", "rounds", "`xtremepush-access-env up`, s", "`pulumi up`, s", "ratio", "with `--skip-preview`, s", "ratio"],
    rows,
  );
}

/** None for another size than that of the target. */
export function environmentsVerdicts({ size, pairs }: EnvironmentsFindings): readonly Verdict[] {
  if (size !== TARGET.size) return [];
  return ENVIRONMENT_RUNS.map((run) => {
    const ratio = summary(pairs.filter((pair) => pair.run === run).map(ratioOf)).median;
    const what = run === "new" ? "a new environment" : "an environment that is as declared";
    return verdictOn(
      ratio <= TARGET.ratio,
      `\`up\` of ${what} with ${size} clients takes ${ratio.toFixed(2)} times as long as \`pulumi up\`; the target is at most ${TARGET.ratio}.`,
    );
  });
}

function ratioOf({ environment, pulumi }: EnvironmentPair): number {
  return environment / pulumi;
}

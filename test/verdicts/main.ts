import { parseArgs } from "node:util";
import { forgetOwnSettings } from "../../scripts/demo/own-settings";
import { inWorkFolder } from "../../scripts/demo/work-folder";
import { ensurePulumiCli } from "../../scripts/pulumi-cli/ensure-pulumi-cli";
import { startTestBackend } from "../support/backend/backend";
import { hostProgram } from "../support/engine/hosted-programs";
import { hostProviders } from "../support/engine/hosted-providers";
import { readSeeds } from "../support/run/seeds";
import { runSeed, type SeedReport } from "./run-seed";
import { exitCodeOf, totalsOf } from "./totals";

const HELP = `Reviews changes of small Pulumi programs, deploys them with the real CLI against the real backend, and compares what the
review said with what the audit trail shows. A seed decides the first version of a program, what it protects, its change, and what is deployed:
the reviewed change, one with more in it, or the reviewed one with --replace. What happens must not be graver than the verdict
of \`diff\` before it; where \`verify\` accepts the preview with the approved digest, exactly what was approved must happen.

  npm run test:verdicts                  the seeds 1 to 30, under four minutes on two cores
  npm run test:verdicts -- --seeds 5     the seeds 1 to 5
  npm run test:verdicts -- --seed 7      the seed 7 alone, to see a failure again
  npm run test:verdicts -- --help        this

It exits with 1 when there is a finding, and prints the command that reproduces it.
`;

async function main(args: string[]): Promise<void> {
  const options = {
    seeds: { type: "string" },
    seed: { type: "string" },
    help: { type: "boolean", short: "h" },
  } as const;
  const { values } = parseArgs({ args, options });
  if (values.help) return void process.stdout.write(HELP);
  const seeds = readSeeds({ seeds: "30", ...values });
  forgetOwnSettings();
  await ensurePulumiCli({ report: (line) => process.stderr.write(`${line}\n`) });
  const start = performance.now();
  const reports = await inWorkFolder({ name: "verdicts" }, (under) => runAll(seeds, under));
  process.stdout.write(totalsOf(reports, (performance.now() - start) / 1_000));
  process.exit(exitCodeOf(reports));
}

async function runAll(seeds: readonly number[], under: string): Promise<SeedReport[]> {
  const backend = await startTestBackend();
  const host = { serveProgram: hostProgram, serveProviders: hostProviders };
  const reports: SeedReport[] = [];
  try {
    for (const seed of seeds) {
      const report = await runSeed({ seed, backend, under, host });
      process.stdout.write(`${report.text}\n`);
      reports.push(report);
    }
  } finally {
    await backend.close();
  }
  return reports;
}

main(process.argv.slice(2)).catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
});

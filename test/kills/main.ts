import { parseArgs } from "node:util";
import { forgetOwnSettings } from "../../scripts/demo/own-settings";
import { inWorkFolder } from "../../scripts/demo/work-folder";
import { ensurePulumiCli } from "../../scripts/pulumi-cli/ensure-pulumi-cli";
import { startTestBackend } from "../support/backend/backend";
import { readWholeNumber } from "../support/run/seeds";
import { pointsOf } from "./points";
import { type PointReport, runPoint } from "./run-point";
import { openWorld } from "./world";

const HELP = `Kills xtremepush-access-env (SIGKILL to its process group) at seeded points of \`up\`, \`up --rotate\` and \`down\`, with the real CLI and
the real backend, and runs the same command again. Each environment goes through all three. Afterwards it must be complete: one client, every
destination with a secret that works, one new secret for each rotation, nothing left after \`down\`. Meanwhile readers ask
for tokens with what is in the destinations, so that an old secret which ends too early shows.

  npm run test:kills                          two points of each command, about two minutes on two cores
  npm run test:kills -- --points 10           ten points of each
  npm run test:kills -- --points 10 --seed 7  other points
  npm run test:kills -- --help                this

It exits with 1 when something was wrong, and prints what.
`;

async function main(args: string[]): Promise<void> {
  const options = {
    points: { type: "string", default: "2" },
    seed: { type: "string", default: "1" },
    help: { type: "boolean", short: "h" },
  } as const;
  const { values } = parseArgs({ args, options });
  if (values.help) return void process.stdout.write(HELP);
  const points = pointsOf(readWholeNumber("--seed", values.seed), readWholeNumber("--points", values.points));
  forgetOwnSettings();
  await ensurePulumiCli({ report: (line) => process.stderr.write(`${line}\n`) });
  const start = performance.now();
  const reports = await inWorkFolder({ name: "kills" }, () => runAll(points));
  const faults = reports.flatMap((report) => report.faults);
  const killed = reports.filter(({ isKilled }) => isKilled).length;
  const tokens = reports.reduce((sum, report) => sum + report.tokens, 0);
  const seconds = ((performance.now() - start) / 1_000).toFixed(0);
  process.stdout.write(
    `${reports.length} points, ${killed} killed, ${tokens} tokens meanwhile, ${faults.length} faults in ${seconds} s\n`,
  );
  process.exit(faults.length === 0 && killed > 0 ? 0 : 1);
}

async function runAll(points: ReturnType<typeof pointsOf>): Promise<PointReport[]> {
  const backend = await startTestBackend();
  const world = await openWorld(backend);
  const reports: PointReport[] = [];
  try {
    for (const [index, point] of points.entries()) {
      for (const command of ["up", "rotate", "down"] as const) {
        const report = await runPoint(world, { environment: `killed-${index + 1}`, command, at: point[command] });
        process.stdout.write(`${report.text}\n`);
        reports.push(report);
      }
    }
  } finally {
    await world.close();
    await backend.close();
  }
  return reports;
}

main(process.argv.slice(2)).catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
});

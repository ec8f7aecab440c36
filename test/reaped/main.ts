import { parseArgs } from "node:util";
import { forgetOwnSettings } from "../../scripts/demo/own-settings";
import { ensurePulumiCli } from "../../scripts/pulumi-cli/ensure-pulumi-cli";
import { startTestBackend } from "../support/backend/backend";
import { stopPostgres } from "../support/backend/postgres";
import { reapMany } from "../support/environments/many-environments";
import { readWholeNumber } from "../support/run/seeds";

const HELP = `Sets up environments of pull requests with the real CLI, two at a time and each twice at once, kills the runs of two of
them (SIGKILL to the group), and reaps them all. Then nothing but the audit trail may be left of them.

  npm run test:reaped                        20 environments
  npm run test:reaped -- --environments 4    4 environments
  npm run test:reaped -- --help              this

It exits with 1 at the first difference.
`;

async function main(args: string[]): Promise<void> {
  const options = { environments: { type: "string" }, help: { type: "boolean", short: "h" } } as const;
  const { values } = parseArgs({ args, options });
  if (values.help) return void process.stdout.write(HELP);
  const count = readWholeNumber("--environments", values.environments ?? "20");
  const report = (line: string) => void process.stderr.write(`${line}\n`);
  forgetOwnSettings();
  await ensurePulumiCli({ report });
  const start = performance.now();
  const backend = await startTestBackend();
  try {
    await reapMany({ endpoint: backend.endpoint, adminToken: backend.adminToken, count, report });
  } finally {
    await backend.close();
    await stopPostgres();
  }
  const seconds = Math.round((performance.now() - start) / 1_000);
  process.stdout.write(`${count} environments up and reaped in ${seconds} s: nothing is left but the audit trail\n`);
  process.exit(0);
}

main(process.argv.slice(2)).catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
});

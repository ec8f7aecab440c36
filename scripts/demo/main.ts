import { parseArgs } from "node:util";
import { ensurePulumiCli } from "../pulumi-cli/ensure-pulumi-cli";
import type { PulumiStack } from "../pulumi-stack";
import { forgetOwnSettings } from "./own-settings";
import { type Screen, TERMINAL } from "./screen";
import { Stage } from "./stage";
import { STEPS } from "./story";
import { inWorkFolder } from "./work-folder";

const HELP = `Shows API access as code at work, in about a minute: it starts a backend on a free port and runs the real Pulumi
CLI on copies of examples/quickstart and examples/environments, with a gateway in front of a stand-in of the External API.
Everything that it makes is in a folder of its own below .work, and gone at the end. Your Pulumi login and state are not touched.

  npm run demo              tell the whole story, then remove everything
  npm run demo -- --keep    stop before the last step, leave the backend running, and print the lines to go on by hand
  npm run demo -- --help    this
`;

async function main(args: string[]): Promise<void> {
  const options = { keep: { type: "boolean" }, help: { type: "boolean", short: "h" } } as const;
  const { values } = parseArgs({ args, options });
  if (values.help) return void process.stdout.write(HELP);
  forgetOwnSettings();
  await ensurePulumiCli({ report: (line) => TERMINAL.line(line) });
  await perform(TERMINAL, values.keep ?? false);
}

async function perform(screen: Screen, keep: boolean): Promise<void> {
  const start = performance.now();
  await inWorkFolder({ name: "demo", keep }, (folder) => tell(screen, folder, keep));
  const seconds = ((performance.now() - start) / 1000).toFixed(0);
  screen.line(
    `\nDone in ${seconds} s${keep ? "" : "; the backend is stopped, and everything that the demo created is removed"}.`,
  );
}

async function tell(screen: Screen, folder: string, keep: boolean): Promise<void> {
  const { stage, stack } = await open(screen, folder, keep);
  const steps = keep ? STEPS.slice(0, -1) : STEPS;
  for (const [index, step] of steps.entries()) {
    screen.heading(index + 1, step.title);
    await step.play({ screen, stage, stack }).catch((error: unknown) => {
      throw new Error(`\nStep ${index + 1} of the demo failed: ${messageOf(error)}`, { cause: error });
    });
  }
  if (keep) await sayHowToGoOn(screen, stage, stack);
}

async function open(screen: Screen, folder: string, keep: boolean): Promise<{ stage: Stage; stack: PulumiStack }> {
  screen.line("API access as code for Xtremepush, on its own backend and with the real Pulumi CLI.");
  screen.command(`npx --no-install xtremepush-access-backend start${keep ? "" : " --exit-with-parent"} &`);
  const stage = await Stage.open(folder, keep);
  screen.output(`The backend listens on ${stage.backend.endpoint}`);
  return { stage, stack: await stage.stack() };
}

async function sayHowToGoOn(screen: Screen, stage: Stage, stack: PulumiStack): Promise<void> {
  const { goOn, end } = await stage.farewell(stack);
  screen.line("\nThe backend is still running, with the two clients. To continue by hand:\n");
  for (const line of goOn) screen.line(line);
  screen.line("xtremepush-access-backend client list");
  screen.line("pulumi preview --diff      # after a change of examples/quickstart/index.ts in that folder");
  screen.line("\nTo delete the clients, stop the backend and remove its folder:\n");
  for (const line of ["pulumi destroy", ...end]) screen.line(line);
}

function fail(error: unknown): never {
  console.error(messageOf(error));
  process.exit(1);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

main(process.argv.slice(2)).catch(fail);

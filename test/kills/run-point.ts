import { existsSync } from "node:fs";
import path from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { readDestinations, startReaders, works } from "./readers";
import { argumentsOf, type Command, type World } from "./world";

/** When a command of an environment is killed. */
interface PointOptions {
  readonly environment: string;
  readonly command: Command;
  /** As a part of the time that the command takes. */
  readonly at: number;
}

/** What came of a command that was killed and run again. */
export interface PointReport {
  readonly text: string;
  /** Whether it was killed before it had ended. */
  readonly isKilled: boolean;
  readonly tokens: number;
  readonly faults: readonly string[];
}

/** Kills a command, runs it again, and checks what there is then. */
export async function runPoint(world: World, options: PointOptions): Promise<PointReport> {
  const { bench, anybody, durations } = world;
  const { environment, command, at } = options;
  // In `down` the credentials end on purpose.
  const readers = command === "down" ? null : startReaders({ anybody, folder: bench.folder, environment });
  const after = Math.round(durations[command] * at);
  const start = performance.now();
  const run = bench.start(argumentsOf(command, environment), {});
  const ended = await Promise.race([run.finished.then(() => true), wait(after, false)]);
  if (!ended) await run.kill();
  const { code } = await run.finished;
  const isKilled = code === null;
  // The machine was busier when it was measured.
  if (!isKilled) durations[command] = Math.min(durations[command], performance.now() - start);
  // A rotation that was over when it was killed is another one when it is asked for again.
  const before = command === "rotate" ? await finishedVersion(world, environment) : 1;
  const again = isKilled ? await bench.run(...argumentsOf(command, environment)) : await run.finished;
  const { tokens, faults } = (await readers?.stop()) ?? { tokens: 0, faults: [] };
  const found = [
    ...(again.code === 0 ? [] : [`the second run ended with ${again.code}: ${again.stderr}`]),
    ...faults,
    ...(await faultsOf(world, { ...options, version: isKilled ? before + 1 : 2 })),
  ];
  const how = isKilled ? `killed after ${after} ms` : "ended before it was to be killed";
  const text = [`${environment} ${command} ${how}: ${found.length === 0 ? "complete" : "WRONG"}`, ...found].join(
    "\n  ",
  );
  return { text, isKilled, tokens, faults: found };
}

/** The version of the secret, if no rotation is recorded as begun; else the one before it. */
async function finishedVersion({ bench, admin }: World, environment: string): Promise<number> {
  if (existsSync(path.join(bench.folder, `.access-env/rotations/${environment}.json`))) return 1;
  const { items } = await admin.clients.list(environment);
  return items[0]?.secretVersion ?? 1;
}

interface Ended extends PointOptions {
  /** Of the secret after a rotation. */
  readonly version: number;
}

async function faultsOf(world: World, { environment, command, ...expected }: Ended): Promise<string[]> {
  const { bench, admin, anybody } = world;
  const { items: clients } = await admin.clients.list(environment);
  const held = readDestinations(bench.folder, environment);
  if (command === "down") {
    const stack = path.join(bench.folder, `.access-env/state/.pulumi/stacks/programs/${environment}.json`);
    return [
      ...(clients.length === 0 ? [] : [`${clients.length} clients are left`]),
      ...(held.every((each) => each === null) ? [] : ["a credential is left in a destination"]),
      ...(existsSync(stack) ? ["the stack is left"] : []),
      ...leftovers(bench.folder, environment),
    ];
  }
  const [client] = clients;
  const working = await Promise.all(held.map((each) => each !== null && works(anybody, each)));
  const version = command === "up" ? 1 : expected.version;
  const again = await bench.run("up", environment);
  return [
    ...(clients.length === 1 ? [] : [`there are ${clients.length} clients`]),
    ...working.flatMap((isWorking, index) =>
      isWorking ? [] : [`the secret in destination ${index + 1} does not work`],
    ),
    ...(client?.secretVersion === version ? [] : [`the secret has version ${client?.secretVersion}, not ${version}`]),
    ...(client?.secrets.length === 1 ? [] : [`${client?.secrets.length} secrets work`]),
    ...(/^Nothing changed: /.test(again.stdout)
      ? []
      : [`the next up changes something: ${again.stdout}${again.stderr}`]),
  ];
}

/** What `down` must not leave beside the program. */
function leftovers(folder: string, environment: string): string[] {
  const files = ["deliveries", "rotations"].map((name) => `.access-env/${name}/${environment}.json`);
  return files.filter((file) => existsSync(path.join(folder, file))).map((file) => `${file} is left`);
}

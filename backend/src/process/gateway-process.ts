import { type ChildProcess, spawn } from "node:child_process";
import { hostname } from "node:os";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { z } from "zod";
import { StartFailure } from "../failures/start-failure";
import type { LogSettings } from "../http/log-settings";
import type { GatewayCommand } from "./gateway-command";

/** How long calls through the gateway may take at a stop before it is killed. It reports what it has counted when the stop begins. */
const GRACE_MS = 5_000;

/** How many lines of its errors are kept. */
const ERRORS_MAX = 20;

/** The variables that are only the backend's: its secrets, and the database of something else. */
const OWN = /^(XTREMEPUSH_ACCESS_|DATABASE_URL$|PG)/;

export interface GatewayOptions {
  /** The address of the backend. */
  readonly backend: string;
  /** The token of its actor. It is in the environment of the process, which only the same user can read. */
  readonly token: string;
  readonly log: LogSettings;
}

/** The gateway of a start, as a process of its own that never outlives this one. */
export class GatewayProcess {
  readonly endpoint: string;
  /** Resolves with the reason when it ends without having been told. */
  readonly ended: Promise<string>;
  readonly #child: ChildProcess;
  readonly #ended: Promise<string>;
  #isStopping = false;

  private constructor(endpoint: string, child: ChildProcess, ended: Promise<string>) {
    this.endpoint = endpoint;
    this.#child = child;
    this.#ended = ended;
    this.ended = new Promise((resolve) => {
      void ended.then((how) => !this.#isStopping && resolve(how));
    });
  }

  /** Starts it, and waits until it listens. @throws StartFailure with the gateway's own sentence */
  static async start(command: GatewayCommand, { backend, token, log }: GatewayOptions): Promise<GatewayProcess> {
    const child = spawn(process.execPath, argsOf(command, backend, log), {
      env: { ...inherited(process.env), XTREMEPUSH_TOKEN: token },
      stdio: ["ignore", "pipe", "pipe", "ipc"],
      // A terminal sends its signals to all processes of its group: this one stops the gateway itself, once.
      detached: true,
    });
    const errors = forward(child, log);
    const ended = new Promise<string>((resolve) => {
      child.once("error", ({ message }) => resolve(message));
      child.once("close", () => resolve(errors() || howEnded(child)));
    });
    const endpoint = await Promise.race([listening(child), ended.then(() => null)]);
    if (endpoint !== null) return new GatewayProcess(endpoint, child, ended);
    throw new StartFailure(`The gateway did not start: ${await ended}`, child.exitCode === 2 ? 2 : 1);
  }

  /** Lets it report use and finish calls, for a few seconds. */
  async close(): Promise<void> {
    this.#isStopping = true;
    this.#child.kill("SIGTERM");
    const patience = setTimeout(() => this.#child.kill("SIGKILL"), GRACE_MS);
    await this.#ended;
    clearTimeout(patience);
  }
}

function argsOf({ main, file, port }: GatewayCommand, backend: string, { level }: LogSettings): string[] {
  const args = [main, "start", `--config=${file}`, `--backend=${backend}`, `--log-level=${level}`];
  return [...args, "--exit-with-parent", ...(port === null ? [] : [`--port=${port}`])];
}

function inherited(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !OWN.test(name)));
}

const Listening = z.object({ listening: z.object({ endpoint: z.string() }) });

function listening(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    child.on("message", (message) => {
      const { data } = Listening.safeParse(message);
      if (data !== undefined) resolve(data.listening.endpoint);
    });
  });
}

/** Writes what it logs into the log of the backend. @returns the last that it wrote to standard error, which says why it ends */
function forward({ stdout, stderr }: ChildProcess, { stream = process.stdout }: LogSettings): () => string {
  const errors: string[] = [];
  eachLine(stdout, (line) => stream.write(`${marked(line)}\n`));
  eachLine(stderr, (line) => {
    errors.push(line);
    if (errors.length > ERRORS_MAX) errors.shift();
  });
  return () => errors.join("\n");
}

function eachLine(input: Readable | null, take: (line: string) => void): void {
  if (input !== null) createInterface({ input }).on("line", take);
}

/** A line of the gateway's log that says whose it is. */
function marked(line: string): string {
  const { msg, ...entry } = entryOf(line);
  return JSON.stringify({ ...entry, msg: `gateway: ${msg}` });
}

function entryOf(line: string): Readonly<Record<string, unknown>> {
  try {
    const entry: unknown = JSON.parse(line);
    if (typeof entry === "object" && entry !== null && "msg" in entry) return { ...entry };
  } catch {
    // What a crash of Node.js prints is text.
  }
  return { level: 50, time: Date.now(), pid: process.pid, hostname: hostname(), msg: line };
}

function howEnded({ exitCode, signalCode }: ChildProcess): string {
  return signalCode === null ? `it ended with ${exitCode}` : `it was ended by ${signalCode}`;
}

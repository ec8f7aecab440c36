import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import path from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { AccessClient } from "xtremepush-access";
import { freePort } from "../support/process/free-port";
import { Background, Terminal, type Typed } from "./terminal";

const ROOT = path.resolve(__dirname, "../..");
const START_MS = 60_000;
const AS_TYPED: Typed = { input: "", fails: false };

export interface PlaceOptions {
  readonly under: string;
  /** The folder of the Pulumi CLI. */
  readonly cli: string;
  readonly isClone?: boolean;
}

interface Editor {
  readonly token: string;
  readonly access: AccessClient;
}

/** Where one guide is followed: a folder, a terminal, and what runs beside it. */
export class Place {
  /** Of the reader's program or service. */
  readonly folder: string;
  readonly port: number;
  readonly environment: Record<string, string>;
  readonly #home: string;
  readonly #terminal: Terminal;
  readonly #running: Background[] = [];
  readonly #closing: (() => Promise<void>)[] = [];
  readonly #names = new Map<string, string>();
  readonly #editors = new Map<string, Editor>();
  printed = "";

  private constructor(home: string, port: number, { cli, isClone = false }: PlaceOptions) {
    this.#home = home;
    this.port = port;
    this.folder = path.join(home, "my-access");
    this.environment = environmentOf(home, port, cli);
    mkdirSync(this.folder);
    mkdirSync(this.beside("state"));
    this.#terminal = this.#open(isClone ? ROOT : this.folder);
    this.call("http://127.0.0.1:8420", this.endpoint);
    this.call("https://access.example.com", this.endpoint);
  }

  static async open(options: PlaceOptions): Promise<Place> {
    return new Place(mkdtempSync(path.join(options.under, "guide-")), await freePort(), options);
  }

  get endpoint(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** A file or folder beside the reader's folder. */
  beside(name: string): string {
    return path.join(this.#home, name);
  }

  /** Has a name of the guide mean what there is here. */
  call(name: string, here: string): void {
    this.#names.set(name, here);
  }

  /** A text of the guide with the names that there are here. */
  here(text: string): string {
    return [...this.#names].reduce((written, [name, here]) => written.replaceAll(name, here), text);
  }

  write(file: string, text: string): void {
    const target = path.join(this.folder, file);
    mkdirSync(path.dirname(target), { recursive: true });
    writeFileSync(target, this.here(text));
  }

  read(file: string): string {
    return readFileSync(path.join(this.folder, file), "utf8");
  }

  /** Types commands into the reader's terminal. */
  async run(commands: string, typed: Partial<Typed> = {}): Promise<string> {
    const { input, fails } = { ...AS_TYPED, ...typed };
    this.printed = await this.#terminal.run(this.here(commands), { input: this.here(input), fails });
    return this.printed;
  }

  /** Starts a backend in another terminal, in place of the one that runs, and waits until it can serve. */
  async start(commands: string): Promise<void> {
    await this.stop();
    await this.startBeside(commands, this.endpoint);
  }

  /** Starts something beside the backend in another terminal, and waits until it can serve at an address. */
  async startBeside(commands: string, endpoint: string): Promise<void> {
    const running = new Background(this.here(commands), this.#terminalOptions(this.folder));
    this.#running.push(running);
    for (const end = Date.now() + START_MS; !(await isReady(this.here(endpoint))); await wait(100)) {
      if (running.hasEnded() || Date.now() > end) throw new Error(`it does not serve:\n${running.printed()}`);
    }
    this.printed = running.printed();
  }

  async stop(): Promise<void> {
    for (const running of this.#running.splice(0)) await running.stop();
  }

  /** An admin of the backend that runs, by the token that its first start has made. */
  admin(): AccessClient {
    return new AccessClient({ endpoint: this.endpoint, token: this.read(".xtremepush-access/admin-token").trim() });
  }

  /** A person or a pipeline who edits the project `acme`; the same one for the same name. */
  async editor(name: string): Promise<Editor> {
    const known = this.#editors.get(name);
    if (known !== undefined) return known;
    const { token } = await this.admin().actors.create({ name, role: "editor", projects: ["acme"] });
    const editor = { token, access: new AccessClient({ endpoint: this.endpoint, token }) };
    this.#editors.set(name, editor);
    return editor;
  }

  onClose(close: () => Promise<void>): void {
    this.#closing.push(close);
  }

  async close(): Promise<void> {
    await this.#terminal.close();
    await this.stop();
    for (const close of this.#closing) await close();
  }

  #open(cwd: string): Terminal {
    return new Terminal(this.#terminalOptions(cwd));
  }

  #terminalOptions(cwd: string) {
    return { cwd, environment: this.environment, under: this.#home };
  }
}

async function isReady(endpoint: string): Promise<boolean> {
  return fetch(`${endpoint}/readyz`).then(
    ({ ok }) => ok,
    () => false,
  );
}

/** A user with an empty home, whose npm has downloaded what ours has, and whose backend listens on a port of its own. */
function environmentOf(home: string, port: number, cli: string): Record<string, string> {
  const own = homedir();
  return {
    ...machineEnvironment(),
    PATH: [path.dirname(process.execPath), cli, process.env["PATH"]].join(path.delimiter),
    HOME: home,
    npm_config_cache: process.env["npm_config_cache"] ?? path.join(own, ".npm"),
    npm_config_userconfig: process.env["npm_config_userconfig"] ?? path.join(own, ".npmrc"),
    npm_config_update_notifier: "false",
    XTREMEPUSH_ACCESS_PORT: String(port),
    // Some builds of the CLI find the home of the user without HOME.
    PULUMI_HOME: path.join(home, ".pulumi"),
    PULUMI_BACKEND_URL: `file://${path.join(home, "state")}?metadata=skip`,
    PULUMI_SKIP_UPDATE_CHECK: "true",
    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
    NO_COLOR: "1",
  };
}

/** How this machine reaches its registries, without what npm and ts-node say to this process. */
function machineEnvironment(): Record<string, string> {
  const own = /^(?:TS_NODE_|NODE_V8_COVERAGE|INIT_CWD|npm_(?!config_(?:registry|cafile|.*proxy)))/i;
  const entries = Object.entries(process.env).flatMap(([name, value]) =>
    value === undefined || own.test(name) ? [] : [[name, value] as const],
  );
  return Object.fromEntries(entries);
}

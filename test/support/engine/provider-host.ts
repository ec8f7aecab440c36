import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { type AddressInfo, createServer, type Socket } from "node:net";
import path from "node:path";
import { compileFunction } from "node:vm";
import * as grpc from "@grpc/grpc-js";
import { NAME_PATIENCE } from "./name-patience";

/** What a command starts the dynamic provider with, as `provider-relay.cjs` sends it. */
interface Start {
  /** The engine's address. */
  readonly args: readonly string[];
  readonly folder: string;
  readonly environment: NodeJS.ProcessEnv;
}

type Write = (stream: "stdout" | "stderr", text: string) => void;

const SCRIPT = require.resolve("@pulumi/pulumi/cmd/dynamic-provider");
const requireThere = createRequire(SCRIPT);
const requireFromString: (code: string) => { handler(): unknown } = requireThere("require-from-string");

/** Pulumi's own script, whose packages are loaded once; what it makes of the process is each run's own. */
const script = compileFunction(readFileSync(SCRIPT, "utf8"), ["exports", "require", "process", "console"], {
  filename: SCRIPT,
});

// A process of its own: what a handler leaves uncaught fails no test, but the command that it is for.
process.on("disconnect", () => process.exit());
const listener = createServer(serve).listen(0, "127.0.0.1", () => {
  // A server that listens on a port has an address of this form.
  process.send?.((listener.address() as AddressInfo).port);
});

/** Serves a provider for as long as the process that stands for it is there. */
function serve(socket: Socket): void {
  const write: Write = (stream, text) => socket.write(`${JSON.stringify([stream, text])}\n`);
  let start = "";
  socket.setEncoding("utf8").on("data", (text) => {
    start += text;
    if (!start.endsWith("\n")) return;
    const server = startProvider(JSON.parse(start), write);
    socket.once("close", () => server.forceShutdown());
  });
  // The engine kills the process, and the close follows.
  socket.on("error", () => {});
}

function startProvider(start: Start, write: Write): grpc.Server {
  const servers: grpc.Server[] = [];
  class OwnServer extends grpc.Server {
    constructor(options?: grpc.ServerOptions) {
      super(options);
      servers.push(this);
    }
  }
  const load = loaderOf(start);
  const replaced: Readonly<Record<string, unknown>> = {
    "@grpc/grpc-js": { ...grpc, Server: OwnServer },
    "require-from-string": (code: string) => {
      const provider = load(() => requireFromString(code).handler());
      return { handler: () => provider };
    },
  };
  script(
    {},
    (name: string) => replaced[name] ?? requireThere(name),
    { argv: [process.execPath, SCRIPT, ...start.args], on: () => {}, exit: () => {} },
    {
      log: (text: string) => write("stdout", `${text}\n`),
      error: (text: string) => write("stderr", `${text}\n`),
    },
  );
  const [server] = servers;
  if (server === undefined) throw new Error("the script of the dynamic provider has made no server");
  return server;
}

/** Loads handlers with the folder, the environment and the modules of this repo that a process of its own would have. */
function loaderOf({ args, folder, environment }: Start): (load: () => unknown) => unknown {
  let modules: NodeJS.Dict<NodeModule> = {};
  return (load) => {
    process.chdir(folder);
    process.env = { ...environment };
    // The handlers end a process that runs Pulumi's script when its engine is gone: this one stays.
    process.argv = [process.execPath, __filename, ...args];
    for (const file of ownModules()) delete require.cache[file];
    Object.assign(require.cache, modules);
    const loaded = load();
    const patience = environment[NAME_PATIENCE];
    if (patience !== undefined) setNamePatience(Number(patience));
    modules = Object.fromEntries(ownModules().map((file) => [file, require.cache[file]]));
    return loaded;
  };
}

/** Shortens how long a change waits for the name of a client that the program may not declare. */
function setNamePatience(ms: number): void {
  const file = ownModules().find((name) => name.endsWith(path.join("dynamic", "run", "hand-overs.js")));
  if (file === undefined) throw new Error("the handlers have not loaded hand-overs.js");
  const exported = require(file);
  const { HandOvers } = exported;
  exported.HandOvers = class extends HandOvers {
    constructor() {
      super({ absent: ms, stuck: ms, total: 600_000 });
    }
  };
}

function ownModules(): string[] {
  return Object.keys(require.cache).filter((file) => !file.includes(`${path.sep}node_modules${path.sep}`));
}

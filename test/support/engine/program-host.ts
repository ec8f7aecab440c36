import { promisify } from "node:util";
import {
  Client,
  type ClientOptions,
  credentials,
  type handleUnaryCall,
  Server,
  ServerCredentials,
  type UntypedServiceImplementation,
} from "@grpc/grpc-js";
import { LanguageRuntimeService } from "@pulumi/pulumi/proto/language_grpc_pb";
import type { RunRequest, RunResponse } from "@pulumi/pulumi/proto/language_pb";

/** What the next command runs, and with which environment. */
export interface HostedProgram {
  readonly folder: string;
  readonly environment: NodeJS.ProcessEnv;
}

// What runs the inline programs of the Automation API; the package's types leave it out.
const { LanguageServer } = require("@pulumi/pulumi/automation/server") as {
  LanguageServer: new (program: () => Promise<unknown>) => UntypedServiceImplementation & Runner;
};
interface Runner {
  run: handleUnaryCall<RunRequest, RunResponse>;
}

// The options with which Pulumi's own clients of the engine are made; its types leave them out as well.
const { grpcClientOptions } = require("@pulumi/pulumi/runtime/settings") as { grpcClientOptions: ClientOptions };

let serving: Server | undefined;

// A process of its own: a program has its environment and its folder, and what it leaves uncaught fails no test.
process.on("message", async (program: HostedProgram) => process.send?.(await serve(program)));
process.on("disconnect", () => process.exit());

/** Serves a program to one command of the CLI, and no longer the one before. */
async function serve({ folder, environment }: HostedProgram): Promise<string> {
  serving?.forceShutdown();
  const server = new Server();
  serving = server;
  const language = new LanguageServer(async () => {
    process.chdir(folder);
    process.env = { ...environment };
    forgetPrograms();
    return require(folder);
  });
  const run = language.run.bind(language);
  language.run = (call, callback) => {
    const [engine = ""] = call.request.getArgsList();
    connect([call.request.getMonitorAddress(), engine]).then((clients) => {
      run(call, (...answer) => {
        for (const client of clients) client.close();
        callback(...answer);
      });
    }, callback);
  };
  server.addService(LanguageRuntimeService, language);
  return new Promise((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, port) =>
      error ? reject(error) : resolve(`127.0.0.1:${port}`),
    );
  });
}

/**
 * Waits for connections, which Pulumi's own clients of the same addresses then share. A call before there is one fails on a
 * busy machine, and where Pulumi ignores that failure, the command goes on as if the program declared nothing.
 */
async function connect(addresses: readonly string[]): Promise<readonly Client[]> {
  const clients = addresses.map((address) => new Client(address, credentials.createInsecure(), grpcClientOptions));
  await Promise.all(clients.map((client) => promisify(client.waitForReady.bind(client))(Date.now() + 60_000)));
  return clients;
}

/** Each run loads the program and the packages of this repo again, as a process of its own would. */
function forgetPrograms(): void {
  for (const file of Object.keys(require.cache)) if (!file.includes("/node_modules/")) delete require.cache[file];
}

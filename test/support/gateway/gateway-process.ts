import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import path from "node:path";
import { plainEnvironment } from "../process/plain-environment";
import { temporaryFolder } from "../process/temporary-folder";
import { until } from "../process/until";

const MAIN = path.resolve(__dirname, "../../../gateway/dist/main.js");
const PATIENCE_MS = 30_000;

/** A gateway as a process of its own, which can be killed. */
export interface GatewayProcess {
  readonly child: ChildProcess;
  readonly endpoint: string;
  /** `host:port` of its decisions. */
  readonly decide: string;
  close(): Promise<void>;
}

/** Starts a gateway with a gateway.yaml in a folder, which may be that of one before, and waits until it is ready. */
export async function startGatewayProcess(
  yaml: string,
  environment: Readonly<Record<string, string>>,
  folder = temporaryFolder(),
): Promise<GatewayProcess> {
  writeFileSync(path.join(folder, "gateway.yaml"), yaml);
  const env = plainEnvironment(environment);
  const child = spawn(process.execPath, [MAIN, "start"], { cwd: folder, env, stdio: ["ignore", "pipe", "inherit"] });
  const ended = once(child, "exit");
  let output = "";
  child.stdout.on("data", (text) => {
    output += String(text);
  });
  await until(() => output.includes('"listening"') || child.exitCode !== null, PATIENCE_MS);
  const [, endpoint] = /"endpoint":"(http:[^"]+)"/.exec(output) ?? [];
  const [, decide] = /"decideEndpoint":"http:\/\/([^"]+)"/.exec(output) ?? [];
  if (endpoint === undefined || decide === undefined) throw new Error(`the gateway did not start: ${output}`);
  await until(async () => (await fetch(`${endpoint}/readyz`)).ok, PATIENCE_MS);
  const close = async () => {
    child.kill("SIGKILL");
    await ended;
  };
  return { child, endpoint, decide, close };
}

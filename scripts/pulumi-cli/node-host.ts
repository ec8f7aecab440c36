import { spawn } from "node:child_process";
import { once } from "node:events";
import { credentials } from "@grpc/grpc-js";
import { LanguageRuntimeClient } from "@pulumi/pulumi/proto/language_grpc_pb";
import type { PluginInfo } from "@pulumi/pulumi/proto/plugin_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { isNewEnough } from "./wanted-version";

/** What programs cannot do with the Node.js language host that Go can build, the last one that the Go module proxy serves. */
export const OLD_HOST_LACKS = "resource hooks, stack transforms or policy packs";

/** Whether a language host can do all that Pulumi's documentation says. */
export function isCurrentHost(version: string): boolean {
  return isNewEnough(version);
}

/**
 * Starts a Node.js language host and asks it for its version, without a leading v.
 *
 * @returns undefined when it does not answer within 5 seconds.
 */
export async function askNodeHost(file: string): Promise<string | undefined> {
  // The address of an engine, which it watches but does not need for this answer.
  const child = spawn(file, ["127.0.0.1:1"], { stdio: ["ignore", "pipe", "ignore"] });
  const late = AbortSignal.timeout(5_000);
  try {
    const [port] = await Promise.race([once(child.stdout, "data", { signal: late }), ended(child)]);
    const info = await pluginInfo(`127.0.0.1:${String(port).trim()}`);
    return info.getVersion().replace(/^v/, "");
  } catch {
    // Whatever is in that file, it is not a language host that runs.
    return undefined;
  } finally {
    child.kill();
  }
}

async function ended(child: ReturnType<typeof spawn>): Promise<never> {
  // A program that cannot start emits `error` instead, which rejects this.
  await once(child, "exit");
  throw new Error("it ended");
}

function pluginInfo(address: string): Promise<PluginInfo> {
  const client = new LanguageRuntimeClient(address, credentials.createInsecure());
  return new Promise<PluginInfo>((resolve, reject) => {
    client.getPluginInfo(new Empty(), (error, info) => (error ? reject(error) : resolve(info)));
  }).finally(() => client.close());
}

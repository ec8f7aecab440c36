import { cpus, loadavg, totalmem } from "node:os";

/** What the numbers depend on; nothing that identifies the machine. */
export function machineFacts(pulumiVersion: string): string {
  const [load = 0] = loadavg();
  const [cpu] = cpus();
  const gibibytes = Math.round(totalmem() / 1024 ** 3);
  const cores = `${cpus().length} cores (${(cpu?.model ?? "unknown").trim()}, ${process.platform} ${process.arch})`;
  return `${cores}, ${gibibytes} GiB of memory, Node.js ${process.versions.node}, Pulumi ${pulumiVersion}, with a load of ${load.toFixed(1)} at the start`;
}

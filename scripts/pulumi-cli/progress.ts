import type { Report } from "./pulumi-cli";

/** Runs the work, and reports a line every 10 seconds so that the wait does not look like a hang. */
export async function withProgress<T>(report: Report, line: () => string, work: () => Promise<T>): Promise<T> {
  const start = performance.now();
  const seconds = (): number => Math.round((performance.now() - start) / 1000);
  const timer = setInterval(() => report(`  ${line()}, ${seconds()} s`), 10_000);
  try {
    return await work();
  } finally {
    clearInterval(timer);
  }
}

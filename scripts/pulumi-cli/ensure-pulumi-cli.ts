import { buildCli } from "./build-cli";
import { downloadCli } from "./download-cli";
import { findBuilt, findDownloaded, findOnPath } from "./find-cli";
import { GO_VERSION } from "./go-programs";
import { type Machine, thisMachine } from "./machine";
import type { PulumiCli, Report, Way } from "./pulumi-cli";
import { PULUMI_VERSION } from "./wanted-version";

/** The ways to get a CLI, cheapest first. */
const WAYS: readonly Way[] = [findOnPath, findDownloaded, findBuilt, downloadCli, buildCli];

export interface EnsureOptions {
  /** @default lines on stderr */
  readonly report?: Report;
  /** @default this computer */
  readonly machine?: Machine;
}

/**
 * Finds a Pulumi CLI that is new enough and can run TypeScript programs, or gets one. The first run may take
 * minutes.
 *
 * @throws Error that says what to install, when no way works.
 *
 * @example
 * ```ts
 * const { binDir } = await ensurePulumiCli();
 * process.env["PATH"] = `${binDir}${path.delimiter}${process.env["PATH"]}`;
 * ```
 */
export async function ensurePulumiCli(options: EnsureOptions = {}): Promise<PulumiCli> {
  const { report = console.error, machine = thisMachine() } = options;
  if (machine.platform === "win32")
    throw new Error("On Windows, run this inside WSL, the Windows Subsystem for Linux.");

  const problems: string[] = [];
  for (const way of WAYS) {
    const outcome = await way(machine, report);
    if ("cli" in outcome) return outcome.cli;
    report(outcome.problem);
    problems.push(outcome.problem);
  }
  throw new Error(
    `Install Pulumi ${PULUMI_VERSION} or newer (https://www.pulumi.com/docs/iac/download-install/), or Go ${GO_VERSION} or newer ` +
      `(https://go.dev/doc/install) to build it from source, then run this again.\n${problems.map((p) => `- ${p}`).join("\n")}`,
  );
}

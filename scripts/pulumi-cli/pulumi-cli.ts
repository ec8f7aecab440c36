import type { Machine } from "./machine";

export interface PulumiCli {
  /** The folder that holds `pulumi`; put it first on the PATH. */
  readonly binDir: string;
  /** Without a leading v. */
  readonly version: string;
  /** The version of its Node.js language host, without a leading v. */
  readonly nodeHost: string;
  readonly origin: "path" | "downloaded" | "built";
}

/** Shows a line to the user. */
export type Report = (line: string) => void;

/** One way to get a CLI: it returns the CLI, or a sentence that says why it cannot. */
export type Way = (machine: Machine, report: Report) => Promise<{ cli: PulumiCli } | { problem: string }>;

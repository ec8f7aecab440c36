import type { Machine } from "./machine";

export interface PulumiCli {
  /** The folder that holds `pulumi`; put it first on the PATH. */
  readonly binDir: string;
  /** Without a leading v. */
  readonly version: string;
  readonly origin: "path" | "cache" | "installer" | "built";
}

/** Shows a line to whoever waits. */
export type Report = (line: string) => void;

/** One way to come to a CLI: it has one, or it says in a sentence why not. */
export type Way = (machine: Machine, report: Report) => Promise<{ cli: PulumiCli } | { problem: string }>;

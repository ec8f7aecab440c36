import type { Readable } from "node:stream";
import { Report } from "./child/report";

/** Far more than a program has lines that hide something. */
const REPORTS_MAX = 10_000;
const LINE_MAX = 65_536;

/** The reports that a program's process sends. */
export interface Reports {
  readonly reports: readonly Report[];
  /** Whether there may be others, which nobody read. */
  readonly incomplete: boolean;
}

/** Reads reports, one a line. The program can write to the same pipe, so each other line makes them incomplete. */
export class ReportReader {
  private readonly reports: Report[] = [];
  private hasOtherLines = false;
  private ended = false;
  private rest = "";

  constructor(stream: Readable) {
    stream.setEncoding("utf8").on("data", (chunk: string) => this.read(chunk));
    stream.once("close", () => {
      this.ended = true;
    });
  }

  /** What it read until now. */
  get result(): Reports {
    return { reports: this.reports, incomplete: this.hasOtherLines || !this.ended || this.rest !== "" };
  }

  private read(chunk: string): void {
    const lines = (this.rest + chunk).split("\n");
    this.rest = lines.pop() ?? "";
    for (const line of lines) this.readLine(line);
    if (this.rest.length <= LINE_MAX) return;
    this.hasOtherLines = true;
    this.rest = "";
  }

  private readLine(line: string): void {
    const read = Report.safeParse(jsonOf(line));
    // Those that say why a program failed come last.
    const isKept = this.reports.length < REPORTS_MAX || read.data?.kind === "failure" || read.data?.kind === "exit";
    if (read.success && isKept) this.reports.push(read.data);
    else this.hasOtherLines = true;
  }
}

function jsonOf(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

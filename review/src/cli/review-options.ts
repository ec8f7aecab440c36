import { writeFile } from "node:fs/promises";
import { type Command, InvalidArgumentError, Option } from "commander";
import type { Review } from "../model/review";
import { writeAnnotations } from "../outputs/annotations";
import { writeJson } from "../outputs/json";
import { writeMarkdown } from "../outputs/markdown";
import { writeSarif } from "../outputs/sarif";
import { writeText } from "../outputs/text";
import { TIMEOUT_SECONDS } from "../program/read-program";
import { ReviewFailure } from "../review-failure";
import { print, unwritable } from "./print";

/** The longest summary of a job that GitHub accepts, in bytes. */
const SUMMARY_MAX = 1024 * 1024;

const WRITERS = {
  text: (review) => writeText(review, { colour: false }),
  markdown: (review) => writeMarkdown(review),
  summary: (review) => writeMarkdown(review, { room: { max: SUMMARY_MAX, measure: Buffer.byteLength } }),
  json: writeJson,
  sarif: writeSarif,
  annotations: writeAnnotations,
} as const satisfies Record<string, (review: Review, folder: string) => string>;
type Format = keyof typeof WRITERS;

const FORMATS = Object.keys(WRITERS);

/** The options of every command that reads a program. */
export interface ProgramOptions {
  readonly program: string;
  readonly stack: readonly string[];
  /** How long each run of the program may take, in seconds. */
  readonly timeout: number;
}

export function withProgramOptions(command: Command): Command {
  return command
    .option("--program <dir>", "the folder with Pulumi.yaml", ".")
    .option("--stack <name>", "only this stack; repeatable", (name: string, names: string[]) => [...names, name], [])
    .addOption(timeoutOption());
}

/** The option that the message of a program that runs too long names. */
export function timeoutOption(): Option {
  return new Option("--timeout <seconds>", "how long the program may run")
    .argParser(secondsOf)
    .default(TIMEOUT_SECONDS);
}

function secondsOf(text: string): number {
  const seconds = Number(text);
  if (!Number.isInteger(seconds) || seconds < 1 || seconds > 86_400) {
    throw new InvalidArgumentError("Use a whole number of seconds from 1 to 86400.");
  }
  return seconds;
}

export interface OutputOptions {
  readonly format: Format;
  readonly write: readonly [Format, string][];
}

export function withOutputOptions(command: Command): Command {
  return command
    .addOption(new Option("-f, --format <format>", "what to print").choices(FORMATS).default("text"))
    .option("--write <format=file>", "also write a format to a file; repeatable", fileOf, []);
}

function fileOf(text: string, others: readonly [Format, string][]): readonly [Format, string][] {
  const [format = "", ...file] = text.split("=");
  if (!isFormat(format) || file.join("=") === "") {
    throw new ReviewFailure(
      `--write takes a format and a file, as in --write sarif=access.sarif; the formats are ${FORMATS.join(", ")}`,
    );
  }
  return [...others, [format, file.join("=")]];
}

function isFormat(text: string): text is Format {
  return FORMATS.includes(text);
}

/** Prints a review and writes it to files, in each requested format. */
export async function writeReview(review: Review, options: OutputOptions): Promise<void> {
  const { format, write } = options;
  for (const [target, file] of write) {
    await writeFile(file, WRITERS[target](review, review.program)).catch((error: unknown) => {
      throw unwritable(file, error);
    });
  }
  const colour = format === "text" && process.stdout.isTTY && !process.env["NO_COLOR"];
  await print(colour ? writeText(review, { colour }) : WRITERS[format](review, review.program));
}

import { range, table, written } from "./markdown";
import type { ReviewFindings } from "./review";
import { summary } from "./statistics";
import { type Verdict, verdictOn } from "./verdict";

/** The targets of a review of a thousand clients: seconds, GitHub's limit for a comment, and a multiple of a preview. */
const TARGETS = { seconds: 2, characters: 65_536, ofPreview: 1.5, fromSize: 1_000 } as const;

/** How long it takes to read the program and to compare its lock files. */
export function reviewTable({ changes }: ReviewFindings): string {
  const rows = changes.map(({ change, locked, compared, characters }) => [
    change,
    locked.toFixed(2),
    String(compared.length),
    range(summary(compared), 2),
    written(characters),
  ]);
  return table(["clients that change", "lock, s", "rounds", "diff, s", "comment, characters"], rows);
}

/** A small program says nothing about the target: it only measures the start of Node.js. */
export function reviewVerdicts({ size, changes, previewed }: ReviewFindings): readonly Verdict[] {
  if (size < TARGETS.fromSize) return [];
  const seconds = Math.max(...changes.map(({ compared }) => summary(compared).median));
  const characters = Math.max(...changes.map((change) => change.characters));
  const locked = Math.max(...changes.map((change) => change.locked));
  return [
    verdictOn(
      seconds < TARGETS.seconds,
      `a diff of two lock files of ${written(size)} clients takes ${seconds.toFixed(2)} s; the target is less than ${TARGETS.seconds}.`,
    ),
    verdictOn(
      characters <= TARGETS.characters,
      `its comment has ${written(characters)} characters; GitHub's limit is ${written(TARGETS.characters)}.`,
    ),
    verdictOn(
      locked <= TARGETS.ofPreview * previewed,
      `its lock file takes ${locked.toFixed(2)} s, a preview with do-nothing handlers ${previewed.toFixed(2)} s; the target is at most ${TARGETS.ofPreview} times as long.`,
    ),
  ];
}

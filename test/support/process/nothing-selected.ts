/** Says that `--only` names nothing, and returns the exit code: a run of nothing must not look like a success. */
export function nothingSelected(only: string, names: readonly string[]): number {
  process.stderr.write(`--only ${only} names none of ${[...new Set(names)].join(", ")}\n`);
  return 2;
}

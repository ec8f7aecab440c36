const shown = new Set<string>();

/** Shows a warning on standard error, once in the process. */
export function warnOnce(warning: string): void {
  if (shown.has(warning)) return;
  shown.add(warning);
  process.stderr.write(`warning: ${warning}\n`);
}

/** Whether a message repeats a warning that is shown already. */
export function isShown(message: string): boolean {
  return [...shown].some((warning) => message.includes(warning));
}

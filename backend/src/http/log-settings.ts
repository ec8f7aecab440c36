export const LOG_LEVELS = ["debug", "info", "warn", "error", "silent"] as const;

/** Where the log goes, and its level. */
export interface LogSettings {
  readonly level: (typeof LOG_LEVELS)[number];
  readonly stream?: { write(line: string): void };
}

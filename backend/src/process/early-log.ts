import { hostname } from "node:os";
import type { LogSettings } from "../http/log-settings";

/** Writes a warning in the format of the app's log before the app exists. */
export function warnEarly({ level, stream = process.stdout }: LogSettings, msg: string): void {
  if (!WARNED.includes(level)) return;
  stream.write(`${JSON.stringify({ level: 40, time: Date.now(), pid: process.pid, hostname: hostname(), msg })}\n`);
}

const WARNED: readonly LogSettings["level"][] = ["debug", "info", "warn"];

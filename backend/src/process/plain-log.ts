import { visible } from "xtremepush-access/text";

const LEVELS: Readonly<Record<number, string>> = {
  10: "trace",
  20: "debug",
  30: "info",
  40: "WARN",
  50: "ERROR",
  60: "FATAL",
};
const HIDDEN: ReadonlySet<string> = new Set(["level", "time", "pid", "hostname", "msg"]);

/** A line of the JSON log as people read it: `10:02:03 WARN  message  field=value`. */
export function plainLogLine(line: string): string {
  const entry: Readonly<Record<string, unknown>> = JSON.parse(line);
  const time = new Date(String(entry["time"] ?? "") || 0);
  const level = LEVELS[Number(entry["level"])] ?? "info";
  const fields = Object.entries(entry).flatMap(([name, value]) =>
    HIDDEN.has(name) ? [] : [`${name}=${shown(value)}`],
  );
  return [clock(entry["time"], time), level.padEnd(5), visible(String(entry["msg"] ?? "")), ...fields].join("  ");
}

function clock(written: unknown, parsed: Date): string {
  const time = typeof written === "number" ? new Date(written) : parsed;
  return Number.isNaN(time.getTime()) ? "" : time.toISOString().slice(11, 19);
}

function shown(value: unknown): string {
  return visible(typeof value === "string" ? value : JSON.stringify(value));
}

import { statSync } from "node:fs";
import { codeOf, GatewayFailure } from "../gateway-failure";

/** How often files are looked at: those that renew certificates replace them days before their end. */
const LOOK_MS = 10_000;

/** What is used from a file, and may be replaced there while the gateway runs. */
export interface Followed {
  /** Where it is read from. A pipe or a device is read once, at the start: nobody may ever write to it again. */
  readonly files: readonly string[];
  /** Reads it again, and uses what is new. @returns what the log says of it; null when it is the same. @throws when it cannot be used. */
  readonly look: () => object | null;
  /** What the log calls it: `certificate`. */
  readonly name: string;
}

/** The log of replacements. */
export interface FollowLog {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
}

/** Uses what replaces files from now on; while that cannot be used, what was there before stays in use. */
export function followFiles(all: readonly Followed[], log: FollowLog, everyMs = LOOK_MS): { stop(): void } {
  const failures = new Map<string, string>();
  const lookAt = ({ name, files, look }: Followed) => {
    try {
      if (!files.every(isReplaceable)) return;
      const fields = look();
      failures.delete(name);
      if (fields !== null) log.info(fields, `uses the new ${name}`);
    } catch (error) {
      // Several files are not replaced at the same instant.
      const reason = error instanceof GatewayFailure ? error.message : codeOf(error);
      if (failures.get(name) !== reason)
        log.warn({ reason }, `the new ${name} cannot be used; the one of before stays`);
      failures.set(name, reason);
    }
  };
  const timer = setInterval(() => {
    for (const followed of all) lookAt(followed);
  }, everyMs);
  return { stop: () => clearInterval(timer) };
}

function isReplaceable(file: string): boolean {
  return statSync(file, { throwIfNoEntry: false })?.isFile() ?? true;
}

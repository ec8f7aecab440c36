import { writeFileSync } from "node:fs";
import { join } from "node:path";

/** What happens instead of an access to the log of the database. */
const FAULTS = {
  fails: `throw Object.assign(new Error("no space"), { code: "ENOSPC", errno: -28 });`,
  spins: "for (;;);",
} as const;

/** Lets no write to the log of an embedded database succeed, and with `spins` no opening of its files, from `begin` on. */
export class LogFault {
  readonly env: Readonly<Record<string, string>>;
  readonly #file: string;

  constructor(folder: string, how: keyof typeof FAULTS) {
    const hook = join(folder, "fault.cjs");
    this.#file = join(folder, "fault");
    writeFileSync(hook, hookOf(how));
    this.env = { NODE_OPTIONS: `--require ${hook}`, FAULT_FILE: this.#file };
  }

  begin(): void {
    writeFileSync(this.#file, "");
  }
}

function hookOf(how: keyof typeof FAULTS): string {
  return `
    const fs = require("node:fs");
    const { existsSync, openSync, writeSync } = fs;
    const logs = new Set();
    const fault = () => { if (existsSync(process.env.FAULT_FILE)) { ${FAULTS[how]} } };
    fs.openSync = (path, ...rest) => {
      const isLog = String(path).includes("/pg_wal/");
      if (isLog && ${how === "spins"}) fault();
      const descriptor = openSync(path, ...rest);
      if (isLog) logs.add(descriptor);
      else logs.delete(descriptor);
      return descriptor;
    };
    fs.writeSync = (descriptor, ...rest) => {
      if (logs.has(descriptor)) fault();
      return writeSync(descriptor, ...rest);
    };`;
}

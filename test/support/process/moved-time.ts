import { globSync, writeFileSync } from "node:fs";
import path from "node:path";
import { temporaryFolder } from "./temporary-folder";

/** Debian's libfaketime for programs with threads; undefined without it. */
const LIBRARY = globSync("/usr/lib/*/faketime/libfaketimeMT.so.1")[0];

/** Why no program can have another time of day on this machine; null where one can. */
export function movedTimeMissing(): string | null {
  return LIBRARY === undefined ? "there is no libfaketime" : null;
}

/** The time of day of some programs, which a test moves, as after a machine has slept: the time that only counts goes on as it did. */
export class MovedTime {
  readonly #file = path.join(temporaryFolder(), "offset");

  constructor() {
    this.set(0);
  }

  /** What the programs start with. */
  get env(): Readonly<Record<string, string>> {
    return {
      LD_PRELOAD: LIBRARY ?? "",
      FAKETIME_TIMESTAMP_FILE: this.#file,
      FAKETIME_NO_CACHE: "1",
      FAKETIME_DONT_FAKE_MONOTONIC: "1",
      DONT_FAKE_MONOTONIC: "1",
    };
  }

  /** Moves the time of day to so many seconds after the real one. */
  set(seconds: number): void {
    writeFileSync(this.#file, `+${seconds}`);
  }
}

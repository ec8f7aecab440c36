import type { Clock } from "../../../gateway/src/clock";

/** A clock that is moved by hand, from the time of the tokens. */
export function movedClock(): Clock & { moveBy(ms: number): void; setBy(ms: number): void } {
  let [moved, set] = [0, 0];
  return {
    now: () => Date.now() + moved + set,
    monotonic: () => performance.now() + moved,
    moveBy: (ms) => {
      moved += ms;
    },
    setBy: (ms) => {
      set += ms;
    },
  };
}

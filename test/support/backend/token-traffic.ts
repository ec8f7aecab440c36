import type { RawAnswer } from "./oauth";

/** Token requests that go on, one after the other in each of a few lanes, until they are stopped. */
export interface TokenTraffic {
  /** Waits until so many more were answered. */
  answered(more: number): Promise<void>;
  /** Lets those under way end, and gives the answers that were no token. */
  stop(): Promise<RawAnswer[]>;
}

const LANES = 3;

export function startTraffic(ask: () => Promise<RawAnswer>): TokenTraffic {
  const refusals: RawAnswer[] = [];
  let waiting: { left: number; wake: () => void }[] = [];
  let isOn = true;
  const lane = async () => {
    while (isOn) {
      const answer = await ask();
      if (answer.status !== 200) refusals.push(answer);
      for (const waiter of waiting) waiter.left -= 1;
      for (const { wake } of waiting.filter(({ left }) => left === 0)) wake();
      waiting = waiting.filter(({ left }) => left > 0);
    }
  };
  const lanes = Promise.all(Array.from({ length: LANES }, lane));
  const reached = (left: number) => new Promise<void>((wake) => waiting.push({ left, wake }));
  return {
    // A lane that fails would let its waiters wait forever.
    answered: (more) => Promise.race([reached(more), lanes.then(() => undefined)]),
    async stop() {
      isOn = false;
      await lanes;
      return refusals;
    },
  };
}

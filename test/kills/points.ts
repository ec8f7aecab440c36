/** When the commands of one environment are killed, as a part of the time that each takes. */
export interface Point {
  readonly up: number;
  readonly rotate: number;
  readonly down: number;
}

/** Spreads points over the commands: one in each part of equal length, at a place that the seed decides. */
export function pointsOf(seed: number, count: number): readonly Point[] {
  let state = seed;
  const random = () => {
    // A linear congruential generator with the numbers of Numerical Recipes.
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
  return Array.from({ length: count }, (_, index) => {
    const at = () => (index + random()) / count;
    return { up: at(), rotate: at(), down: at() };
  });
}

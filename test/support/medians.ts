/** Runs several things in turn, again and again, and answers the median time of each in milliseconds. */
export async function interleavedMedians(
  rounds: number,
  things: readonly (() => Promise<unknown>)[],
): Promise<number[]> {
  const times = things.map((): number[] => []);
  for (let round = 0; round < rounds; round++) {
    for (const [index, thing] of things.entries()) {
      const begin = performance.now();
      await thing();
      times[index]?.push(performance.now() - begin);
    }
  }
  return times.map((of) => of.sort((a, b) => a - b)[Math.floor(of.length / 2)] ?? 0);
}

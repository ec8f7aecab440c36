/** The seeds that a command line asks for: one, or those from 1 to a number. */
export function readSeeds({ seed, seeds }: { readonly seed?: string; readonly seeds: string }): readonly number[] {
  const count = readWholeNumber("--seeds", seeds);
  return seed === undefined
    ? Array.from({ length: count }, (_, index) => index + 1)
    : [readWholeNumber("--seed", seed)];
}

/** @param flag - What the message of the error names. */
export function readWholeNumber(flag: string, text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new Error(`${flag} takes a whole number from 1, not ${JSON.stringify(text)}`);
  return Number(text);
}

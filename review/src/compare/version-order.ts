/** Whether a version like `1.2.3` is higher than another. A string that is not a version is never higher. */
export function isNewer(version: string, than: string): boolean {
  const [young, old] = [numbersOf(version), numbersOf(than)];
  if (young === null || old === null) return false;
  const differing = young.findIndex((number, index) => number !== old[index]);
  return differing !== -1 && (young[differing] ?? 0) > (old[differing] ?? 0);
}

function numbersOf(version: string): number[] | null {
  const [, ...numbers] = /^(\d+)\.(\d+)\.(\d+)/.exec(version) ?? [];
  return numbers.length === 3 ? numbers.map(Number) : null;
}

import { readLocks } from "../lock/locks";
import type { Manifest } from "../model/manifest";
import { keyOf } from "./missing-stacks";
import type { Operand } from "./operand";

/**
 * What a side declares of every stack, also of those that are not compared. A side that is not a commit has only the compared
 * ones: the lock files of the working tree say what is in the others.
 */
export async function declaredEverywhere({ all, commit }: Operand, folder: string): Promise<Manifest[]> {
  const locked = commit === null ? await readLocks(folder) : [];
  const known = all.map(keyOf);
  return [...all, ...locked.filter((manifest) => !known.includes(keyOf(manifest)))];
}

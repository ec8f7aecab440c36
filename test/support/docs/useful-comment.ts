/**
 * Whether a comment says more than the name that it explains: at least three words that are neither in the name nor mere
 * grammar. "One of RISKS." before `Risk` says nothing; none is better.
 */
export function isUseful({ name, text }: { readonly name: string; readonly text: string }): boolean {
  const known = new Set([...GRAMMAR, ...wordsOf(name).map(withoutEnding)]);
  const said = new Set(wordsOf(text).map(withoutEnding));
  return [...said].filter((word) => !known.has(word)).length >= 3;
}

const GRAMMAR = [
  ...["a", "an", "the", "this", "that", "what", "which", "it", "its", "all", "each", "one", "every"],
  ...["of", "in", "on", "for", "with", "by", "to", "from", "as", "at", "and", "or"],
  ...["is", "are", "be", "has", "have", "can", "may"],
].map(withoutEnding);

function wordsOf(text: string): string[] {
  const apart = text.replace(/([a-z])([A-Z])/g, "$1 $2").toLowerCase();
  return apart.match(/[a-z0-9]+/g) ?? [];
}

/** "Roles" is no other word than "role", and "kinds" none than "kind". */
function withoutEnding(word: string): string {
  return word.replace(/s$/, "");
}

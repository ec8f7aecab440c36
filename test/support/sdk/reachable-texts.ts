import { inspect } from "node:util";

/** Every text that somebody could find in a value: in its properties, own and inherited, hidden or not, at any depth. */
export function reachableTexts(value: unknown): string {
  const texts: string[] = [];
  const seen = new Set<unknown>();
  const visit = (part: unknown): void => {
    if (typeof part === "string" || typeof part === "symbol") texts.push(String(part));
    if (!isHolder(part) || seen.has(part)) return;
    seen.add(part);
    for (const held of heldBy(part)) visit(held);
  };
  visit(value);
  const shown = inspect(value, { showHidden: true, depth: null, getters: true, maxStringLength: null });
  return [...texts, shown, JSON.stringify(value), String(value)].join("\n");
}

function isHolder(value: unknown): value is object {
  return (typeof value === "object" && value !== null) || typeof value === "function";
}

function heldBy(holder: object): unknown[] {
  const entries = holder instanceof Map || holder instanceof Set ? [...holder] : [];
  const text = Buffer.isBuffer(holder) ? holder.toString() : "";
  const keys = Reflect.ownKeys(holder);
  return [text, ...entries, ...keys, ...keys.map((key) => read(holder, key)), Object.getPrototypeOf(holder)];
}

/** The prototypes of built-in things have properties that refuse to be read without such a thing. */
function read(holder: object, key: string | symbol): unknown {
  try {
    return Reflect.get(holder, key);
  } catch (error) {
    if (error instanceof TypeError) return undefined;
    throw error;
  }
}

/** The name of an environment, which is also the name of its Pulumi stack. */
export const NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,99}$/;

/** A name with one `*`, which stands for one or more characters. */
export const PATTERN = /^(?=.{2,100}$)(?:[A-Za-z0-9][A-Za-z0-9_.-]*)?\*[A-Za-z0-9_.-]*$/;

/** The placeholder for the name of the environment. */
export const PLACEHOLDER = "{name}";

/** Whether an entry is for every environment whose name matches. */
export function isPattern(entry: string): boolean {
  return entry.includes("*");
}

/** Whether an entry is for an environment of this name. */
export function matchesEntry(entry: string, name: string): boolean {
  if (!isPattern(entry)) return entry === name;
  const [before = "", after = ""] = entry.split("*");
  return name.length > before.length + after.length && name.startsWith(before) && name.endsWith(after);
}

/** Puts the name of an environment in the place of each `{name}`. */
export function withName(text: string, name: string): string {
  return text.replaceAll(PLACEHOLDER, name);
}

import { matchesEntry, NAME } from "./environment-name";

/** What stands in a template for the part that the `*` of a pattern stands for, and for the whole name. */
const PLACES = ["{*}", "{name}"] as const;

/** Whether a text has one placeholder and no other braces. */
export function isBranchTemplate(text: string): boolean {
  return PLACES.some((place) => {
    const [before, after, ...more] = text.split(place);
    return after !== undefined && more.length === 0 && !/[{}]/.test(`${before}${after}`);
  });
}

/** A pattern and the template of the branches that its environments belong to. */
export interface BranchRule {
  readonly pattern: string;
  readonly template: string;
}

/**
 * The names of the environments that a branch keeps: with the part of its name as it is, as GitLab's CI_COMMIT_REF_SLUG
 * writes it, and as `tr` of a shell does, which takes each byte for a character.
 */
export function namesOfBranch({ pattern, template }: BranchRule, branch: string): string[] {
  const place = PLACES.find((each) => template.includes(each)) ?? "{*}";
  const [before = "", after = ""] = template.split(place);
  const isOfTemplate =
    branch.length > before.length + after.length && branch.startsWith(before) && branch.endsWith(after);
  if (!isOfTemplate) return [];
  const part = branch.slice(before.length, branch.length - after.length);
  const bytes = Buffer.from(part, "utf8").toString("latin1");
  const parts = [...new Set([part, slugOf(part), slugOf(bytes)])];
  const names = place === "{name}" ? parts : parts.map((each) => pattern.replace("*", () => each));
  return names.filter((name) => NAME.test(name) && matchesEntry(pattern, name));
}

/** https://docs.gitlab.com/ci/variables/predefined_variables/, CI_COMMIT_REF_SLUG */
function slugOf(text: string): string {
  return text
    .toLowerCase()
    .replace(/[^a-z0-9]/gu, "-")
    .slice(0, 63)
    .replace(/^-+|-+$/g, "");
}

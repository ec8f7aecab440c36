import type { ClientDiff, EnvironmentDiff } from "../model/access-diff";
import { code } from "./markdown-text";
import { locationText } from "./text";

/** How many names a list has before the rest is a count. */
export const NAMES_MAX = 10;

/** Lists names that are markdown already: `a, b and 3 more`. */
export function listNames(names: readonly string[], max = NAMES_MAX): string {
  const [shown, left] = [names.slice(0, max), names.length - max];
  if (left > 0) return `${shown.join(", ")} and ${left.toLocaleString("en-US")} more`;
  return shown.length < 2 ? shown.join("") : `${shown.slice(0, -1).join(", ")} and ${shown.at(-1)}`;
}

/** The name of a client: the one that it has after the change. */
export function clientName({ id, nameBefore, nameAfter }: ClientDiff): string {
  return code(nameAfter ?? nameBefore ?? id);
}

/** Names stacks in the cells of one report, with their Pulumi project when it has several. */
export function stackNames(environments: readonly EnvironmentDiff[]) {
  const projects = new Set(environments.map(({ pulumiProject }) => pulumiProject));
  const nameOf = ({ pulumiProject, stack, location }: EnvironmentDiff) => {
    const name = projects.size > 1 ? `${code(stack)} of ${code(pulumiProject)}` : code(stack);
    return location === null
      ? name
      : `${name} at ${code(locationText(location.project))} on ${code(locationText(location.endpoint))}`;
  };
  return (of: readonly EnvironmentDiff[], max = NAMES_MAX): string => {
    const names = listNames(of.map(nameOf), max);
    return of.length < 2 ? names : `${of.length.toLocaleString("en-US")} stacks: ${names}`;
  };
}

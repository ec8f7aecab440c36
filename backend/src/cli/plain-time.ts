import { visible } from "xtremepush-access/text";

/** An instant as people read it, to the second and in UTC. */
export function plainTime(time: string | null): string {
  return time === null ? "never" : visible(`${time.slice(0, 10)} ${time.slice(11, 19)} UTC`);
}

/** When something was last used, as gateways count it: of what was before they began, "never" says nothing. */
export function countedUse(time: string | null, since: string): string {
  return time === null ? `never (counted since ${visible(since.slice(0, 10))})` : plainTime(time);
}

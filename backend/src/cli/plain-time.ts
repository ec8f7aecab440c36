import { visible } from "xtremepush-access/text";

/** An instant as people read it, to the second and in UTC. */
export function plainTime(time: string | null): string {
  return time === null ? "never" : visible(`${time.slice(0, 10)} ${time.slice(11, 19)} UTC`);
}

import type { Client } from "xtremepush-access";

/**
 * The name of a client while others of its run take the names around it: in a circle, one must leave first. It is unique,
 * since it has the client's ID.
 */
export function passingName(client: string): string {
  return `${client} (being renamed)`;
}

/** Whether an interrupted run of this program left the client between its two names, and nothing else has changed since. */
export function isBetweenNames({ id, name, revision }: Client, seen: number): boolean {
  return name === passingName(id) && revision === seen + 1;
}

import type { EnvironmentLock } from "xtremepush-access";
import { word } from "xtremepush-access/text";

interface Lifetime {
  /** As access-env.yaml says it. */
  readonly ttl: string | null;
  readonly expiresTime: string | null;
}

/** When the time to live of an environment is over; where the backend does not know it, how long it is meant to be. */
export function lifetimeFacts({ ttl, expiresTime }: Lifetime): string[] {
  if (expiresTime !== null) return [`expires at ${expiresTime}`];
  return ttl === null ? [] : [`meant to live ${ttl}`];
}

/** Which run is changing an environment, and whether it still lives. */
export function lockFacts(lock: EnvironmentLock | null): string[] {
  if (lock === null) return [];
  const { actor, host, processId, command, sinceTime, seenTime, live } = lock;
  const holder = `\`${word(command)}\` of ${word(actor)} on ${word(host)} (process ${processId}) since ${sinceTime}`;
  return [live ? `locked by ${holder}, alive` : `locked by ${holder}, dead: last seen at ${seenTime}`];
}

import { durationMs, SECRET_OVERLAP_DEFAULT } from "../schemas";

/** What tells when an earlier secret ends: when a newer one replaced it, and the end that it has; null while it is current. */
export interface SupersededSecret {
  readonly supersededTime: Date | null;
  readonly expiresTime: Date | null;
}

/** A moment at which the current secret is replaced; without an overlap it lives on for `SECRET_OVERLAP_DEFAULT`. */
export interface SecretChange {
  readonly time: Date;
  readonly overlap: string | undefined;
}

/**
 * When a secret ends after a change: an overlap counts from when the secret was replaced, and without one a secret that
 * has an end already keeps it.
 */
export function secretEnd({ supersededTime, expiresTime }: SupersededSecret, { time, overlap }: SecretChange): Date {
  if (overlap === undefined && expiresTime !== null) return expiresTime;
  return new Date((supersededTime ?? time).getTime() + durationMs(overlap ?? SECRET_OVERLAP_DEFAULT));
}

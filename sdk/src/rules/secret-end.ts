import { durationMs, SECRET_OVERLAP_DEFAULT } from "../schemas";

/** When a newer secret replaced this one, and when it ends; both are null while it is current. */
export interface SupersededSecret {
  readonly supersededTime: Date | null;
  readonly expiresTime: Date | null;
}

/** The time at which the current secret is replaced; without an overlap it stays valid for `SECRET_OVERLAP_DEFAULT`. */
export interface SecretChange {
  readonly time: Date;
  readonly overlap: string | undefined;
}

/**
 * Computes when a secret ends after a change. An overlap counts from the time when the secret was replaced; without an
 * overlap, a secret that already has an end keeps it.
 */
export function secretEnd({ supersededTime, expiresTime }: SupersededSecret, { time, overlap }: SecretChange): Date {
  if (overlap === undefined && expiresTime !== null) return expiresTime;
  return new Date((supersededTime ?? time).getTime() + durationMs(overlap ?? SECRET_OVERLAP_DEFAULT));
}

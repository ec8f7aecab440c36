import { RESTORE_DAYS } from "../schemas/client";
import { DAY_MS } from "../schemas/duration";

/** Until when a client that was deleted at this time can be restored; at that moment it no longer can. */
export function restorableUntil(deletedTime: Date): Date {
  return new Date(deletedTime.getTime() + RESTORE_DAYS * DAY_MS);
}

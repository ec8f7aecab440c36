import type { Index } from "../indexes";

/** Finds what has ended without reading what has not; the second one also finds what belongs to a client that is removed. */
export const ENDED_ROWS: readonly Index[] = [
  { name: "clients_ended", on: "clients (deleted_time) where deleted_time is not null" },
  { name: "credentials_client", on: "credentials (client)" },
  { name: "actors_ended", on: "actors (least(revoked_time, expires_time))" },
];

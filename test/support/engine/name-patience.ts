/** The variable that shortens a wait for a name, in milliseconds; only `provider-host.ts` reads it. */
export const NAME_PATIENCE = "TEST_NAME_PATIENCE";

/** For a run that must fail, since no resource of it gives the name up. */
export const HASTY = { [NAME_PATIENCE]: "100" } as const;

/** Finds the changes since an instant without reading the whole audit trail. */
export const AUDIT_TIME = { name: "audit_time", on: "audit (time, id)" } as const;

import { logWriter } from "xtremepush-access/serving";

/** Writes to the log of the backend. */
export const writeLog = logWriter("xtremepush-access-backend");

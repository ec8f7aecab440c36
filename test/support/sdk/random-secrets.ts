import { randomBytes } from "node:crypto";

/** A token of no actor, made when the test runs. */
export const randomToken = (): string => `xpat_${randomBytes(32).toString("hex")}`;

/** A secret of no client, made when the test runs. */
export const randomClientSecret = (): string => `xpcs_${randomBytes(32).toString("hex")}`;

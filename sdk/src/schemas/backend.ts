import { z } from "zod";
import { Time } from "./fields";

/** The identity of a backend, which every Pulumi state remembers, and its version. */
export const Backend = z.looseObject({
  id: z.string(),
  version: z.string(),
  /** Another number after each announced restore of the database; 1 before the first one, and from older backends. */
  epoch: z.number().int().default(1),
  /** When a client, a grant, an actor or a project was last changed; null when none was, and from older backends. */
  changedTime: Time.nullable().default(null),
});
export type Backend = z.output<typeof Backend>;

/** The catalog that a backend knows. */
export const PermissionList = z.looseObject({
  items: z.array(
    z.looseObject({
      id: z.string(),
      group: z.string(),
      scope: z.string(),
      scopeLabel: z.string(),
      title: z.string(),
      access: z.string(),
      data: z.string(),
      risk: z.string(),
      riskReason: z.string().nullable(),
      endpoint: z.string().nullable(),
      endpointEvidence: z.string(),
      reference: z.string().nullable(),
    }),
  ),
});
export type PermissionList = z.output<typeof PermissionList>;

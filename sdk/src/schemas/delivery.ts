import { z } from "zod";
import { SecretVersion } from "./client";
import { pageOf, pageQuery, Time, text } from "./fields";

/** Where a credential of a client was delivered. */
export const Delivery = z.looseObject({
  id: z.string(),
  client: z.string(),
  project: z.string(),
  environment: z.string(),
  destination: z.string(),
  place: z.string(),
  settings: z.string(),
  /** The names of what it writes there, such as variables. Older backends have none. */
  names: z.array(z.string()).default([]),
  /** The version of the secret that is there; null for a delivery without a secret. */
  secretVersion: z.number().int().nullable(),
  /** When this version came there first, and the name of the actor that delivered it. */
  deliveredTime: Time,
  deliveredBy: z.string(),
  createdTime: Time,
});
export type Delivery = z.output<typeof Delivery>;

/** The most names of one delivery. */
const NAMES_MAX = 100;

/**
 * The request that remembers a delivery. Environment, destination, place and settings say which one: a second request
 * with the same ones replaces the version.
 */
export const DeliveryPut = z.strictObject({
  /** The environment, with its program: `acme-crm/staging`. */
  environment: text({ what: "the environment", min: 1, max: 200 }),
  /** The kind of the destination: `dotenv`. */
  destination: text({ what: "the destination", min: 1, max: 50 }),
  /** What people see of the place: `.env.staging`. Never a value. */
  place: text({ what: "the place", min: 1, max: 250 }),
  /** Tells deliveries to one place apart, as two variables of one file: any short string, such as a hash. */
  settings: text({ what: "settings", min: 0, max: 64 }).default(""),
  /** The names of what it writes there, such as variables of a file. Never a value. */
  names: z
    .array(text({ what: "a name", min: 1, max: 255 }))
    .max(NAMES_MAX)
    .default([]),
  /** The version of the secret; null for a delivery without a secret, as of a client ID alone. */
  secretVersion: SecretVersion.min(1, "a delivery without a secret has the version null").nullable(),
});
export type DeliveryPut = z.input<typeof DeliveryPut>;

/** Which deliveries of a project to list. */
export const DeliveryQuery = z.strictObject({
  ...pageQuery,
  environment: DeliveryPut.shape.environment.optional().describe("Only deliveries of this environment"),
});
export type DeliveryQuery = Partial<z.input<typeof DeliveryQuery>>;

/** One page of the deliveries of a client, in the order of their first time. */
export const DeliveryPage = pageOf(Delivery);

import type { Database } from "../database/open";
import type { SharedReads } from "../database/shared-reads";
import type { LiveAnswer, LiveQuery } from "../store/access-tokens";
import type { Limits } from "./limits";
import type { Metrics } from "./metrics";

/** What routes use. */
export interface Services {
  readonly database: Database;
  readonly clock: () => Date;
  /** The address under which clients and gateways know this backend; never taken from a request. */
  readonly issuer: string;
  readonly version: string;
  readonly limits: Limits;
  readonly metrics: Metrics;
  readonly live: SharedReads<LiveQuery, LiveAnswer>;
}

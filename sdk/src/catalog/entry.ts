import { freeze } from "./freeze";
import type { Scope } from "./scopes";

/** What a permission lets a client do; `send` messages end users or prepares a message. */
export const ACCESS_KINDS = freeze(["read", "write", "send", "delete"]);
export type Access = (typeof ACCESS_KINDS)[number];

/** What the permission exposes or changes: nothing personal, one person's data, or many people's at once. */
export const DATA_KINDS = freeze(["none", "personal", "bulk-personal"]);
export type DataKind = (typeof DATA_KINDS)[number];

/** This project's own rating, from low to critical. */
export const RISKS = freeze(["low", "medium", "high", "critical"]);
export type Risk = (typeof RISKS)[number];

/**
 * How `endpoint` is known: from the vendor's reference, from public code, from the naming pattern, as a guess, or not
 * at all.
 */
export const EVIDENCE_KINDS = freeze(["documented", "observed", "inferred", "guess", "unknown"]);
export type Evidence = (typeof EVIDENCE_KINDS)[number];

/** One row of a group's table: the facts about one checkbox, except those of its scope. */
export interface PermissionEntry {
  readonly scope: Scope;
  /** What the permission allows. */
  readonly title: string;
  readonly access: Access;
  readonly data: DataKind;
  readonly risk: Risk;
  /** Why the risk is above low; null if it is low. */
  readonly riskReason: string | null;
  /** `{method}/{model}` below `/api/external/`; null if unknown. */
  readonly endpoint: string | null;
  readonly endpointEvidence: Evidence;
  /** The vendor's reference page. */
  readonly reference: string | null;
  /** True if a call alone can message end users. */
  readonly triggersMessages?: true;
  /** Set when two permissions share an endpoint: whether the body contains one item or many. */
  readonly body?: "one" | "many";
  /** IDs of other permissions that the operation usually needs. */
  readonly usuallyWith?: readonly string[];
  readonly note?: string;
  /** The version of this package that added it, such as `"0.2.0"`; left out for the first version. */
  readonly since?: string;
  /** Set on a retired permission: what to use instead. The ID itself is never removed. */
  readonly deprecated?: string;
}

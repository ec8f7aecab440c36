import { frozen } from "./frozen";
import type { Scope } from "./scopes";

/** What a permission lets a client do: `send` reaches end users or prepares it. */
export const ACCESS_KINDS = frozen(["read", "write", "send", "delete"]);
export type Access = (typeof ACCESS_KINDS)[number];

/** What the permission exposes or changes: nothing personal, one person's data, or many people's at once. */
export const DATA_KINDS = frozen(["none", "personal", "bulk-personal"]);
export type DataKind = (typeof DATA_KINDS)[number];

/** This project's own judgement, in rising order. */
export const RISKS = frozen(["low", "medium", "high", "critical"]);
export type Risk = (typeof RISKS)[number];

/** How `endpoint` is known: the vendor's reference, public code, the naming pattern, a guess, or not at all. */
export const EVIDENCE_KINDS = frozen(["documented", "observed", "inferred", "guess", "unknown"]);
export type Evidence = (typeof EVIDENCE_KINDS)[number];

/** One row of a group's table: the facts of one checkbox, without what its scope already says. */
export interface PermissionEntry {
  readonly scope: Scope;
  /** What it allows, in plain words. */
  readonly title: string;
  readonly access: Access;
  readonly data: DataKind;
  readonly risk: Risk;
  /** Why the risk is above low; null when it is low. */
  readonly riskReason: string | null;
  /** `{method}/{model}` below `/api/external/`; null when unknown. */
  readonly endpoint: string | null;
  readonly endpointEvidence: Evidence;
  /** The vendor's reference page. */
  readonly reference: string | null;
  /** True where a call can start messages to end users by itself. */
  readonly triggersMessages?: true;
  /** Which of two permissions of one endpoint it is: the body carries one item or many. */
  readonly body?: "one" | "many";
  /** Ids of permissions that the operation is of little use without. */
  readonly usuallyWith?: readonly string[];
  readonly note?: string;
  /** The version of this package that brought it, as in `"0.2.0"`; left out for those of the first. */
  readonly since?: string;
  /** Set on a retired permission: what to use instead. The id itself stays permanently. */
  readonly deprecated?: string;
}

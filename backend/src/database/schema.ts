import type { ColumnType, Generated } from "kysely";
import type { Role } from "xtremepush-access/schemas";

/** A value that is written as JSON text and read as what it was. */
type Json<Value> = ColumnType<Value, string, string>;

/** The one row that says which backend this database belongs to. */
export interface BackendTable {
  id: string;
  createdTime: Date;
  /** Names the history of this database: 1 until a restore was announced, then another number each time. */
  epoch: Generated<string>;
}

export interface ProjectTable {
  slug: string;
  name: string;
  createdBy: string;
  createdTime: Date;
}

/** `createdBy` and `updatedBy` are names of actors: they are unique permanently and never change. */
export interface ClientTable {
  id: string;
  project: string;
  name: string;
  description: string | null;
  managedBy: string | null;
  secretVersion: number;
  revision: number;
  createdBy: string;
  createdTime: Date;
  updatedBy: string;
  updatedTime: Date;
  lastUsedTime: Date | null;
  deletedTime: Date | null;
  deletedBy: string | null;
  /** The revision that the last restore gave; the database writes it. Null if there was none. */
  restoredRevision: ColumnType<number | null, never, never>;
  /** The revision that the create gave, or the last take-over after an interrupted create: a higher one is of a change. */
  madeRevision: Generated<number>;
}

export interface GrantTable {
  client: string;
  permissions: string[];
  managedBy: string | null;
  revision: number;
  createdBy: string;
  createdTime: Date;
  updatedBy: string;
  updatedTime: Date;
}

/** A permission of a grant in the order of the listings. The database writes it. */
export interface GrantPermissionTable {
  /** Of `listing_of`, from the project, the permission and whether the client is deleted. */
  listing: string;
  /** The client's. */
  createdTime: Date;
  client: string;
}

/** Where a credential of a client was delivered, and since when it is there. */
export interface DeliveryTable {
  id: string;
  client: string;
  environment: string;
  destination: string;
  place: string;
  /** Tells deliveries to one place apart; chosen by whoever delivers. */
  settings: string;
  /** What it writes there, such as variables; none of a command, and none that an older version wrote. */
  names: Json<string[]>;
  /** Null for a delivery without a secret. */
  secretVersion: number | null;
  createdTime: Date;
  /** The name of an actor. */
  deliveredBy: string;
  deliveredTime: Date;
}

/**
 * A client secret (`version`, `secretHash`) or a public key (`label`, `pem` and what was read from it). A secret is live
 * while it is neither revoked nor past `expiresTime`; a public key while it is not revoked, and its signatures count
 * between `notBefore` and `notAfter`. `supersededTime` is when a newer secret replaced this one.
 */
export interface CredentialTable {
  id: string;
  client: string;
  kind: "secret" | "public-key";
  /** 0 for a public key. */
  version: number;
  secretHash: Uint8Array | null;
  label: ColumnType<string | null, string | null | undefined>;
  pem: ColumnType<string | null, string | null | undefined>;
  keyType: ColumnType<string | null, string | null | undefined>;
  algorithms: ColumnType<string[] | null, string[] | null | undefined>;
  fingerprint: ColumnType<string | null, string | null | undefined>;
  notBefore: ColumnType<Date | null, Date | null | undefined>;
  notAfter: ColumnType<Date | null, Date | null | undefined>;
  supersededTime: ColumnType<Date | null, Date | null | undefined>;
  createdBy: string;
  createdTime: Date;
  firstUsedTime: Date | null;
  lastUsedTime: Date | null;
  expiresTime: Date | null;
  revokedTime: Date | null;
}

/** `projects` is null for an admin, who has all of them. */
export interface ActorTable {
  id: string;
  name: string;
  role: Role;
  projects: string[] | null;
  /** An editor changes only what has an owner that begins with this. */
  ownerPrefix: ColumnType<string | null, string | null | undefined>;
  /** The only permissions that it may cause anybody to have; null is all. */
  ceiling: ColumnType<string[] | null, string[] | null | undefined>;
  tokenHash: Uint8Array;
  createdBy: string;
  createdTime: Date;
  expiresTime: Date | null;
  revokedTime: Date | null;
}

/** Who signs ID tokens that actors trust. */
export interface IssuerTable {
  name: string;
  url: string;
  audience: string;
  /** Whether an ID token may be exchanged more than once. */
  reusable: boolean;
  createdBy: string;
  createdTime: Date;
}

/** Whose ID tokens an actor trusts; such an actor has no other token. */
export interface TrustRuleTable {
  actor: string;
  issuer: string;
  claims: ColumnType<Readonly<Record<string, string>>, string, never>;
  lifetimeSeconds: number;
}

/** A token of an actor besides its own: one for an ID token, or that of before a rotation. */
export interface ActorTokenTable {
  tokenHash: Uint8Array;
  actor: string;
  createdTime: Date;
  expiresTime: Date;
}

/** An ID token that was exchanged and has not ended. */
export interface ExchangedTokenTable {
  tokenHash: Uint8Array;
  expiresTime: Date;
}

/** The name of an actor that was removed; the database writes it. */
export interface PastActorTable {
  name: string;
  id: string;
}

/** `project` and `client` select the audit trails that show the row; `targetId` is what it is about. */
export interface AuditTable {
  id: Generated<string>;
  time: Date;
  actorId: string;
  actorName: string;
  action: string;
  targetType: string;
  targetId: string;
  targetName: string | null;
  project: string | null;
  client: string | null;
  managedBy: string | null;
  /** The revision of the target after the change; null where it has none. */
  revision: number | null;
  before: ColumnType<Record<string, unknown> | null, string | null, never>;
  after: ColumnType<Record<string, unknown> | null, string | null, never>;
  requestId: string;
}

/** Used assertions that have not expired: each counts once, on all replicas. */
export interface AssertionTable {
  client: string;
  jtiHash: Uint8Array;
  expiresTime: Date;
}

/** Access tokens that their clients have revoked and that have not ended. */
export interface RevokedTokenTable {
  jti: string;
  client: string;
  expiresTime: Date;
}

/** A change of what a client may do, or the end of one of its tokens. Triggers write it. */
export interface AccessChangeTable {
  /** In the order in which the changes were written, which is not that of their commits. */
  id: Generated<string>;
  /** In the order of commits; null until it has one. */
  number: string | null;
  /** Tells two histories of the database apart, which a restore makes: they have the same numbers. */
  tag: string | null;
  time: Generated<Date>;
  /** Null in the first row, with the number 0. */
  project: string | null;
  client: string | null;
  /** The token that was revoked; null for a change of the client. */
  jti: string | null;
  tokenEnd: Date | null;
}

/** When a client used a permission, and when it was refused; kept as long as the client. */
export interface UseTotalTable {
  client: string;
  permission: string;
  firstUsedTime: Date | null;
  lastUsedTime: Date | null;
  lastRefusedTime: Date | null;
}

/** How often a client used a permission in an hour or, later, in a day of UTC. */
export interface UseSpanTable {
  client: string;
  permission: string;
  span: "hour" | "day";
  startTime: Date;
  used: string;
  refused: string;
}

/** A report that was counted. */
export interface UseReportTable {
  actor: string;
  gateway: string;
  batch: string;
  time: Date;
}

/** The time that the reports of a gateway for a project are about. */
export interface UseReporterTable {
  project: string;
  gateway: string;
  since: Date;
  until: Date;
}

/** `privateJwk` is JSON text, or that text encrypted when `encrypted` says so. */
export interface SigningKeyTable {
  kid: string;
  alg: string;
  publicJwk: Json<Record<string, unknown>>;
  privateJwk: string;
  encrypted: boolean;
  activeTime: Date;
  createdTime: Date;
}

/** A run that changes an environment. */
export interface EnvironmentRun {
  readonly run: string;
  /** The name of its actor. */
  readonly actor: string;
  readonly host: string;
  readonly processId: number;
  readonly process: string | null;
  readonly command: string;
  readonly sinceTime: string;
}

/** A run that died while it had the lock. */
export interface EnvironmentDeadRun extends EnvironmentRun {
  readonly seenTime: string;
}

/** `lockSeen` is when the run that has the lock was last seen; `updatedTime` is of the last put. */
export interface EnvironmentTable {
  project: string;
  program: string;
  name: string;
  pattern: string | null;
  createdBy: string;
  createdTime: Date;
  updatedBy: string;
  updatedTime: Date;
  /** Null for an environment that stays. */
  expiresTime: Date | null;
  lock: ColumnType<EnvironmentRun | null, string | null, string | null>;
  lockSeen: Date | null;
  /** Newest first, since the last run that finished. */
  deadRuns: Json<EnvironmentDeadRun[]>;
}

/** The tables as the code names them; the database names them in snake_case. */
export interface Schema {
  backend: BackendTable;
  projects: ProjectTable;
  clients: ClientTable;
  grants: GrantTable;
  grantPermissions: GrantPermissionTable;
  deliveries: DeliveryTable;
  credentials: CredentialTable;
  actors: ActorTable;
  pastActors: PastActorTable;
  issuers: IssuerTable;
  trustRules: TrustRuleTable;
  actorTokens: ActorTokenTable;
  exchangedTokens: ExchangedTokenTable;
  audit: AuditTable;
  assertions: AssertionTable;
  revokedTokens: RevokedTokenTable;
  signingKeys: SigningKeyTable;
  environments: EnvironmentTable;
  accessChanges: AccessChangeTable;
  useTotals: UseTotalTable;
  useSpans: UseSpanTable;
  useReports: UseReportTable;
  useReporters: UseReporterTable;
}

export { Actor, ActorCreate, ActorCreated, ActorPage, ROLES, type Role } from "./actor";
export { AuditEvent, AuditPage } from "./audit";
export { Backend, PermissionList } from "./backend";
export {
  Client,
  ClientChanged,
  ClientCreate,
  ClientCreated,
  ClientPage,
  ClientPatch,
  ClientQuery,
  ClientReadQuery,
  ClientRestore,
  ClientSecretInfo,
  ClientState,
  ClientWithGrant,
  RESTORE_DAYS,
  SECRET_VERSION_MAX,
  SecretVersion,
} from "./client";
export { Duration, durationMs, SECRET_OVERLAP_DEFAULT, SecretOverlap } from "./duration";
export {
  ActorId,
  ClientId,
  Description,
  type KnownPermission,
  ManagedBy,
  Name,
  type Page,
  PermissionId,
  PermissionSet,
  ProjectSlug,
  Revision,
  Time,
} from "./fields";
export { Grant, GrantPut } from "./grant";
export {
  AuthorizationServer,
  Introspection,
  JsonWebKeySet,
  OAUTH_ERRORS,
  type OAuthErrorCode,
  OAuthProblem,
  TokenAnswer,
} from "./oauth";
export { ConflictingResource, PROBLEMS, Problem, type ProblemCode } from "./problem";
export { ListQuery, Project, ProjectCreate, ProjectPage } from "./project";
export {
  ASSERTION_ALGORITHMS,
  type AssertionAlgorithm,
  KeyLabel,
  PEM_MAX,
  PUBLIC_KEYS_MAX,
  PublicKey,
  PublicKeySet,
} from "./public-key";

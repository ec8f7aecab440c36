export { AccessClient, type AccessClientOptions } from "./access-client";
export {
  AbortedError,
  AccessError,
  type AccessErrorCode,
  AuthenticationError,
  ConflictError,
  ConnectionError,
  type FieldError,
  NotFoundError,
  OAuthError,
  PermissionDeniedError,
  type PlainCause,
  PreconditionRequiredError,
  RateLimitedError,
  RevisionMismatchError,
  TimeoutError,
  UnavailableError,
  UnexpectedAnswerError,
  ValidationError,
} from "./errors";
export type { Listing } from "./page";
export type { EnvironmentAddress } from "./path";
export {
  actorToken,
  idTokenSource,
  PIPELINE_VARIABLES,
  type PipelineTokenOptions,
  pipelineToken,
} from "./pipeline-token";
export type { CallOptions, DeleteOptions, ReadOptions, WriteListener, WriteOptions } from "./request";
export type { ClientProof, TokenRequest } from "./resources/oauth";
export { warnBeforeTokenEnd } from "./token-end";

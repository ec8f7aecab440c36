export { AccessClient, type AccessClientOptions } from "./access-client";
export * from "./errors";
export type { Listing } from "./page";
export type { CallOptions, ReadOptions, WriteListener, WriteOptions } from "./request";
export type { TokenRequest } from "./resources/oauth";

export { type Database, type DatabaseLocation, openDatabase } from "./database/open";
export { type AppOptions, buildApp, type LogSettings } from "./http/app";
export type { Limits } from "./http/limits";

export { type AppOptions, buildApp, type LogSettings } from "./app";
export { type Database, type DatabaseLocation, openDatabase } from "./database/open";
export type { Limits } from "./limits";

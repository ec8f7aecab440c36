export { type AppOptions, buildApp, type LogSettings } from "./app/app";
export { type Database, type DatabaseLocation, openDatabase } from "./database/open";
export type { Limits } from "./http/limits";

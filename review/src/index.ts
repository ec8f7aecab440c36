export { AccessDiff } from "./model/access-diff";
export { Decision } from "./model/decision";
export { Manifest } from "./model/manifest";
export { type ProgramOptions, readProgram } from "./program/read-program";

export { AccessDiff } from "./model/access-diff";
export { Decision } from "./model/decision";
export { Manifest } from "./model/manifest";
export { type PulumiProject, readPulumiProject } from "./program/project/pulumi-project";
export { type ProgramOptions, readProgram } from "./program/read-program";
export { ReviewFailure } from "./review-failure";

export { Draining } from "./draining";
export { logWriter } from "./log-writer";

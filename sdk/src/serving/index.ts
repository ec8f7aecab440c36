export { Draining } from "./draining";

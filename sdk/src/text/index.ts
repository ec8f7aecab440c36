export { CONTROL, CONTROL_OF_PROSE, findHidden, hasHidden, plainSpaces } from "./hidden";
export { plainIssue } from "./issue";
export { clientLabel, count } from "./labels";
export { isLoopback } from "./loopback";
export { codePoints, quoted, visible, visibleJson, visibleJsonText, visibleLines, visibleValue, word } from "./visible";

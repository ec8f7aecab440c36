export { hasHidden } from "./hidden";
export { clientLabel, count } from "./labels";
export { quoted, visible, visibleJson, visibleJsonText, visibleLines, visibleValue, word } from "./visible";

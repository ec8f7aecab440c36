export { hasHidden } from "./hidden";
export { clientLabel, count } from "./labels";
export { quoted, visible, visibleJson, word } from "./visible";

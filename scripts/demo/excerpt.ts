/**
 * Takes from the engine's diff the resources that change and their inputs with old and new value. Left out are the ids
 * in brackets and what stands under `--outputs--`, which the backend counts and dates again with every change.
 */
export function diffLines(output: string): string {
  const blocks = output.split(/^(?= {4}[-+~] pulumi-nodejs:)/m).slice(1);
  const inputs = blocks.flatMap((block) => block.split(/^\s*--outputs:--$|^Resources:$/m, 1));
  return dedented(inputs.join("").split("\n"), (line) => /^\s*([-+~] |\})/.test(line));
}

/** Extracts from a run a line for each finished resource, the stack's outputs and the counts. */
export function outcomeLines(output: string): string {
  return dedented(output.split("\n"), (line) => FINISHED.test(line) || OUTPUT.test(line) || COUNT.test(line));
}

/** Extracts from a run how many resources changed and how many did not. */
export function countLines(output: string): string {
  return dedented(output.split("\n"), (line) => COUNT.test(line));
}

/** Extracts from a run which client gains and loses what, and the counts. */
export function accessLines(output: string): string {
  return dedented(output.split("\n"), (line) => ACCESS.test(line) || COUNT.test(line));
}

const ACCESS = /^ +[^:]+ \(xpc_\w+\): [+-]\w+:\w+/;
const FINISHED = /^ [-+~] {2}\S*xtremepush:.* (created|updated|deleted)\b/;
const OUTPUT = /^ {2}[-+~ ] +?\w+ *: /;
const COUNT = /^ {4}([-+~] )?\d+ (created|updated|deleted|to update|unchanged)$/;

function dedented(lines: readonly string[], isWanted: (line: string) => boolean): string {
  return lines
    .filter(isWanted)
    .map((line) => line.replace(/^ {1,4}/, "").trimEnd())
    .join("\n");
}

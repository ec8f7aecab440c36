import { type ClientDiff, givesAccess } from "../model/access-diff";
import type { Decision } from "../model/decision";
import type { Review } from "../model/review";
import { parseSourcePosition } from "../model/source-position";
import { quoted, SENTENCE_MAX, visible, word } from "./visible";
import { describeEffects, describeVerdict, OUTCOMES } from "./wording";

/** GitHub shows ten annotations of each kind per step and drops the rest. */
const SHOWN_MAX = 10;

const COMMANDS: Readonly<Record<Decision["outcome"], string>> = {
  nothing: "notice",
  approval: "warning",
  denied: "error",
};

/**
 * Writes workflow commands for GitHub Actions: one for the verdict and one for each client that gains something. Paths
 * are relative to the root of the repository, in which `folder` holds the program.
 */
export function writeAnnotations({ diff, decision }: Review, folder = ""): string {
  const command = COMMANDS[decision.outcome];
  const clients = diff.environments
    .flatMap((environment) => environment.clients)
    .filter(({ effects }) => effects.some(givesAccess));
  const lines = [
    workflowCommand(command, { title: OUTCOMES[decision.outcome] }, describeVerdict(diff)),
    ...clients.slice(0, SHOWN_MAX - 1).map((client) => {
      const position = parseSourcePosition(client.source, folder);
      // A path with hidden characters is left out: escaped, it would match no file.
      const isShown = position !== null && visible(position.file, SENTENCE_MAX) === position.file;
      const where = isShown ? { file: position.file, line: String(position.line) } : {};
      return workflowCommand(command, { ...where, title: describeEffects(client) }, messageOf(client));
    }),
  ];
  return `${lines.join("\n")}\n`;
}

function messageOf({ id, nameBefore, nameAfter, permissions, unknown }: ClientDiff): string {
  const name = quoted(nameAfter ?? nameBefore ?? id);
  const rows = permissions.map(({ sign, permission }) => `${sign}${word(permission)}`);
  return [name, ...rows, ...(unknown === null ? [] : [`not known: ${visible(unknown)}`])].join(" ");
}

/** Source: https://docs.github.com/actions/reference/workflow-commands-for-github-actions */
function workflowCommand(command: string, properties: Readonly<Record<string, string>>, message: string): string {
  const written = Object.entries(properties).map(([name, value]) => `${name}=${escapeProperty(value)}`);
  return `::${command} ${written.join(",")}::${escapeData(message)}`;
}

function escapeData(text: string): string {
  return text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
}

function escapeProperty(text: string): string {
  return escapeData(text).replaceAll(":", "%3A").replaceAll(",", "%2C");
}

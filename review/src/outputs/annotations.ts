import { type ClientDiff, givesAccess } from "../model/access-diff";
import type { Decision } from "../model/decision";
import type { Review } from "../model/review";
import { parseSourcePosition } from "../model/source-position";
import { type MergedClients, mergeStacks } from "./merged-stacks";
import { type PlacedClient, placeClients } from "./placed-clients";
import { quoted, SENTENCE_MAX, visible, word } from "./visible";
import { describeEffects, describeVerdict, OUTCOMES } from "./wording";

/** GitHub shows ten annotations of each kind per step and drops the rest. */
const SHOWN_MAX = 10;
/** How many clients one annotation names. */
const CLIENTS_MAX = 10;

const COMMANDS: Readonly<Record<Decision["outcome"], string>> = {
  nothing: "notice",
  approval: "warning",
  denied: "error",
};

/**
 * Writes workflow commands for GitHub Actions: one for the verdict, and one for each of the gravest lines of the program, with
 * the clients that are denied or gain something there. Paths are relative to the root of the repository.
 */
export function writeAnnotations(review: Review): string {
  const { diff, decision, program } = review;
  const command = COMMANDS[decision.outcome];
  const clients = placeClients(review).filter(
    ({ client, ruling }) => ruling === "denied" || client.effects.some(givesAccess),
  );
  // A client without a position has an annotation of its own.
  const lines = [...Map.groupBy(mergeStacks(clients), (merged) => positionOf(merged, program) ?? merged).values()];
  const left = lines.length - (SHOWN_MAX - 1);
  const verdict = `${describeVerdict(diff)}${left > 0 ? `; ${left} more lines are in the summary` : ""}`;
  const written = [
    workflowCommand(command, { title: OUTCOMES[decision.outcome] }, verdict),
    ...lines.slice(0, SHOWN_MAX - 1).map((merged) => annotationOf(merged, command, program)),
  ];
  return `${written.join("\n")}\n`;
}

function annotationOf(merged: readonly MergedClients[], command: string, program: string): string {
  const [first] = merged;
  const position = first === undefined ? null : parseSourcePosition(first.clients[0].client.source, program);
  // A path with hidden characters is left out: escaped, it would match no file.
  const isShown = position !== null && visible(position.file, SENTENCE_MAX) === position.file;
  const where = isShown ? { file: position.file, line: String(position.line) } : {};
  const titles = new Set(merged.map(({ clients: [placed] }) => titleOf(placed)));
  const [shown, left] = [merged.slice(0, CLIENTS_MAX).map(messageOf), merged.length - CLIENTS_MAX];
  const message = [...shown, ...(left > 0 ? [`and ${left} more clients`] : [])].join("; ");
  return workflowCommand(command, { ...where, title: [...titles].join("; ") }, message);
}

function positionOf({ clients: [placed] }: MergedClients, program: string): string | null {
  const position = parseSourcePosition(placed.client.source, program);
  return position === null ? null : JSON.stringify(position);
}

function titleOf({ client, ruling }: PlacedClient): string {
  return `${ruling === "denied" ? "denied: " : ""}${describeEffects(client)}`;
}

function messageOf({ clients: [{ client }], environments }: MergedClients): string {
  const { permissions, unknown } = client;
  const rows = permissions.map(({ sign, permission }) => `${sign}${word(permission)}`);
  const stacks = environments.length === 1 ? [] : [`in ${environments.length} stacks`];
  return [nameOf(client), ...stacks, ...rows, ...(unknown === null ? [] : [`not known: ${visible(unknown)}`])].join(
    " ",
  );
}

function nameOf({ id, nameBefore, nameAfter }: ClientDiff): string {
  return quoted(nameAfter ?? nameBefore ?? id);
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

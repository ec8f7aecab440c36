import { count } from "xtremepush-access/text";
import type { AccessDiff } from "../model/access-diff";
import type { Review } from "../model/review";
import { fit, type Row, type Section } from "./fit";
import { listNames, NAMES_MAX, stackNames } from "./markdown-names";
import { ruleRows } from "./markdown-rules";
import { type CellStyle, CLIENT_HEAD, clientRow, countRows, PERMISSION_HEAD, permissionRow } from "./markdown-tables";
import { code, link, plainText } from "./markdown-text";
import { mergeAlike, mergePermissions, mergeStacks } from "./merged-stacks";
import { type PlacedClient, placeClients } from "./placed-clients";
import { SENTENCE_MAX } from "./visible";
import { describeCatalog, describeEffects, describeVerdict, findingsBesideNotes, OUTCOMES } from "./wording";

export interface MarkdownOptions {
  /** Finds the URL of a line of the program, `https://…/index.ts#L12`; null when there is none. */
  readonly sourceAddress?: (file: string, line: number) => string | null;
  /** The URL of the run that has the full report, for a shortened one. */
  readonly reportAddress?: string | undefined;
  /** The room for the report. A longer one leaves out its least grave rows, and says so. @default any length */
  readonly room?: { readonly max: number; measure(text: string): number };
}

/** Writes a review as GitHub's markdown, for a comment or the summary of a job. */
export function writeMarkdown(review: Review, options: MarkdownOptions = {}): string {
  const { room, sourceAddress = () => null } = options;
  const stacks = stackNames(review.diff.environments);
  const full = fit(
    sectionsOf(review, { stacks, sourceAddress, names: Number.POSITIVE_INFINITY }),
    Number.POSITIVE_INFINITY,
    lengthOf,
  );
  if (room === undefined || room.measure(full) <= room.max) return full;
  const cut = sectionsOf(review, { stacks, sourceAddress, names: NAMES_MAX }, cutText(options));
  return fit(cut, room.max, room.measure);
}

export function lengthOf(text: string): number {
  return text.length;
}

function cutText({ reportAddress }: MarkdownOptions): string {
  const where =
    reportAddress === undefined
      ? "the JSON of the review has everything"
      : `the summary and the JSON of ${link("the run", reportAddress)} have everything`;
  return `**This report is too long to show in full.** The gravest comes first, and what is left out is counted; ${where}.`;
}

function sectionsOf(review: Review, style: CellStyle, cut?: string): Section[] {
  const { diff } = review;
  const clients = placeClients(review);
  const [asking, quiet] = [clients.filter(needsDecision), clients.filter((client) => !needsDecision(client))];
  const { denied, others } = ruleRows(findingsBesideNotes(review));
  return [
    fixed([`### ${plainText(describeVerdict(diff))}`, "", headLine(review), ...(cut === undefined ? [] : ["", cut])]),
    noteSection(review, style),
    uncertainSection(diff),
    ruleSection(denied, "that deny"),
    ruleSection(others, "that need approval or are waived"),
    permissionSection(asking, style),
    clientSection(asking, style),
    quietSection(quiet, style, asking.length === 0),
    fixed(["", `<sub>digest <code>${diff.digest}</code></sub>`]),
  ];
}

function needsDecision({ ruling }: PlacedClient): boolean {
  return ruling !== "nothing";
}

function fixed(lines: readonly string[]): Section {
  return { head: [], rows: lines.map((text) => ({ text, short: text })), rest: () => "" };
}

function headLine({ diff, decision, rulesFrom, base, head, program }: Review): string {
  const rules = rulesFrom === null ? "the default rules" : `the rules of ${code(rulesFrom)}`;
  const projects = [...new Set(diff.environments.map(({ pulumiProject }) => pulumiProject))];
  const where = [
    ...(projects.length === 0 ? [] : [` of ${listNames(projects.map((project) => code(project)))}`]),
    ...(program === "" ? [] : [` in ${code(program)}`]),
  ].join("");
  return `**${OUTCOMES[decision.outcome]}** by ${rules}, comparing ${code(base)} with ${code(head)}${where}.`;
}

function noteSection({ notes, diff: { environments } }: Review, { stacks }: CellStyle): Section {
  const changed = environments.filter(({ catalog }) => catalog !== null);
  const catalogs = [...Map.groupBy(changed, ({ catalog }) => JSON.stringify(catalog)).values()].flatMap((same) => {
    const clients = same.flatMap((environment) => environment.clients);
    const sentence = describeCatalog({ catalog: same[0]?.catalog ?? null, clients });
    return sentence === null ? [] : [`\n${plainText(sentence)}${same.length < 2 ? "" : ` (${stacks(same)})`}`];
  });
  const rows = [...notes.map((note) => `\n**Note:** ${plainText(note)}`), ...catalogs].map((text) => ({ text }));
  return { head: [], rows, share: 0.5, rest: (from) => `\nand ${count(rows.length - from, "more note")}` };
}

/** One line for each reason, with the stacks that it is about. */
function uncertainSection({ uncertain }: AccessDiff): Section {
  const reasons = Map.groupBy(uncertain, ({ stack, why }) => {
    const place = `, stack ${stack}: `;
    const at = why.indexOf(place);
    return at === -1 ? why : why.slice(at + place.length);
  });
  const rows = [...reasons].map(([reason, of]): Row => {
    const [first, ...more] = of;
    if (more.length === 0) return { text: `\n**Not certain:** ${code(first?.why ?? reason, SENTENCE_MAX)}` };
    const names = listNames(of.map(({ stack }) => code(stack)));
    return { text: `\n**Not certain:** ${of.length} stacks (${names}): ${code(reason, SENTENCE_MAX)}` };
  });
  return {
    head: [],
    rows,
    share: 0.5,
    rest: (from) => `\n**Not certain** for ${count(rows.length - from, "more reason")}`,
  };
}

function ruleSection(rows: readonly Row[], which: string): Section {
  return {
    head: ["", `#### Rules ${which}`, ""],
    rows,
    share: 0.5,
    rest: (from) => `- and ${count(rows.length - from, "more rule")} ${which}`,
  };
}

function permissionSection(clients: readonly PlacedClient[], style: CellStyle): Section {
  const rows = mergePermissions(clients);
  return {
    head: ["", "#### Permissions", "", ...PERMISSION_HEAD],
    rows: rows.map((row) => ({ text: permissionRow(row, style) })),
    share: 0.75,
    rest: (from) => `\nand ${count(rows.length - from, "more row")}: ${countRows(rows.slice(from))}`,
  };
}

function clientSection(clients: readonly PlacedClient[], style: CellStyle): Section {
  const rows = Number.isFinite(style.names) ? mergeAlike(clients) : mergeStacks(clients);
  return {
    head: ["", "#### Clients", "", ...CLIENT_HEAD],
    rows: rows.map((row) => ({ text: clientRow(row, style) })),
    rest: (from) => {
      const left = rows
        .slice(from)
        .flatMap(({ clients, environments }) => clients.flatMap((client) => environments.map(() => client)));
      return `\nand ${count(rows.length - from, "more row")}: ${countEffects(left)}`;
    },
  };
}

/** The clients about which nothing is to decide: a count, with their rows below it. */
function quietSection(clients: readonly PlacedClient[], style: CellStyle, isOpen: boolean): Section {
  const { rows, rest } = clientSection(clients, style);
  const isOne = clients.length === 1;
  const summary = `${count(clients.length, "client")} ${isOne ? "needs" : "need"} no decision: ${countEffects(clients)}`;
  return {
    head: ["", `<details${isOpen ? " open" : ""}><summary>${summary}</summary>`, "", ...CLIENT_HEAD],
    rows,
    tail: ["", "</details>"],
    rest,
  };
}

/** Counts the effects of clients: the most frequent ones, and the rest together. */
function countEffects(clients: readonly Pick<PlacedClient, "client">[]): string {
  const counts = [...Map.groupBy(clients, ({ client }) => describeEffects(client))]
    .map(([effects, of]) => ({ effects, amount: of.length }))
    .sort((a, b) => b.amount - a.amount);
  const others = counts.slice(EFFECTS_MAX).reduce((sum, { amount }) => sum + amount, 0);
  return [...counts.slice(0, EFFECTS_MAX), ...(others === 0 ? [] : [{ effects: "others", amount: others }])]
    .map(({ effects, amount }) => `${amount.toLocaleString("en-US")} ${effects}`)
    .join("; ");
}

const EFFECTS_MAX = 5;

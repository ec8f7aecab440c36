import { readFileSync } from "node:fs";
import path from "node:path";
import { Client } from "pg";
import type { Place } from "./place";
import { type Chapter, planOf, type Step } from "./plan";
import { missingLine } from "./shown";

const ROOT = path.resolve(__dirname, "../..");

/** Nobody is at the terminal to say yes. */
const ASKS = /\b(pulumi (?:up|refresh|destroy|import|state delete|cancel)\b)(?![^\n#]*(?:--yes|--preview-only))/g;

/** How many blocks of a guide were run, written or compared. */
export interface Followed {
  readonly done: number;
  readonly skipped: number;
}

/**
 * Does what a guide says, block by block.
 *
 * @param passed hears of each block when it is done
 * @throws Error that names the block and what is different from what the guide says
 */
export async function follow(
  guide: string,
  { place, chapter, passed = () => {} }: { place: Place; chapter: Chapter; passed?: (step: Step) => void },
): Promise<Followed> {
  const steps = planOf(guide, readFileSync(path.join(ROOT, guide), "utf8"), chapter);
  await chapter.given?.(place);
  const atTheEnd = steps.filter(({ note }) => note?.shownBy !== undefined);
  for (const step of [...steps.filter((step) => !atTheEnd.includes(step)), ...atTheEnd]) {
    await take(step, place).catch((error: unknown) => {
      throw new Error(`${guide}:${step.block.line}: ${error instanceof Error ? error.message : error}`);
    });
    passed(step);
  }
  const skipped = steps.filter(({ kind }) => kind === "skip").length;
  return { done: steps.length - skipped, skipped };
}

async function take(step: Step, place: Place): Promise<void> {
  const { note } = step;
  if (step.kind === "skip") return;
  await happen(note?.before, place);
  await happen(note?.shownBy, place);
  await act(step, place);
  await happen(note?.after, place);
}

async function happen(what: string | ((place: Place) => Promise<void>) | undefined, place: Place): Promise<void> {
  if (typeof what === "string") await place.run(confirmed(what));
  else await what?.(place);
}

async function act(step: Exclude<Step, { kind: "skip" }>, place: Place): Promise<void> {
  const { note } = step;
  const text = note?.as?.(step.block.text) ?? step.block.text;
  switch (step.kind) {
    case "run":
      await place.run(confirmed(text), { input: note?.input ?? "", fails: note?.fails ?? false });
      return;
    case "start":
      if (note?.serves !== undefined) {
        await place.startBeside(text, note.serves);
        return;
      }
      await place.start(text);
      if (note?.aside) await place.stop();
      return;
    case "write":
      place.write(step.file, text);
      return;
    case "query":
      await query(note?.database?.(place) ?? "", place.here(text));
      return;
    case "compare": {
      const found = note?.shows === undefined ? place.printed : place.read(note.shows);
      const missing = missingLine(text, found);
      if (missing !== undefined) throw new Error(`this line is not there: ${missing}\nwhat is there:\n${found}`);
    }
  }
}

function confirmed(commands: string): string {
  return commands.replaceAll(ASKS, "$1 --yes");
}

/** Runs statements one by one, because some of them do not run in a transaction. */
async function query(address: string, statements: string): Promise<void> {
  const client = new Client({ connectionString: address });
  await client.connect();
  try {
    for (const statement of statements.split(/;\s*\n/).filter((each) => each.trim() !== ""))
      await client.query(statement);
  } finally {
    await client.end();
  }
}

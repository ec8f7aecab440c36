/** A line of a section. `short` says the same in fewer words, for when there is no room. */
export interface Row {
  readonly text: string;
  readonly short?: string;
}

/** A part of a report whose rows can be left out from the end. A section without rows is left out as a whole. */
export interface Section {
  readonly head: readonly string[];
  readonly rows: readonly Row[];
  readonly tail?: readonly string[];
  /** The share of the room that it may take while other sections follow. @default 1 */
  readonly share?: number;
  /** Says what is left out: the rows from this index on. */
  rest(from: number): string;
}

/** How long a line that says what is left out may be. */
const REST_MAX = 400;

/** The most that a section gets as its least, as a share of the whole: its rows may need more than there is. */
const LEAST_MAX = 0.75;

/**
 * Writes sections into at most `max` units. Each section leaves room for the least that those after it need; where there is
 * not even that much, the first ones and the last one win.
 */
export function fit(sections: readonly Section[], max: number, measure: (text: string) => number): string {
  const sizeOf = (lines: readonly string[]) => lines.reduce((sum, line) => sum + measure(line) + 1, 0);
  const least = ({ head, rows, tail = [] }: Section) =>
    rows.length === 0
      ? 0
      : Math.min(sizeOf([...head, ...tail, ...rows.flatMap(({ short }) => short ?? [])]) + REST_MAX, max * LEAST_MAX);
  const last = sections.at(-1);
  let left = max - (last === undefined ? 0 : least(last));
  const lines: string[] = [];
  for (const [index, section] of sections.entries()) {
    if (section.rows.length === 0) continue;
    if (section === last) left += least(section);
    const reserved = sections.slice(index + 1, -1).reduce((sum, later) => sum + least(later), 0);
    const room = Math.max(least(section), (left - reserved) * (section.share ?? 1));
    const written = writeSection(section, Math.min(room, left), sizeOf);
    left -= sizeOf(written);
    lines.push(...written);
  }
  return `${lines.join("\n")}\n`;
}

function writeSection(section: Section, room: number, sizeOf: (lines: readonly string[]) => number): string[] {
  const { head, rows, tail = [] } = section;
  const lines: string[] = [];
  let left = room - sizeOf([...head, ...tail]) - (Number.isFinite(room) ? REST_MAX : 0);
  if (left < 0) return [];
  let later = sizeOf(rows.flatMap(({ short }) => short ?? []));
  for (const [index, { text, short }] of rows.entries()) {
    later -= short === undefined ? 0 : sizeOf([short]);
    const line = [text, short].find(
      (each) => each !== undefined && sizeOf([each]) + (each === text ? later : 0) <= left,
    );
    if (line === undefined) return [...head, ...lines, section.rest(index), ...tail];
    left -= sizeOf([line]);
    lines.push(line);
  }
  return [...head, ...lines, ...tail];
}

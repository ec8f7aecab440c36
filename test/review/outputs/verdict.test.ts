import assert from "node:assert/strict";
import fc from "fast-check";
import { PERMISSION_IDS } from "xtremepush-access";
import { AccessDiff, EFFECTS, type Effect } from "../../../review/src/model/access-diff";
import { writeAnnotations } from "../../../review/src/outputs/annotations";
import { writeJson } from "../../../review/src/outputs/json";
import { writeMarkdown } from "../../../review/src/outputs/markdown";
import { writeSarif } from "../../../review/src/outputs/sarif";
import { writeText } from "../../../review/src/outputs/text";
import { HOSTILE_NAMES } from "../../support/review/hostile-names";
import { manifestOf } from "../../support/review/manifests";
import { renderedMarkdown } from "../../support/review/rendered-markdown";
import { reviewOf } from "../../support/review/reviews";
import { sarifResults } from "../../support/review/sarif";

interface Client {
  readonly name: string;
  readonly permissions: readonly string[];
  readonly secretVersion: number;
  /** True when some of the program's permissions are unknown. */
  readonly isOpen: boolean;
}

/** A client on both sides; undefined where it does not exist. */
interface Pair {
  readonly old: Client | undefined;
  readonly young: Client | undefined;
}

/** The words for one client, without the code under test. */
function wordsFor({ old, young }: Pair): Effect[] {
  const words: Effect[] = [];
  if (old?.isOpen || young?.isOpen) words.push("unknown");
  if (!old?.isOpen && missingIn(old, young) > 0) words.push("broadened");
  if (!young?.isOpen && missingIn(young, old) > 0) words.push("narrowed");
  if (old && young && old.secretVersion !== young.secretVersion) words.push("credentials-changed");
  if (old && young && old.name !== young.name) words.push("renamed");
  if (!old && young) words.push("created");
  if (old && !young) words.push("deleted");
  return words;
}

/** How many permissions only the second one has. */
function missingIn(one: Client | undefined, other: Client | undefined): number {
  return (other?.permissions ?? []).filter((id) => !one?.permissions.includes(id)).length;
}

const HEADLINES: Readonly<Record<Effect, string>> = {
  unknown: "Cannot tell what changes",
  broadened: "Broadens access",
  "credentials-changed": "Changes credentials",
  created: "Adds clients without permissions",
  narrowed: "Narrows access",
  deleted: "Deletes clients",
  renamed: "Renames clients",
  none: "No change to access",
};

/** Every output gives the same words for a change as the reference. */
function assertAgreed(pairs: readonly Pair[]): Effect {
  const words = pairs.map(wordsFor);
  const verdict = EFFECTS.find((effect) => words.some((some) => some.includes(effect))) ?? "none";
  const having = (effect: Effect) => words.filter((some) => some.includes(effect)).length;
  const gained = sum(pairs, ({ old, young }) => (old?.isOpen ? 0 : missingIn(old, young)));
  const lost = sum(pairs, ({ old, young }) => (young?.isOpen ? 0 : missingIn(young, old)));
  const changed = words.filter((some) => some.length > 0).length;

  const review = reviewOf([sideOf(pairs, "old")], [sideOf(pairs, "young")]);

  const json = JSON.parse(writeJson(review));
  AccessDiff.parse(json.diff);
  assert.deepEqual([json.diff.verdict, json.diff.counts.gained, json.diff.counts.lost], [verdict, gained, lost]);

  const lines = writeText(review, { colour: false }).split("\n");
  assertBegins(lines[0], HEADLINES[verdict]);
  const linesWith = (start: string) => lines.filter((line) => line.startsWith(start)).length;
  assert.deepEqual([linesWith('  "'), linesWith("      + "), linesWith("      - ")], [changed, gained, lost]);

  const { headings, rows, codes } = renderedMarkdown(writeMarkdown(review));
  assertBegins(headings[0], HEADLINES[verdict]);
  // The rows of permissions name their clients, and those of clients their permissions.
  const gaining = sum(codes, (cells, index) => (rows[index]?.[0] === "+" ? (cells[5]?.length ?? 0) : 0));
  const idsOf = (sign: string) =>
    sum(codes, ({ length, 2: ids = [] }) => (length === 4 ? ids.filter((id) => id.startsWith(sign)).length : 0));
  assert.deepEqual([gaining, idsOf("+"), idsOf("-")], [gained, gained, lost]);
  assert.equal(rows.filter(({ length }) => length === 4).length, changed);

  const results = sarifResults(writeSarif(review));
  const resultsOf = (rule: RegExp) => results.filter(({ ruleId }) => rule.test(ruleId)).length;
  assert.equal(resultsOf(/^unknown-access$/), having("unknown"));
  assert.equal(results.filter(({ message }) => / gains /.test(message.text.split('" (').at(-1) ?? "")).length, gained);
  assert.equal(resultsOf(/^changes-credentials$/), having("credentials-changed") + having("created"));

  const [first = "", ...others] = writeAnnotations(review).trimEnd().split("\n");
  assertBegins(/^::\w+ title=[\w ]+::(.*)$/.exec(first)?.[1], HEADLINES[verdict]);
  const titles = others.map((line) => /^::\w+ (?:file=index\.ts,line=\d+,)?title=([^:]*)::/.exec(line)?.[1] ?? line);
  for (const [effect, word] of [
    ["broadened", "broadened"],
    ["unknown", "unknown"],
    ["credentials-changed", "credentials changed"],
  ] as const) {
    assert.equal(titles.filter((title) => title.split("%2C ").includes(word)).length, having(effect));
  }
  return verdict;
}

function assertBegins(line: string | undefined, words: string): void {
  assert.equal((line ?? "").split(":")[0], words);
}

function sum<Value>(values: readonly Value[], of: (value: Value, index: number) => number): number {
  return values.reduce((total, value, index) => total + of(value, index), 0);
}

function sideOf(pairs: readonly Pair[], side: keyof Pair) {
  return manifestOf(
    pairs.flatMap((pair, index) => {
      const client = pair[side];
      if (client === undefined) return [];
      const { isOpen, ...known } = client;
      return [
        {
          resource: `client-${index}`,
          ...known,
          grant: { source: `index.ts:${index + 1}` },
          ...(isOpen && { unknownPermissions: "it is made of a secret" }),
        },
      ];
    }),
  );
}

const CRM: Client = { name: "CRM", permissions: ["list:tag", "info:task"], secretVersion: 1, isOpen: false };
const NONE: Client = { ...CRM, permissions: [] };

describe("the verdict", () => {
  for (const [verdict, old, young] of [
    ["unknown", CRM, { ...CRM, isOpen: true }],
    ["broadened", NONE, CRM],
    ["credentials-changed", CRM, { ...CRM, secretVersion: 2 }],
    ["created", undefined, NONE],
    ["narrowed", CRM, NONE],
    ["deleted", NONE, undefined],
    ["renamed", CRM, { ...CRM, name: "ERP" }],
    ["none", CRM, CRM],
  ] as const satisfies readonly (readonly [Effect, Client | undefined, Client | undefined])[]) {
    it(`is the same in every output, and in a short reference: ${verdict}`, () => {
      assert.equal(assertAgreed([{ old, young }]), verdict);
    });
  }

  it("is the same in every output and in a short reference, for any clients with hostile names", () => {
    const client: fc.Arbitrary<Client> = fc.record({
      name: fc.constantFrom(...HOSTILE_NAMES),
      permissions: fc.uniqueArray(fc.constantFrom(...PERMISSION_IDS), { maxLength: 6 }),
      secretVersion: fc.constantFrom(1, 2),
      isOpen: fc.constantFrom(false, false, false, true),
    });
    const side = fc.option(client, { nil: undefined, freq: 4 });
    const pair: fc.Arbitrary<Pair> = fc.oneof(
      fc.record({ old: side, young: side }),
      // Two random clients are rarely alike, so without this only the most serious words would be tested.
      fc.record({ both: client, name: client }).map(({ both, name }) => {
        const known = { ...both, isOpen: false };
        return { old: known, young: { ...known, name: name.name } };
      }),
      fc.record({ both: client, count: fc.nat(5) }).map(({ both, count }) => {
        const known = { ...both, isOpen: false };
        return { old: known, young: { ...known, permissions: known.permissions.slice(0, count) } };
      }),
    );

    fc.assert(
      fc.property(fc.array(pair, { maxLength: 4 }), (pairs) => void assertAgreed(pairs)),
      { numRuns: 300 },
    );
  });
});

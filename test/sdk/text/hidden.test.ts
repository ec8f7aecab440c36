import assert from "node:assert/strict";
import fc from "fast-check";
import { hasHidden, quoted, visible, visibleJson, visibleLines, visibleValue, word } from "../../../sdk/src/text";

const CODE_POINTS = 0x110000;

const HIDDEN: Readonly<Record<string, string>> = {
  "a control character": "\u001b",
  "a new line": "\n",
  "a soft hyphen": "\u00ad",
  "a space that does not break": "\u00a0",
  "an ideographic space": "\u3000",
  "the filler of Hangul": "\u3164",
  "the filler of Hangul at the beginning of a syllable": "\u115f",
  "the filler of Hangul in a syllable": "\u1160",
  "the filler of Hangul of half width": "\uffa0",
  "the braille blank": "\u2800",
  "a space without width": "\u200b",
  "a mark that turns the direction": "\u202e",
  "a line separator": "\u2028",
  "a byte order mark": "\ufeff",
  "a tag": "\u{e0041}",
  "a variation selector": "\ufe0f",
  "a variation selector of the supplement": "\u{e0100}",
  "a joiner": "\u200d",
  "a non-joiner": "\u200c",
  "a combining grapheme joiner": "\u034f",
  "half of a surrogate pair": "\ud800",
};

const SEEN: Readonly<Record<string, string>> = {
  Persian: "می‌خواهم",
  "Persian with vowels": "کِتاب‌ها",
  Hindi: "क्‍ष और क्‌ष",
  Bengali: "র‍্যাব",
  Kannada: "ರ‍್ಯ",
  "Malayalam, spelled as it was before its chillu letters": "അവന്‍ വന്നു",
  Sinhala: "ශ්‍රී ලංකා",
  Vietnamese: "Việt Nam".normalize("NFD"),
  Hangul: "한국어".normalize("NFD"),
  Thai: "ที่นี่",
  Tibetan: "བོད་སྐད",
  Hebrew: "שָׁלוֹם",
  Greek: "ᾧ".normalize("NFD"),
  Japanese: "株式会社 が".normalize("NFD"),
  "an emoji of a person at work": "👩‍💻",
  "an emoji of a family": "👨‍👩‍👧‍👦",
  "an emoji with a colour of skin": "👩🏽‍🚀",
  "an emoji that asks for its colours": "❤️ ✔️ ☎️",
  "a key cap": "1️⃣#️⃣",
  "a flag": "🇩🇪🏳️‍🌈",
  "a flag of tags": "🏴󠁧󠁢󠁳󠁣󠁴󠁿",
};

/** What the scanner must not confuse, in any order. */
const mixture = fc
  .array(
    fc.oneof(
      fc.constantFrom(...Object.values(HIDDEN), ...Object.values(SEEN)),
      fc.constantFrom(
        "\u200d",
        "\u200c",
        "\ufe0f",
        "\ufe0e",
        "\u20e3",
        "👩",
        "💻",
        "🏴",
        "1",
        "क",
        "्",
        "م",
        "َ",
        "🇩",
        "\udc00",
      ),
      fc.constantFrom("a", " ", "\\", '"', "{", "}", "\\u{a}", "…", "##["),
      fc.string({ unit: "binary" }),
    ),
    { maxLength: 24 },
  )
  .map((pieces) => pieces.join(""));

describe("what is hidden", () => {
  it("is written out exactly where it is found, for every code point", () => {
    const wrong: string[] = [];
    for (let codePoint = 0; codePoint < CODE_POINTS; codePoint++) {
      const character = String.fromCodePoint(codePoint);
      const expected = hasHidden(character) ? `\\u{${codePoint.toString(16)}}` : character;
      if (visible(character) !== expected || hasHidden(visible(character))) wrong.push(codePoint.toString(16));
    }

    assert.deepEqual(wrong, []);
  });

  it("is written out exactly where it is found, in every string, and only once", () => {
    fc.assert(
      fc.property(mixture, (text) => {
        const shown = visible(text);

        assert.equal(shown === text, !hasHidden(text));
        assert.equal(visible(shown), shown);
        assert.equal(hasHidden(shown), false);
      }),
      { numRuns: 5_000 },
    );
  });

  it("is written out in quotes and in JSON, too", () => {
    fc.assert(
      fc.property(mixture, (text) => {
        assert.equal(hasHidden(quoted(text)), false);
        assert.equal(hasHidden(word(text)), false);
        assert.deepEqual(JSON.parse(visibleJson({ text })), { text });
        assert.equal(hasHidden(visibleJson({ text }).replaceAll("\n", "")), false);
      }),
      { numRuns: 1_000 },
    );
  });

  it("has the same answer after any other search: no state is left", () => {
    assert.equal(hasHidden("a\u00ad"), true);
    assert.equal(hasHidden("a\u00ad"), true);
    assert.equal(hasHidden("\u00ad"), true);
  });

  for (const [what, character] of Object.entries(HIDDEN)) {
    it(`is ${what}, between letters and alone`, () => {
      assert.equal(hasHidden(character), true);
      assert.equal(hasHidden(`CRM${character}sync`), true);
      assert.equal(hasHidden(`👩${character}`), true);
    });
  }

  for (const [what, text] of Object.entries(SEEN)) {
    it(`is nothing in ${what}`, () => {
      assert.equal(hasHidden(text), false);
      assert.equal(visible(text), text);
    });
  }

  it("is a joiner that no script and no emoji needs", () => {
    for (const text of [
      "a\u200db",
      "م\u200c",
      "\u200cم",
      "م\u200c\u200cم",
      "م\u200db",
      "👩\u200d",
      "👩\u200dx",
      "क\u200d",
    ]) {
      assert.equal(hasHidden(text), true, visible(text));
    }
  });
});

describe("a string of a stranger", () => {
  it("is written on one line", () => {
    assert.equal(visible("CRM\u001b[2J\r\n\u202e"), "CRM\\u{1b}[2J\\u{d}\\u{a}\\u{202e}");
    assert.equal(visible("CRM \ud800 sync"), "CRM \\u{d800} sync");
  });

  it("cannot end its quotes", () => {
    assert.equal(quoted('The "CRM"\n'), '"The \\"CRM\\"\\u{a}"');
    assert.equal(quoted("\\u{a}"), '"\\\\u{a}"');
  });

  it("needs no quotes when it is one plain word", () => {
    assert.equal(word("xpc_a2"), "xpc_a2");
    assert.equal(word("ana@acme"), "ana@acme");
    assert.equal(word("urn:pulumi:prod::crm::x$y::sync"), "urn:pulumi:prod::crm::x$y::sync");
    assert.equal(word("ana at noon"), '"ana at noon"');
    assert.equal(word(""), '""');
    assert.equal(word("ana\n"), '"ana\\u{a}"');
  });

  it("keeps the lines of a message, and nothing else of it that moves the cursor", () => {
    assert.equal(visibleLines("first\n  second\r\u001b[2J\n"), "first\n  second\\u{d}\\u{1b}[2J\n");
    assert.equal(visibleLines("12345\n123456", 5), "12345\n1234…");
  });

  it("is a value like any other on one line", () => {
    assert.equal(visibleValue("a\nb"), '"a\\u{a}b"');
    assert.equal(visibleValue(null), "null");
    assert.equal(visibleValue(undefined), "null");
    assert.equal(visibleValue({ a: ["x\u202e", 1] }), '{"a":["x\\u{202e}",1]}');
    assert.equal(visibleValue("abcdef", 4), '"abc…"');
  });

  it("is as JSON what it was", () => {
    assert.equal(visibleJson({ name: "a\u202e\u{e0041}\n" }), '{\n  "name": "a\\u202e\\udb40\\udc41\\n"\n}');
  });

  it("is never longer than what is asked for, and never cut within an escape, an emoji or a pair", () => {
    fc.assert(
      fc.property(mixture, fc.integer({ min: 1, max: 40 }), (text, max) => {
        const shown = visible(text, max);

        assert.ok([...shown].length <= max);
        assert.equal(hasHidden(shown), false);
        assert.equal(visible(shown, max), shown);
        if ([...visible(text)].length <= max) assert.equal(shown, visible(text));
        else assert.ok(visible(text).startsWith(shown.slice(0, -1)) && shown.endsWith("…"));
      }),
      { numRuns: 5_000 },
    );
    assert.equal(visible("ab👩‍💻cd", 5), "ab…");
    assert.equal(visible("abcd\n", 6), "abcd…");
    assert.equal(visible("𝒳".repeat(3), 3), "𝒳".repeat(3));
    assert.equal(visible("𝒳".repeat(4), 3), `${"𝒳".repeat(2)}…`);
    assert.equal(quoted("x".repeat(500), 10), `"${"x".repeat(9)}…"`);
    assert.equal(visible("👩‍💻".repeat(1_000), 7), "👩‍💻👩‍💻…");
  });
});

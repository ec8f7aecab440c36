import assert from "node:assert/strict";
import { expectTypeOf } from "expect-type";
import type { KnownPermission, Permission } from "xtremepush-access";
import {
  ActorId,
  ClientId,
  Description,
  ManagedBy,
  Name,
  PermissionSet,
  ProjectSlug,
  Revision,
  Time,
} from "xtremepush-access/schemas";
import type { z } from "zod";

const messagesOf = (schema: z.ZodType, value: unknown): string[] =>
  (schema.safeParse(value).error?.issues ?? []).map(({ message }) => message);
const hiddenMessage = (character: string): string[] => [
  `the name must not contain control or invisible characters: \\u{${character.codePointAt(0)?.toString(16)}}`,
];

describe("a name", () => {
  it("is trimmed and brought into NFC, so that what looks the same is the same", () => {
    assert.equal(Name.parse("  CRM sync\n"), "CRM sync");
    assert.equal(Name.parse("Cafe\u0301"), "Caf\u00e9");
    assert.equal(Name.parse("\u3000CRM\ufeff"), "CRM");
  });

  it("stays the same when it is read twice", () => {
    const once = Name.parse("  Cafe\u0301 \u212b ");

    assert.equal(Name.parse(once), once);
  });

  it("must hold something", () => {
    assert.deepEqual(messagesOf(Name, ""), ["the name must not be empty"]);
    assert.deepEqual(messagesOf(Name, " \t\n"), ["the name must not be empty"]);
  });

  it("is at most 100 characters long, counted as people count them in most scripts and as PostgreSQL does", () => {
    assert.equal(Name.parse("x".repeat(100)).length, 100);
    assert.equal(Name.parse("𝒳".repeat(100)).length, 200);
    assert.deepEqual(messagesOf(Name, "x".repeat(101)), ["the name must not be longer than 100 characters"]);
    assert.deepEqual(messagesOf(Name, "𝒳".repeat(101)), ["the name must not be longer than 100 characters"]);
    assert.equal(Name.parse(` ${"x".repeat(100)} `).length, 100);
  });

  it("holds no control characters, also none that turn the direction of text or cannot be seen", () => {
    for (const mark of ["\0", "\n", "\t", "\u001b", "\u007f", "\u0085", "\u2028", "\u2029"]) {
      assert.deepEqual(messagesOf(Name, `CRM${mark}sync`), hiddenMessage(mark));
    }
    for (const mark of ["\u061c", "\u200e", "\u200f", "\u202a", "\u202e", "\u2066", "\u2069"]) {
      assert.deepEqual(messagesOf(Name, `CRM${mark}sync`), hiddenMessage(mark));
    }
    for (const mark of ["\u200b", "\u2060", "\ufeff"])
      assert.deepEqual(messagesOf(Name, `CRM${mark}sync`), hiddenMessage(mark));
  });

  it("may be in any script, with the joiners that scripts and emoji need", () => {
    assert.equal(Name.parse("می‌خواهم"), "می‌خواهم");
    assert.equal(Name.parse("👩‍💻 Εταιρεία 株式会社"), "👩‍💻 Εταιρεία 株式会社");
    assert.equal(Name.parse("'; DROP TABLE client; --"), "'; DROP TABLE client; --");
  });

  it("is accepted as people write it in many scripts, on machines that compose letters and on those that do not", () => {
    for (const name of [
      "Việt Nam".normalize("NFD"),
      "한국어 연동".normalize("NFD"),
      "ᾧ".normalize("NFD").repeat(100),
      "สวัสดีที่นี่",
      "क्‍ष और क्‌ष",
      "র‍্যাব",
      "ශ්‍රී ලංකා",
      "بُنِيَّ",
      "שָׁלוֹם",
      "👨‍👩‍👧‍👦 🏳️‍🌈 🏴󠁧󠁢󠁳󠁣󠁴󠁿 1️⃣ ❤️",
      "လျှော့စျေး",
      "۵\u200cام",
    ]) {
      assert.equal(Name.parse(name), name.normalize("NFC"));
    }
  });

  it("holds nothing that looks like nothing, or like a plain space", () => {
    for (const mark of ["\u00ad", "\u{e0041}", "\u3164", "\u2800", "\u00a0", "\u3000", "\ufe0f", "\u200d", "\u200c"]) {
      assert.deepEqual(messagesOf(Name, `CRM${mark}sync`), hiddenMessage(mark));
    }
    assert.deepEqual(messagesOf(Name, "\u3164"), hiddenMessage("\u3164"));
  });

  it("holds at most four marks in a row, which would climb over the lines around it", () => {
    assert.equal(Name.parse(`x${"\u0316".repeat(4)}y`).length, 6);
    assert.deepEqual(messagesOf(Name, `x${"\u0316".repeat(5)}y`), [
      "the name must not contain more than 4 combining marks in a row",
    ]);
  });

  it("is refused or accepted at once at any length", () => {
    // CPU and not wall time, so that a busy machine does not count. Each takes under a millisecond; the first emoji of
    // a process costs some 20 ms more, and 250 kB of marks took NFC four seconds.
    for (const part of [
      "x",
      "x\u0301",
      "\u0301",
      "\u0316\u0301",
      " ",
      "\u00a0",
      "\u00ad",
      "👩‍💻",
      "1\ufe0f",
      "م\u200c",
      "\ud800",
    ]) {
      for (const length of [1, 99, 100, 399, 400, 401, 1_000, 10_000, 250_000, 1_000_000]) {
        const text = part.repeat(Math.ceil(length / part.length));
        const before = process.cpuUsage();
        Name.safeParse(text);
        const { user, system } = process.cpuUsage(before);

        assert.ok(user + system < 50_000, `${user + system} µs for ${length} of ${JSON.stringify(part)}`);
      }
    }
  });

  it("holds no half of a surrogate pair, which no database could store", () => {
    assert.deepEqual(messagesOf(Name, "CRM \ud800 sync"), hiddenMessage("\ud800"));
  });

  it("is a text", () => {
    assert.equal(Name.safeParse(42).success, false);
    assert.equal(Name.safeParse(null).success, false);
  });
});

describe("a description", () => {
  it("may have several lines", () => {
    assert.equal(Description.parse("First line\nsecond\r\n\tthird"), "First line\nsecond\r\n\tthird");
  });

  it("may have the spaces of French and Japanese prose", () => {
    assert.equal(Description.parse("Bonjour\u00a0! 10\u202f000"), "Bonjour\u00a0! 10\u202f000");
    assert.equal(Description.parse("山田\u3000太郎"), "山田\u3000太郎");
  });

  it("is none when it is empty", () => {
    assert.equal(Description.parse("  \n"), null);
    assert.equal(Description.parse(null), null);
  });

  it("is at most 1,000 characters long", () => {
    assert.equal(Description.parse("x".repeat(1_000))?.length, 1_000);
    assert.deepEqual(messagesOf(Description, "x".repeat(1_001)), [
      "the description must not be longer than 1000 characters",
    ]);
  });

  it("holds no other control characters", () => {
    assert.equal(Description.safeParse("a\u0000b").success, false);
    assert.equal(Description.safeParse("a\rb").success, false);
    assert.equal(Description.safeParse("a\u202eb").success, false);
    assert.equal(Description.safeParse("م\n\u200cم").success, false);
  });
});

describe("an owner", () => {
  it("is a text of at most 1,024 characters, or nobody", () => {
    assert.equal(ManagedBy.parse("acme/urn:pulumi:prod::crm::x$y::sync"), "acme/urn:pulumi:prod::crm::x$y::sync");
    assert.equal(ManagedBy.parse(null), null);
    assert.equal(ManagedBy.safeParse("").success, false);
    assert.equal(ManagedBy.safeParse("x".repeat(1_025)).success, false);
  });
});

describe("an owner, whose URN has the names of a program's resources", () => {
  it("keeps their spaces, marks and joiners", () => {
    for (const name of ["山田\u3000client", "CRM\u00a0sync", "လျှော့စျေး", `x${"\u0316".repeat(6)}`, "👁\u200d🗨"]) {
      assert.equal(ManagedBy.parse(`acme/urn:pulumi:prod::crm::x$y::${name}`)?.endsWith(name), true, name);
    }
  });

  it("has no control characters, nor any that turn the direction of text", () => {
    for (const mark of ["\n", "\u0000", "\u202e", "\u00ad", "\ud800"]) {
      assert.equal(ManagedBy.safeParse(`acme/urn:pulumi:prod::crm::x$y::a${mark}b`).success, false);
    }
  });
});

describe("the slug of a project", () => {
  it("is 1 to 63 lower-case letters, digits and inner hyphens", () => {
    for (const slug of ["a", "7", "retail", "retail-eu-2", "a--b", "x".repeat(63)]) {
      assert.equal(ProjectSlug.parse(slug), slug);
    }
    for (const slug of [
      "",
      "-a",
      "a-",
      "Retail",
      "a_b",
      "a.b",
      "..",
      "a/b",
      "é",
      "x".repeat(64),
      "retail\n",
      " retail",
    ]) {
      assert.equal(ProjectSlug.safeParse(slug).success, false, JSON.stringify(slug));
    }
  });
});

describe("the ids", () => {
  it("are a prefix and 26 characters of base32", () => {
    assert.equal(ClientId.safeParse(`xpc_${"a2".repeat(13)}`).success, true);
    assert.equal(ActorId.safeParse(`xpa_${"z7".repeat(13)}`).success, true);
    for (const rest of [
      "",
      "a".repeat(25),
      "a".repeat(27),
      "A".repeat(26),
      "1".repeat(26),
      `${"a".repeat(26)}\n`,
      "../x",
    ]) {
      assert.equal(ClientId.safeParse(`xpc_${rest}`).success, false, JSON.stringify(rest));
    }
    assert.equal(ClientId.safeParse(`xpa_${"a".repeat(26)}`).success, false);
  });
});

describe("a revision and a time", () => {
  it("are whole numbers from 0 on, and instants in UTC", () => {
    assert.equal(Revision.safeParse(0).success, true);
    assert.equal(Revision.safeParse(-1).success, false);
    assert.equal(Revision.safeParse(1.5).success, false);
    assert.equal(Revision.safeParse("1").success, false);
    assert.equal(Time.safeParse("2026-02-03T04:05:06.789Z").success, true);
    assert.equal(Time.safeParse("2026-02-03T04:05:06.789+01:00").success, false);
    assert.equal(Time.safeParse("2026-02-30T04:05:06.789Z").success, false);
  });
});

describe("a set of permissions in a request", () => {
  it("is brought into the catalog's order, each permission once", () => {
    assert.deepEqual(PermissionSet.parse(["list:profile", "create:list", "list:profile"]), [
      "create:list",
      "list:profile",
    ]);
  });

  it("holds known permissions only and names the nearest one", () => {
    assert.deepEqual(messagesOf(PermissionSet, ["create:list", "list:profil"]), [
      'unknown permission "list:profil"; did you mean "list:profile"?',
    ]);
    assert.equal(PermissionSet.safeParse(["__proto__"]).success, false);
    assert.equal(PermissionSet.safeParse([1]).success, false);
  });

  it("names each unknown one by its place, and the nearest one of the first 20", () => {
    const unknown = PermissionSet.safeParse(["create:list", ...Array(21).fill("list:profil")]).error?.issues ?? [];

    assert.deepEqual(
      unknown.map(({ path }) => path),
      Array.from({ length: 21 }, (_, index) => [index + 1]),
    );
    assert.equal(unknown[19]?.message, 'unknown permission "list:profil"; did you mean "list:profile"?');
    assert.equal(unknown[20]?.message, "unknown permission");
  });

  it("has at most 500 entries", () => {
    assert.equal(PermissionSet.safeParse(Array(500).fill("create:list")).success, true);
    assert.deepEqual(messagesOf(PermissionSet, Array(10_000).fill("create:list")), [
      "a request takes at most 500 permissions",
    ]);
  });

  it("is typed by the catalog on the way in and open to newer permissions on the way out", () => {
    expectTypeOf<z.output<typeof PermissionSet>>().toEqualTypeOf<readonly Permission[]>();
    expectTypeOf<"list:newer-thing">().toExtend<KnownPermission>();
  });
});

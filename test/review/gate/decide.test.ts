import assert from "node:assert/strict";
import { compare } from "../../../review/src/compare/compare";
import { decide } from "../../../review/src/gate/decide";
import { NO_RULES } from "../../../review/src/gate/rules";
import { readRules } from "../../../review/src/rules-file/read-rules";
import { manifestOf, type WrittenClient } from "../../support/review/manifests";

const TODAY = new Date("2027-01-15T12:00:00Z");

/** Decides on a change of the stack `prod` that starts without clients. */
function decideOn(after: readonly WrittenClient[], rules: string, before: readonly WrittenClient[] = []) {
  const diff = compare([manifestOf(before)], [manifestOf(after)]);
  const { outcome, findings } = decide(diff, readRules(rules, "access-review.yaml"), TODAY);
  return { outcome, said: findings.map((each) => [each.outcome, each.rule, each.client, each.permission].join(" ")) };
}

const CRM = { resource: "crm", permissions: ["list:tag"] };
const ETL = { resource: "etl", permissions: ["export:segment", "list:tag"] };
const NO_EXPORT = `
version: 1
rules:
  - id: no-export
    outcome: deny
    reason: exports leave through the warehouse
    when: { permission: export:segment }
`;

describe("the rules of access-review.yaml", () => {
  it("without a file require approval to broaden access, and nothing to narrow it", () => {
    const before = manifestOf([ETL]);
    const broader = manifestOf([ETL, CRM]);

    assert.equal(decide(compare([before], [broader]), NO_RULES, TODAY).outcome, "approval");
    assert.equal(decide(compare([broader], [before]), NO_RULES, TODAY).outcome, "nothing");
  });

  it("deny a permission by its id, for each client that gains it", () => {
    const { outcome, said } = decideOn([CRM, ETL], NO_EXPORT);

    assert.equal(outcome, "denied");
    assert.deepEqual(
      said.filter((line) => line.includes("no-export")),
      ["denied no-export etl export:segment"],
    );
  });

  for (const condition of [
    "scope: export",
    "access: [read]",
    "data: bulk-personal",
    "risk: [high, critical]",
    "client: e*l",
    "stack: pro*",
    "effect: created",
  ]) {
    it(`deny by ${condition}`, () => {
      const rules = `
version: 1
rules: [{ id: mine, outcome: deny, reason: because, when: { ${condition} } }]`;

      assert.equal(decideOn([ETL], rules).outcome, "denied");
    });
  }

  it("ignore what meets only some of the conditions", () => {
    const rules = `
version: 1
rules: [{ id: mine, outcome: deny, reason: because, when: { risk: critical, client: crm } }]`;

    assert.equal(decideOn([ETL], rules).outcome, "approval");
  });

  it("do not count what is lost as gained", () => {
    assert.equal(decideOn([CRM], NO_EXPORT, [ETL]).said.filter((line) => line.includes("no-export")).length, 0);
  });

  it("can drop the approval for one effect and require it for another", () => {
    const rules = "{ version: 1, defaults: { created: nothing, broadened: nothing, deleted: approval } }";

    assert.equal(decideOn([CRM], rules).outcome, "nothing");
    assert.deepEqual(decideOn([], rules, [CRM]).said, ["approval deleted crm "]);
  });

  it("match a client whose access is unknown", () => {
    const unknown = { resource: "crm", permissions: [], unknownPermissions: "it comes from another stack" };

    assert.ok(decideOn([unknown], NO_EXPORT).said.includes("denied no-export crm "));
  });

  it("match a permission that is not in the catalog", () => {
    const rules = `
version: 1
rules: [{ id: mine, outcome: deny, reason: because, when: { risk: critical } }]`;

    assert.ok(
      decideOn([{ resource: "crm", permissions: ["list:newer"] }], rules).said.includes("denied mine crm list:newer"),
    );
  });

  it("match both names of a renamed client", () => {
    const rules = `
version: 1
rules: [{ id: mine, outcome: deny, reason: because, when: { client: "payments*", effect: broadened } }]`;
    const before = { resource: "crm", name: "payments sync", permissions: [] };

    assert.equal(decideOn([{ ...CRM, name: "harmless" }], rules, [before]).outcome, "denied");
  });

  it("match a client with an unknown effect by any effect", () => {
    const rules = `
version: 1
rules: [{ id: mine, outcome: deny, reason: because, when: { effect: broadened, stack: prod } }]`;
    const unknown = { resource: "crm", permissions: [], unknownPermissions: "it comes from another stack" };

    assert.equal(decideOn([unknown], rules, [{ resource: "crm", permissions: [] }]).outcome, "denied");
  });

  it("match an adopted client whose permissions no grant declares", () => {
    const adopted = { resource: "crm", adopt: "xpc_aaaaaaaaaaaaaaaaaaaaaaaaaa" };

    assert.equal(decideOn([adopted], NO_EXPORT).outcome, "denied");
    assert.equal(decideOn([{ ...adopted, secretVersion: 2 }], NO_EXPORT, [adopted]).outcome, "denied");
    assert.equal(decideOn([{ ...adopted, permissions: ["list:tag"] }], NO_EXPORT).outcome, "approval");
  });

  it("deny a client with an unknown effect when one of its possible effects is denied", () => {
    const unknown = { resource: "crm", permissions: [], unknownPermissions: "it comes from another stack" };
    const defaults = (more: string) => `{ version: 1, defaults: { unknown: nothing, ${more} } }`;
    const decided = (more: string) => decideOn([unknown], defaults(more), [unknown]).outcome;

    assert.equal(decided("broadened: deny"), "denied");
    assert.equal(decided("credentials-changed: deny, broadened: nothing"), "denied");
    assert.equal(decided("broadened: nothing"), "approval");
    assert.equal(decided("broadened: nothing, credentials-changed: nothing"), "nothing");
  });

  it("deny what a client gains when only its name is unknown", () => {
    const unnamed = { resource: "crm", name: { unknown: "it comes from another stack" } };
    const rules = "{ version: 1, defaults: { unknown: nothing, credentials-changed: nothing, broadened: deny } }";

    const { said } = decideOn([{ ...unnamed, permissions: ["export:segment"] }], rules, [
      { ...unnamed, permissions: [] },
    ]);

    assert.ok(said.some((line) => line.startsWith("denied broadened ")));
  });

  it("match an uncertain stack by every condition except its name", () => {
    const decided = (rules: string) => {
      const side = manifestOf([CRM]);
      const diff = compare([side], [{ ...side, uncertain: ["an output was awaited at index.ts:3"] }]);
      return decide(diff, readRules(rules, "access-review.yaml"), TODAY).outcome;
    };
    const rule = (when: string, more = "") =>
      `{ version: 1, rules: [{ id: mine, outcome: deny, reason: because, when: { ${when} } }]${more} }`;
    const NOTHING =
      ", defaults: { unknown: nothing, broadened: nothing, credentials-changed: nothing, created: nothing }";

    for (const when of [
      "effect: unknown",
      "stack: pro*",
      "permission: export:segment",
      "client: payments, risk: low",
    ]) {
      assert.equal(decided(rule(when, NOTHING)), "denied", when);
    }
    assert.equal(decided(rule("stack: dev")), "approval");
    assert.equal(decided(rule("stack: dev", NOTHING)), "nothing");
    assert.equal(decided("{ version: 1, defaults: { unknown: nothing, created: deny } }"), "denied");
  });

  it("match a client by any name when its name is unknown on a side where it exists", () => {
    const rules = `
version: 1
rules: [{ id: mine, outcome: deny, reason: because, when: { client: "payments*", scope: list } }]`;
    const named = { resource: "crm", name: "harmless", permissions: [] };
    const unnamed = { ...CRM, name: { unknown: "it comes from another stack" } };

    assert.equal(decideOn([unnamed], rules, [named]).outcome, "denied");
    assert.equal(decideOn([{ ...CRM, name: "harmless" }], rules, [{ ...unnamed, permissions: [] }]).outcome, "denied");
    assert.equal(decideOn([{ ...CRM, name: "harmless" }], rules).outcome, "approval");
  });
});

describe("a waiver", () => {
  const waiver = (until: string, more = "") => `${NO_EXPORT}
waivers:
  - { rule: no-export, client: etl, reason: migration, approver: ana, until: ${until}${more} }`;

  it("takes a finding back through its last day, and nothing else", () => {
    const { outcome, said } = decideOn([ETL], waiver("2027-01-15"));

    assert.equal(outcome, "approval");
    assert.ok(said.includes("waived no-export etl export:segment"));
  });

  it("does not apply after it expires", () => {
    assert.equal(decideOn([ETL], waiver("2027-01-14")).outcome, "denied");
  });

  it("applies only to its client, its stack and its permission", () => {
    assert.equal(decideOn([{ ...ETL, resource: "other" }], waiver("2028-01-01")).outcome, "denied");
    assert.equal(decideOn([ETL], waiver("2028-01-01", ", stack: dev")).outcome, "denied");
    assert.equal(decideOn([ETL], waiver("2028-01-01", ", permission: list:tag")).outcome, "denied");
  });

  it("is not taken over by a client that takes the name", () => {
    const renamed = { ...ETL, resource: "crm", name: "etl" };

    for (const name of ["CRM sync", { unknown: "it comes from another stack" }]) {
      const before = { resource: "crm", name, permissions: ["list:tag"] };
      assert.equal(decideOn([renamed], waiver("2028-01-01"), [before]).outcome, "denied");
    }
    assert.equal(decideOn([ETL], waiver("2028-01-01"), [{ ...ETL, permissions: [] }]).outcome, "approval");
  });

  it("applies to one client: of two with its name, to none, or to the one that its stack or ID names", () => {
    const stacks = ["prod", "dev"].map((stack) => manifestOf([ETL], { stack }));
    const deniedIn = (more: string) => {
      const { findings } = decide(compare([], stacks), readRules(waiver("2028-01-01", more), "rules"), TODAY);
      return findings.filter(({ outcome }) => outcome === "denied").length;
    };

    const [client] = stacks[0]?.clients ?? [];

    assert.equal(deniedIn(""), 2);
    assert.equal(deniedIn(", stack: prod"), 1);
    assert.equal(deniedIn(`, id: "${client?.urn}"`), 1);
    assert.equal(deniedIn(', id: "xpc_other"'), 2);
  });

  it("never covers two clients of one stack that have one name", () => {
    const twice = [ETL, { ...ETL, resource: "other", name: "etl" }];

    assert.deepEqual(
      decideOn(twice, waiver("2028-01-01")).said.filter((one) => one.startsWith("waived")),
      [],
    );
  });

  it("that names an ID names the client, too", () => {
    const text = `${NO_EXPORT}\nwaivers: [{ rule: no-export, id: xpc_a, reason: r, approver: a, until: 2028-01-01 }]`;

    assert.throws(
      () => readRules(text, "rules"),
      /^ReviewFailure: rules, waivers.0.client: an id needs the client's name$/,
    );
  });

  it("applies to an uncertain stack when it names that stack and nothing in it", () => {
    const decided = (what: string) => {
      const side = manifestOf([CRM]);
      const diff = compare([side], [{ ...side, uncertain: ["an output was awaited at index.ts:3"] }]);
      const waivers = `waivers: [{ rule: no-export, reason: migration, approver: ana, until: 2028-01-01${what} }]`;
      return decide(diff, readRules(`${NO_EXPORT}${waivers}`, "access-review.yaml"), TODAY).outcome;
    };

    assert.equal(decided(", stack: prod"), "approval");
    for (const what of [
      "",
      ", stack: dev",
      ", stack: prod, client: etl",
      ", stack: prod, permission: export:segment",
    ]) {
      assert.equal(decided(what), "denied", what);
    }
  });

  it("does not apply on another backend or in another project", () => {
    const location = { endpoint: "https://xtremepush.example", project: "2" };

    assert.equal(decideOn([{ ...ETL, location }], waiver("2028-01-01")).outcome, "denied");
    const { said } = decideOn([ETL, { ...ETL, resource: "there", name: "etl", location }], waiver("2028-01-01"));
    assert.deepEqual(
      said.filter((one) => one.includes("no-export")),
      ["denied no-export etl export:segment", "waived no-export etl export:segment"],
    );
  });
});

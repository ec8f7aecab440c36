import assert from "node:assert/strict";
import { type Aliased, type AliasSpec, aliasesOf } from "../../../../review/src/program/monitor/aliases";

const PARENT = "urn:pulumi:dev::shop::acme:index:Group::app";
const SAME = { name: "", type: "", project: "", stack: "", parent: "", noParent: false };

function resource(...specs: AliasSpec[]): Aliased {
  return { project: "shop", stack: "dev", parent: PARENT, type: "acme:index:Thing", name: "app-thing", specs };
}

describe("aliasesOf", () => {
  it("fills in from the resource what an alias leaves out", () => {
    const aliases = aliasesOf(
      resource(
        { ...SAME, name: "thing" },
        { ...SAME, type: "acme:old:Thing" },
        { ...SAME, project: "mall", stack: "prod" },
      ),
      new Map(),
    );

    assert.deepEqual(aliases, [
      "urn:pulumi:dev::shop::acme:index:Group$acme:index:Thing::thing",
      "urn:pulumi:dev::shop::acme:index:Group$acme:old:Thing::app-thing",
      "urn:pulumi:prod::mall::acme:index:Group$acme:index:Thing::app-thing",
    ]);
  });

  it("keeps the order in which the program gives them, by which the engine chooses", () => {
    const aliases = aliasesOf(resource({ urn: "urn:z" }, { urn: "urn:a" }, { urn: "urn:m" }), new Map());

    assert.deepEqual(aliases, ["urn:z", "urn:a", "urn:m"]);
  });

  it("knows a resource that was at the root, and one that had another parent", () => {
    const aliases = aliasesOf(
      resource(
        { ...SAME, noParent: true },
        { ...SAME, parent: "urn:pulumi:dev::shop::pulumi:pulumi:Stack::shop-dev" },
        { ...SAME, parent: "urn:pulumi:dev::shop::a:b:C$acme:index:Team::x" },
      ),
      new Map(),
    );

    assert.deepEqual(aliases, [
      "urn:pulumi:dev::shop::acme:index:Thing::app-thing",
      "urn:pulumi:dev::shop::a:b:C$acme:index:Team$acme:index:Thing::app-thing",
    ]);
  });

  it("keeps a URN as it is, and leaves out the resource's own", () => {
    const own = "urn:pulumi:dev::shop::acme:index:Group$acme:index:Thing::app-thing";

    const aliases = aliasesOf(resource({ urn: "urn:pulumi:dev::shop::x:y:Z::a::b" }, { urn: own }), new Map());

    assert.deepEqual(aliases, ["urn:pulumi:dev::shop::x:y:Z::a::b"]);
  });

  it("inherits the aliases of its parent, with a name that starts with the parent's", () => {
    const former = "urn:pulumi:dev::shop::acme:index:Group::web";

    const aliases = aliasesOf(resource({ ...SAME, name: "app-item" }), new Map([[PARENT, [former]]]));

    assert.deepEqual(aliases, [
      "urn:pulumi:dev::shop::acme:index:Group$acme:index:Thing::app-item",
      "urn:pulumi:dev::shop::acme:index:Group$acme:index:Thing::web-thing",
      "urn:pulumi:dev::shop::acme:index:Group$acme:index:Thing::web-item",
    ]);
  });

  it("refuses more aliases than any real program has", () => {
    const many = Array.from({ length: 40 }, (_, index) => ({ ...SAME, name: `former-${index}` }));
    const formers = Array.from({ length: 40 }, (_, index) => `urn:pulumi:dev::shop::acme:index:Old${index}::app`);

    assert.throws(
      () => aliasesOf(resource(...many), new Map([[PARENT, formers]])),
      /app-thing has more than 1000 aliases/,
    );
  });
});

import assert from "node:assert/strict";
import { compare } from "../../../review/src/compare/compare";
import { atDeclaredLocations } from "../../../review/src/sources/live-locations";
import { manifestOf } from "../../support/review/manifests";

const ASKED = { endpoint: "https://access.example", project: "retail" };
const CRM = { resource: "crm", permissions: ["list:profile"] };
const LIVE = manifestOf([CRM]);

describe("the live resources of a program with an explicit Provider", () => {
  it("do not change when the location is the one that was read", () => {
    const declared = manifestOf([{ ...CRM, location: { ...ASKED, endpoint: "https://access.example/" } }]);

    const live = atDeclaredLocations(LIVE, declared, ASKED);

    assert.equal(compare([declared], [live]).verdict, "none");
  });

  it("are deleted there when they are not found", () => {
    const declared = manifestOf([{ ...CRM, location: ASKED }]);

    const live = atDeclaredLocations(manifestOf([]), declared, ASKED);

    assert.deepEqual(effectsOf(compare([declared], [live])), [["narrowed", "deleted"]]);
  });

  it("are unknown at every other location, on either side", () => {
    for (const location of [
      { ...ASKED, project: "wholesale" },
      { ...ASKED, endpoint: "https://eu.access.example" },
      { ...ASKED, project: { unknown: "an output" } },
    ]) {
      const declared = manifestOf([{ ...CRM, location }]);
      const live = atDeclaredLocations(manifestOf([]), declared, ASKED);

      for (const diff of [compare([declared], [live]), compare([live], [declared])]) {
        assert.deepEqual(effectsOf(diff), [["unknown"]]);
        assert.match(diff.environments[0]?.clients[0]?.unknown ?? "", /`live` reads only XTREMEPUSH_PROJECT on /);
        assert.equal(diff.environments[0]?.clients[0]?.permissions[0]?.sign, "?");
      }
    }
  });

  it("are unknown at another location even without a grant, or when found undeclared under their URN or alias", () => {
    const location = { ...ASKED, project: "wholesale" };
    const [crm] = LIVE.clients;
    const bare = manifestOf([{ resource: "crm", location }]);
    const renamed = manifestOf([{ ...CRM, resource: "sync", aliases: [crm?.urn ?? ""], location }]);

    for (const declared of [bare, renamed]) {
      const live = atDeclaredLocations(LIVE, declared, ASKED);

      assert.deepEqual(effectsOf(compare([declared], [live])), [["unknown"]]);
    }
  });
});

function effectsOf({ environments }: ReturnType<typeof compare>) {
  return environments.flatMap(({ clients }) => clients.map(({ effects }) => effects));
}

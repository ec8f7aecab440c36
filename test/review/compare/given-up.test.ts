import assert from "node:assert/strict";
import { compare } from "../../../review/src/compare/compare";
import { withGivenUp } from "../../../review/src/compare/given-up";
import { manifestOf } from "../../support/review/manifests";

describe("a stack that is given up", () => {
  it("has its protected clients among the deleted ones, because nobody runs Pulumi for it", () => {
    const left = manifestOf([{ resource: "crm", permissions: ["list:tag"], protect: true, grant: { protect: true } }]);

    const { environments } = withGivenUp(compare([], [], [left]), [left]);

    assert.deepEqual(
      environments.flatMap(({ clients }) => clients).map(({ effects, unknown }) => [effects, unknown]),
      [[["narrowed", "deleted"], null]],
    );
  });
});

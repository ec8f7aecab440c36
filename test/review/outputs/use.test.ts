import assert from "node:assert/strict";
import { Review } from "../../../review/src/model/review";
import { describeUse, latestUse, type Use } from "../../../review/src/model/use";
import { writeAnnotations } from "../../../review/src/outputs/annotations";
import { writeJson } from "../../../review/src/outputs/json";
import { writeMarkdown } from "../../../review/src/outputs/markdown";
import { mergeAlike } from "../../../review/src/outputs/merged-stacks";
import { placeClients } from "../../../review/src/outputs/placed-clients";
import { writeText } from "../../../review/src/outputs/text";
import { manifestOf } from "../../support/review/manifests";
import { reviewOf } from "../../support/review/reviews";

const COUNTED = { countedSince: "2026-09-01", countedUntil: "2026-11-29", isCounted: true };
const NEVER: Use = { lastUsedTime: null, daysAgo: null, ...COUNTED };
const usedAgo = (daysAgo: number): Use => ({
  lastUsedTime: new Date(Date.parse("2026-11-29T12:00:00Z") - daysAgo * 86_400_000).toISOString(),
  ...{ daysAgo, ...COUNTED },
});

/** A review in which each client that loses permissions has used them so. */
function reviewWith(
  uses: Readonly<Record<string, Use | undefined>>,
  names: readonly string[] = ["a"],
  head: readonly string[] = [],
) {
  const declare = (name: string, permissions: readonly string[]) => ({ resource: name, name, permissions });
  const lost = Object.keys(uses);
  const review = reviewOf(
    [manifestOf(names.map((name) => declare(name, lost)))],
    [manifestOf(head.map((name) => declare(name, [])))],
  );
  const environments = review.diff.environments.map((environment) => ({
    ...environment,
    clients: environment.clients.map((client) => ({
      ...client,
      permissions: client.permissions.map((change) => {
        const use = uses[change.permission];
        return use === undefined ? change : { ...change, use };
      }),
    })),
  }));
  return { ...review, diff: { ...review.diff, environments } };
}

describe("the use of a permission that is taken away", () => {
  it("is told in days", () => {
    assert.deepEqual(
      [0, 1, 12, 1_200].map((days) => describeUse(usedAgo(days))),
      ["used today", "used yesterday", "used 12 days ago", "used 1,200 days ago"],
    );
    assert.equal(describeUse(NEVER), "never used (counted since 2026-09-01)");
    const old = { isCounted: false, countedUntil: "2026-10-01" };
    assert.equal(describeUse({ ...NEVER, ...old }), "never used (counted from 2026-09-01 to 2026-10-01)");
    assert.equal(describeUse({ ...usedAgo(80), ...old }), "used 80 days ago (counted until 2026-10-01)");
  });

  it("is counted in the first line of every output, and stands in each row", () => {
    const review = reviewWith(
      { "list:profile": usedAgo(1), "list:tag": usedAgo(31), "info:task": NEVER },
      ["a"],
      ["a"],
    );
    const first = "Narrows access: 1 client, -3 permissions; takes away 1 permission in use";

    const text = writeText(review, { colour: false });
    const markdown = writeMarkdown(review);

    assert.equal(text.split("\n")[0], first);
    assert.match(text, /^ {6}- .* {2}list:profile {2}.* {2}used yesterday$/m);
    assert.match(text, /^ {6}- .* {2}info:task {2}.* {2}never used \(counted since 2026-09-01\)$/m);
    assert.ok(
      markdown.startsWith("### Narrows access&#58; 1 client, -3 permissions; takes away 1 permission in use"),
      markdown,
    );
    assert.match(markdown, /-list&#58;profile<\/code> \*used yesterday\*/);
    assert.match(markdown, /-list&#58;tag<\/code> \*used 31 days ago\*/);
    assert.ok(writeAnnotations(review).startsWith(`::notice title=Nothing to decide::${first}`));
    assert.deepEqual(Review.parse(JSON.parse(writeJson(review))), review);
  });

  it("is told once for a client that is deleted, as the latest of its permissions", () => {
    const text = writeText(reviewWith({ "list:profile": usedAgo(12), "list:tag": NEVER }), { colour: false });
    const markdown = writeMarkdown(reviewWith({ "list:profile": NEVER }));

    assert.match(text, /^Narrows access: .*; 1 deleted; takes away 1 permission in use$/m);
    assert.match(text, /^ {4}the client was used 12 days ago$/m);
    assert.match(markdown, /the client was never used/);
  });

  it("does not split the row of clients that change alike, which has the latest", () => {
    const review = reviewWith({ "list:profile": usedAgo(40) }, ["a", "b"], ["a", "b"]);
    const [environment] = review.diff.environments;
    assert.ok(environment);
    const clients = environment.clients.map((client, index) => ({
      ...client,
      permissions: client.permissions.map((change) => ({ ...change, use: usedAgo(index === 0 ? 40 : 35) })),
    }));

    const [row, ...more] = mergeAlike(
      placeClients({ ...review, diff: { ...review.diff, environments: [{ ...environment, clients }] } }),
    );

    assert.deepEqual([row?.clients.length, more.length], [2, 0]);
    assert.deepEqual(row?.clients[0].client.permissions[0]?.use, usedAgo(35));
  });

  it("is not 'never' for several when that of one is not known", () => {
    assert.equal(latestUse([NEVER, undefined]), undefined);
    assert.equal(latestUse([NEVER, NEVER]), NEVER);
    assert.deepEqual(latestUse([undefined, usedAgo(3), usedAgo(2), NEVER]), usedAgo(2));
  });
});

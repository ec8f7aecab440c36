import assert from "node:assert/strict";
import { expectTypeOf } from "expect-type";
import type { Page } from "xtremepush-access";
import { Listing } from "../../../sdk/src/client/page";
import { collected } from "../../support/sdk/collected";

/** Three pages: a b, c, d. */
function pages() {
  const asked: (string | undefined)[] = [];
  const load = async ({ cursor }: { readonly cursor?: string | undefined }): Promise<Page<string>> => {
    asked.push(cursor);
    if (cursor === undefined) return { items: ["a", "b"], nextCursor: "2" };
    return cursor === "2" ? { items: ["c"], nextCursor: "3" } : { items: ["d"], nextCursor: null };
  };
  return { asked, load };
}

describe("a listing", () => {
  it("asks for nothing before it is used", () => {
    const { asked, load } = pages();

    new Listing({}, load);

    assert.deepEqual(asked, []);
  });

  it("is its first page when it is awaited, asked for once", async () => {
    const { asked, load } = pages();
    const listing = new Listing({}, load);

    const [first, again] = [await listing, await listing];

    assert.deepEqual(first, { items: ["a", "b"], nextCursor: "2" });
    assert.equal(again, first);
    assert.deepEqual(asked, [undefined]);
  });

  it("is all items when it is iterated", async () => {
    const { asked, load } = pages();

    const items = await collected(new Listing({}, load));

    assert.deepEqual(items, ["a", "b", "c", "d"]);
    assert.deepEqual(asked, [undefined, "2", "3"]);
  });

  it("asks for every page with all of its query, from its own cursor on", async () => {
    const asked: object[] = [];
    const query = { cursor: "1", name: "CRM" };
    const listing = new Listing(query, async (page) => {
      asked.push(page);
      return { items: [], nextCursor: page.cursor === "1" ? "2" : null };
    });

    await collected(listing);

    assert.deepEqual(asked, [
      { cursor: "1", name: "CRM" },
      { cursor: "2", name: "CRM" },
    ]);
  });

  it("asks for a page only when its items are wanted", async () => {
    const { asked, load } = pages();

    for await (const item of new Listing({}, load)) {
      if (item === "b") break;
    }

    assert.deepEqual(asked, [undefined]);
  });

  it("ends with an error when the backend sends it in circles", async () => {
    const listing = new Listing({}, async () => ({ items: ["a"], nextCursor: "same" }));

    await assert.rejects(collected(listing), { name: "UnexpectedAnswerError" });
  });

  it("rejects with the error of the page that failed", async () => {
    const listing = new Listing<string>({}, async ({ cursor }) => {
      if (cursor === "2") throw new RangeError("no second page");
      return { items: ["a"], nextCursor: "2" };
    });

    await assert.rejects(collected(listing), /no second page/);
  });

  it("is typed by its items", () => {
    const listing = new Listing({}, pages().load);

    expectTypeOf<Awaited<typeof listing>>().toEqualTypeOf<Page<string>>();
    expectTypeOf(listing).toExtend<AsyncIterable<string>>();
  });
});

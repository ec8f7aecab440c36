import assert from "node:assert/strict";
import { select } from "xtremepush-access";
import { BODY_MAX, markerOf, writeBody } from "../../../review/src/comment/body";
import { openComments } from "../../../review/src/comment/github";
import { stick } from "../../../review/src/comment/sticky";
import { type GitHubApi, startGitHubApi } from "../../support/review/github-api";
import { manifestOf } from "../../support/review/manifests";
import { reviewOf } from "../../support/review/reviews";

const OPTIONS = { set: "all", author: "github-actions[bot]", onlyWhenBroadens: false };
const crm = (...permissions: string[]) => manifestOf([{ resource: "crm", name: "CRM sync", permissions }]);
const BROADENS = reviewOf([crm("list:tag")], [crm("list:tag", "export:segment")]);
const NARROWS = reviewOf([crm("list:tag", "export:segment")], [crm("list:tag")]);

describe("the comment on a pull request", () => {
  let api: GitHubApi;
  beforeEach(async () => {
    api = await startGitHubApi();
  });
  afterEach(() => api.close());

  const comments = (token = "job-token") =>
    openComments({ owner: "acme", repo: "access", number: 7 }, { apiUrl: api.url, token });
  const put = (review: typeof BROADENS, more: Partial<typeof OPTIONS> = {}) =>
    stick(
      comments(),
      {
        verdict: review.diff.verdict,
        outcome: review.decision.outcome,
        body: writeBody(review, more.set ?? "all", {}),
      },
      { ...OPTIONS, ...more },
    );

  it("is created once, then edited in place", async () => {
    assert.equal(await put(BROADENS), "created");
    assert.equal(await put(BROADENS), "unchanged");
    assert.equal(await put(NARROWS), "updated");

    assert.equal(api.comments.length, 1);
    assert.ok(api.comments[0]?.body.includes("### Narrows access"));
  });

  it("is one for each set of stacks", async () => {
    await put(BROADENS, { set: "prod" });
    await put(BROADENS, { set: "dev" });
    await put(NARROWS, { set: "dev" });

    assert.deepEqual(
      api.comments.map(({ body }) => body.split("\n")[1]),
      [
        "### Broadens access&#58; 1 client, +1 permission, 1 critical",
        "### Narrows access&#58; 1 client, -1 permission",
      ],
    );
  });

  it("is found after a hundred others", async () => {
    for (let id = 1_000; id < 1_150; id++) api.comments.push({ id, body: "me too", user: { login: "ana" } });
    await put(BROADENS);

    assert.equal(await put(NARROWS), "updated");
  });

  it("is not confused with a comment of somebody else", async () => {
    api.comments.push({ id: 900, body: `${markerOf("all")}\nNo change to access`, user: { login: "mallory" } });

    assert.equal(await put(BROADENS), "created");
    assert.equal(api.comments[0]?.body.split("\n")[1], "No change to access");
  });

  it("stays a single one when two runs create it at the same time", async () => {
    await Promise.all([put(BROADENS), put(BROADENS)]);
    await put(BROADENS);

    assert.equal(api.comments.length, 1);
  });

  it("is skipped on request for a change that broadens nothing, but an existing one is updated", async () => {
    const onlyWhenBroadens = true;

    assert.equal(await put(NARROWS, { onlyWhenBroadens }), "skipped");
    assert.equal(await put(BROADENS, { onlyWhenBroadens }), "created");
    assert.equal(await put(NARROWS, { onlyWhenBroadens }), "updated");
  });

  it("is not skipped where there is something to decide, as with a stack that is given up", async () => {
    const givenUp = { ...NARROWS, decision: { outcome: "approval" as const, findings: [] } };

    assert.equal(await put(givenUp, { onlyWhenBroadens: true }), "created");
  });

  for (const [status, headers, sentence] of [
    [403, { "retry-after": "60" }, /has made too many calls; try again in 60 seconds$/],
    [403, { "x-ratelimit-remaining": "0" }, /has made too many calls; try again later$/],
    [403, { "x-ratelimit-remaining": "4999" }, /pull-requests: write/],
    [429, {}, /has made too many calls; try again later$/],
  ] as const) {
    it(`distinguishes a rate limit from a missing permission by ${status} and ${JSON.stringify(headers)}`, async () => {
      api.refuse(status, headers);

      await assert.rejects(put(BROADENS), sentence);
    });
  }

  it("is left to a newer commit when the review took longer", async () => {
    const said = {
      verdict: BROADENS.diff.verdict,
      outcome: BROADENS.decision.outcome,
      body: writeBody(BROADENS, "all", {}),
    };
    const late = { ...OPTIONS, isCurrent: async () => false };

    assert.equal(await stick(comments(), said, late), "left to a newer commit");
    assert.equal(api.comments.length, 0);
    await put(NARROWS);
    assert.equal(await stick(comments(), said, late), "left to a newer commit");
    assert.match(api.comments[0]?.body ?? "", /### Narrows access/);
    assert.equal(await stick(comments(), said, { ...late, isCurrent: async () => true }), "updated");
  });

  for (const [status, sentence] of [
    [401, /GITHUB_TOKEN is not valid$/],
    [403, /pull-requests: write/],
    [404, /the pull request does not exist/],
    [500, /GitHub answered 500; try again later/],
  ] as const) {
    it(`says what to do when GitHub answers ${status}, without the token`, async () => {
      api.refuse(status);

      await assert.rejects(put(BROADENS), (error: Error) => {
        assert.equal(error.name, "ReviewFailure");
        assert.match(error.message, sentence);
        assert.ok(!error.message.includes("job-token"));
        return true;
      });
    });
  }
});

describe("an answer of GitHub that is no comment", () => {
  let api: GitHubApi;
  beforeEach(async () => {
    api = await startGitHubApi();
  });
  afterEach(() => api.close());

  const write = (apiUrl: string, timeoutSeconds?: number) =>
    openComments(
      { owner: "acme", repo: "access", number: 7 },
      { apiUrl, token: "job-token", ...(timeoutSeconds && { timeoutSeconds }) },
    ).create("### No change to access");
  const HTML = { "content-type": "text/html; charset=utf-8" };
  const PAGE = "<!doctype html><title>Sign in</title>";

  for (const [title, status, headers, body, sentence] of [
    [
      "a refused comment",
      422,
      {},
      { message: "Validation Failed" },
      "GitHub refused it with 422 (Validation Failed); trying again does not help",
    ],
    [
      "a locked conversation",
      403,
      {},
      { message: "Unable to create comment because issue is locked." },
      "the conversation is locked; unlock it, then run this again",
    ],
    ["a page with status 200", 200, HTML, PAGE, /^the answer is not JSON, so it does not come from GitHub; /],
    ["a page with status 404", 404, HTML, PAGE, /^the answer is not JSON, so it does not come from GitHub; /],
    ["a page with status 502", 502, HTML, PAGE, "GitHub answered 502; try again later"],
  ] as const) {
    it(`is named: ${title}`, async () => {
      api.refuse(status, headers, body);

      await assert.rejects(write(api.url), ({ message }: Error) => {
        const reason = message.replace(/^cannot write the comment: /, "");
        if (typeof sentence === "string") assert.equal(reason, sentence);
        else assert.match(reason, sentence);
        return true;
      });
    });
  }

  it("is waited for only so long", async () => {
    api.hang();

    await assert.rejects(write(api.url, 1), {
      message: "cannot write the comment: GitHub did not answer within 1 seconds; try again later",
    });
  });

  it("is not blamed on GitHub when there is none", async () => {
    await assert.rejects(write("http://127.0.0.1:9"), {
      message: "cannot write the comment: GitHub could not be reached; check the network of the job and GITHUB_API_URL",
    });
  });
});

describe("a comment that is too long", () => {
  const reportAddress = "https://ci.example/run/1";
  const isCut = (body: string) => body.includes("too long to show in full");
  const many = (count: number, ...permissions: string[]) =>
    manifestOf(Array.from({ length: count }, (_, index) => ({ resource: `client-${index}`, permissions })));

  for (const [how, before] of [
    ["new", null],
    ["changed", ["export:segment", ...select({ maxRisk: "low" }).slice(0, 19)]],
  ] as const) {
    it(`counts the ${how} clients that change alike, and says where the rest is`, () => {
      const after = ["import:profile", ...select({ maxRisk: "low" }).slice(1, 20)];
      const bodies = [10, 1_000].map((count) => {
        const review = reviewOf(before === null ? [] : [many(count, ...before)], [many(count, ...after)]);
        return writeBody(review, "all", { reportAddress });
      });

      assert.ok(bodies.every((body) => body.length <= BODY_MAX));
      assert.deepEqual(bodies.map(isCut), [false, true]);
      assert.match(bodies[1] ?? "", / and 990 more \| /);
      assert.ok(bodies[1]?.includes(`the summary and the JSON of [the run](${reportAddress}) have everything`));
    });
  }

  it("keeps its gravest rows, and counts the others", () => {
    // No two clients change alike.
    const distinct = manifestOf(
      Array.from({ length: 1_000 }, (_, index) => ({
        resource: `client-${index}`,
        permissions: [index === 999 ? "export:segment" : "list:tag"],
        publicKeys: { signing: `fingerprint-${index}` },
      })),
    );

    const body = writeBody(reviewOf([], [distinct]), "all", {});

    assert.ok(body.length <= BODY_MAX);
    assert.ok(isCut(body));
    const [permissions = "", clients = ""] = body.split("#### Clients");
    assert.deepEqual(
      [...permissions.matchAll(/<code>(\w+&#58;\w+)<\/code>/g)].map(([, id]) => id),
      ["export&#58;segment", "list&#58;tag"],
    );
    assert.match(clients, /^\| <code>client-999<\/code>/m);
    assert.match(clients, /^and [\d,]+ more rows: [\d,]+ broadened, created$/m);
  });

  it("keeps its verdict, in as many stacks as there are", () => {
    const stacks = Array.from({ length: 2_000 }, (_, index) =>
      manifestOf([{ resource: "crm", permissions: ["list:tag"] }], { stack: `stack-${index}` }),
    );

    const body = writeBody(reviewOf([], stacks), "all", {});

    assert.ok(body.length <= BODY_MAX);
    assert.match(body, /\n### Broadens access&#58; 2,000 clients, \+2,000 permissions/);
    assert.match(body, /\| 2,000 stacks: .* and 1,990 more \|/);
  });
});

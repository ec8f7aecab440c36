import assert from "node:assert/strict";
import { cpSync } from "node:fs";
import path from "node:path";
import { removeTemporaryFolders } from "../../support/process/temporary-folder";
import { plainProgram, reviewedProgram } from "../../support/review/reviewed-program";

const SKIPPED = "the program may declare something with a value that is not known before it is deployed in index.js";
const NETWORK = plainProgram('module.exports = new pulumi.StackReference("acme/network/prod");');
const START = [
  'const names = require("./network").getOutput("partners");',
  "const declare = (name) => new ApiClient(String(name), { name });",
];

/** What the callbacks of a program may hide. Each is in a file of its own, which the review names. */
const HIDING: Readonly<Record<string, readonly string[]>> = {
  "a selector of toObject": [
    "const { toObject } = pulumi.iterable;",
    "toObject(names, (name) => [name, declare(name)]);",
  ],
  "a selector of groupBy that the SDK calls under a condition": [
    "pulumi.iterable.groupBy(names, (name) => (name === 'acme' ? [name, declare(name)] : [name, name]));",
  ],
  "a selector whose text hides it": [
    "const lazy = { get all() { return declare('all'); } };",
    "pulumi.iterable.toObject(names, (name) => [name, lazy.all]);",
  ],
  "a reviver of jsonParse": ["pulumi.jsonParse(names, (key, value) => declare(value));"],
  "a reviver whose text hides it": [
    "const lazy = { toString: () => declare('all').id };",
    `pulumi.jsonParse(names, (key, value) => \`\${value}\${lazy}\`);`,
  ],
  "a comment after `new`": ["names.apply((name) => { new /* a client */ ApiClient('crm', { name }); });"],
  "a constructed expression": [
    "const own = { ApiClient };",
    "names.apply((name) => { new (own.ApiClient)('crm', { name }); });",
  ],
  "a getter": ["const lazy = { get all() { return declare('all'); } };", "names.apply((name) => [name, lazy.all]);"],
  "the toString of an object in a template": [
    "const lazy = { toString() { declare('all'); return ''; } };",
    `names.apply((name) => \`\${name}\${lazy}\`);`,
  ],
  "a generator that is spread": [
    "function* all() { yield declare('all'); }",
    "const lazy = all();",
    "names.apply((name) => [name, ...lazy]);",
  ],
  "a getter in an asynchronous callback": [
    "const lazy = { get all() { return declare('all'); } };",
    "names.apply(async (name) => { await name; return lazy.all; });",
  ],
  "a method of a value that is partly known": [
    "pulumi.output({ declare, names }).apply((all) => all.declare(all.names));",
  ],
  "a variable that it sets for others": [
    "let known = [];",
    "names.apply((all) => { known = all; });",
    "setTimeout(() => known.map(declare), 10);",
  ],
  "a property that it sets for others": ["const known = {};", "names.apply((all) => { known.all = all; });"],
  "an object that it changes for others": [
    "const known = {};",
    "names.apply((all) => { Object.assign(known, all); });",
  ],
  "an alias in a branch that no stand-in takes": [
    "const tools = { declare };",
    "names.apply((all) => { const [tool] = [tools]; if (all === 'acme') tool.declare(all); });",
  ],
  "a default value of a parameter": [
    "const tools = { declare };",
    "names.apply((all, tool = tools) => { if (all === 'acme') tool.declare(all); });",
  ],
  "a loop that sets a variable for others": ["let known;", "names.apply((all) => { for (known of [all.list]) ; });"],
  "a getter after a check that fails with any value": [
    "const lazy = { get all() { return declare('all'); } };",
    "names.apply((name) => { if (name !== 'eu') throw new Error(name); return [name, lazy.all]; });",
  ],
  "a member that is taken after a check that fails with any value": [
    "const lazy = { get all() { return declare('all'); } };",
    "names.apply((name) => { if (name !== 'eu') throw new Error(name); const { all } = lazy; return all; });",
  ],
  "a generator that is spread after a check that fails with any value": [
    "const all = (function* () { yield declare('all'); })();",
    "names.apply((name) => { if (name !== 'eu') throw new Error(name); return [...all]; });",
  ],
  "an output that a callback makes of itself without end": [
    "const lazy = { get all() { return names.apply((name) => [name, lazy.all]); } };",
    "names.apply((name) => [name, lazy.all]);",
  ],
  "a callback of a known output in a getter": [
    "const lazy = { get all() { return pulumi.output('all').apply(declare); } };",
    "names.apply((name) => [name, lazy.all]);",
  ],
  "a callback of an unknown output in a getter": [
    "const lazy = { get all() { return names.apply(declare); } };",
    "names.apply((name) => [name, lazy.all]);",
  ],
  "a callback that fails with any value": ["const lazy = {};", "names.apply((name) => lazy.none.none + name);"],
};

describe("readProgram, values that hide", function () {
  this.timeout(60_000);

  after(removeTemporaryFolders);

  it("names the file of each callback that may declare something, whatever its text shows", async () => {
    const files = Object.entries(HIDING).map(([what, lines]) => [fileOf(what), plainProgram(...START, ...lines)]);
    const index = files.map(([file]) => `require("./${file}");`).join("\n");
    const program = reviewedProgram({ "network.js": NETWORK, "index.js": index, ...Object.fromEntries(files) });

    const { clients, uncertain } = await program.read();

    const sentence = (file: string) =>
      `the program may declare something with a value that is not known before it is deployed in ${file}`;
    assert.deepEqual(uncertain, files.map(([file = ""]) => sentence(file)).toSorted());
    assert.deepEqual(clients, []);
  });

  it("leaves the program real outputs, also those that it keeps from a skipped callback", async () => {
    const program = reviewedProgram({
      "network.js": NETWORK,
      "index.js": plainProgram(
        ...START,
        "let memo;",
        "const region = pulumi.output('eu');",
        "const lib = { get label() { memo ??= region.apply((text) => text + '-1'); return memo; } };",
        "names.apply((name) => [name, lib.label]);",
        "setTimeout(() => new ApiClient('crm', { name: lib.label }), 50);",
      ),
    });

    const { clients, uncertain } = await program.read();

    assert.deepEqual([clients.map(({ name }) => name), uncertain], [["eu-1"], []]);
  });

  it("names an awaited isKnown, a callback that runs with unknown values, and a call of isDryRun", async () => {
    const program = reviewedProgram({
      "network.js": NETWORK,
      "known.js": plainProgram(...START, 'module.exports = names.isKnown.then((known) => known && declare("crm"));'),
      "running.js": plainProgram(...START, "names.apply((all) => pulumi.isUnknown(all) || all.map(declare), true);"),
      "preview.js": plainProgram(...START, 'if (!pulumi.runtime.isDryRun()) declare("crm");'),
      "variable.js": plainProgram('if (process.env.PULUMI_NODEJS_DRY_RUN) new ApiClient("seen", { name: "seen" });'),
      "index.js": '["known", "running", "preview", "variable"].map((file) => require("./" + file));\n',
    });

    const { clients, uncertain } = await program.read();

    assert.deepEqual(clients, []);
    assert.deepEqual(uncertain, [
      "the program asks whether it is previewed (isDryRun) in preview.js, and may declare something else when it is deployed",
      "the program awaits a value that is not known before it is deployed in known.js",
      "the program awaits a value that is not known before it is deployed in running.js",
    ]);
  });

  it("names a package that is marked as a provider's SDK and declares clients in a function of its own", async () => {
    const program = reviewedProgram({
      "vendor/node_modules/marked/package.json": '{ "name": "marked", "pulumi": { "resource": true } }\n',
      "vendor/node_modules/marked/index.js": plainProgram(
        "const make = (all) => all.map((name) => new ApiClient(name, { name }));",
        "exports.declare = (names) => names.apply((all) => make(all));",
      ),
      "index.js": plainProgram(
        'require("./vendor/node_modules/marked").declare(new pulumi.StackReference("acme/network/prod").getOutput("all"));',
      ),
    });

    assert.deepEqual((await program.read()).uncertain, [SKIPPED]);
  });

  it("names a copy of the SDK that it cannot watch, as in a bundle", async () => {
    const program = reviewedProgram({
      "index.js": [
        'const pulumi = require("./bundled/sdk");',
        'const network = new pulumi.StackReference("acme/network/prod");',
        'network.getOutput("partners").apply((all) => all.map((name) => new pulumi.ComponentResource("a:b:C", name)));',
        "",
      ].join("\n"),
    });
    const isNeeded = (file: string) => !/[\\/]node_modules$|\.(?:d\.ts|map)$/.test(file);
    const sdk = path.dirname(require.resolve("@pulumi/pulumi/package.json"));
    cpSync(sdk, path.join(program.folder, "bundled/sdk"), {
      recursive: true,
      filter: (file) => isNeeded(file.slice(sdk.length)),
    });

    const { uncertain } = await program.read();

    assert.equal(uncertain.length, 1);
    assert.match(
      uncertain[0] ?? "",
      /^the program contains a copy of @pulumi\/pulumi that a review cannot watch in bundled\//,
    );
  });

  it("is uncertain when the program fills the channel of the review", async () => {
    const program = reviewedProgram({
      "index.js": plainProgram(
        'const report = (at) => JSON.stringify({ kind: "awaited", at }) + "\\n";',
        'const lines = Array.from({ length: 200_000 }, (_, line) => report("a.js:" + line)).join("");',
        'for (let at = 0; at < lines.length; ) at += require("node:fs").writeSync(3, lines.slice(at, at + 60_000));',
        'const network = new pulumi.StackReference("acme/network/prod");',
        'network.getOutput("partners").apply((name) => new ApiClient(name, { name }));',
      ),
    });

    const { uncertain } = await program.read();

    const lost = "the program writes to the channel of the review, or does more than the review can report";
    assert.equal(uncertain.includes(lost), true);
  });

  it("does not name what ordinary programs compute", async () => {
    const program = reviewedProgram({
      "index.js": plainProgram(
        'const network = new pulumi.StackReference("acme/network/prod");',
        'const region = network.requireOutput("region");',
        'const prefix = "crm", args = { name: "CRM", tags: ["a"] };',
        `const crm = new ApiClient("crm", { name: pulumi.interpolate\`\${prefix} of \${region}\`, description: pulumi.concat("in ", region) });`,
        `const label = region.apply((text) => \`\${prefix}-\${text}\`);`,
        "const upper = region.apply((text) => text.toUpperCase().slice(0, 3) + args.name);",
        "const both = pulumi.all([crm.clientId, region, args.tags]).apply(([id, place, tags]) => [id, place, ...tags].join('-'));",
        "const parts = region.apply((text) => { let out = ''; for (const part of text.split('-')) { out += part; } return out; });",
        "const count = region.apply((text) => { let total = 0; for (let i = 0; i < text.length; i++) total += i; return total; });",
        "const policy = region.apply((place) => JSON.stringify({ Resource: [place, prefix], Name: args.name }));",
        "const last = region.apply((page) => { while (page.next) page = page.next; return page; });",
        "const parsed = region.apply((text) => JSON.parse(text).clients.map(({ name }) => name));",
        "const host = region.apply((text) => new URL(text).hostname);",
        "const bytes = region.apply((text) => Buffer.from(text, 'base64').toString('utf8'));",
        "const choice = region.apply((place) => (place === 'eu' ? permissions.list.profile : permissions.list.segment));",
        "const table = pulumi.iterable.toObject(network.getOutput('list'), ({ key, value }) => [key, value]);",
        "const group = pulumi.iterable.groupBy(network.getOutput('list'), (one) => [one.key, one.value]);",
        "const text = pulumi.jsonStringify({ region, prefix });",
        "const json = pulumi.jsonParse(region);",
        "const zones = { eu: 'eu-west-1' };",
        "const zone = region.apply((name) => { const id = zones[name]; if (id === undefined) throw new Error('no zone ' + name); return id; });",
        "const arn = region.apply((arn) => { const [, , , place, account] = arn.split(':'); return place.toLowerCase() + account.trim(); });",
        "const key = region.apply((key) => JSON.parse(Buffer.from(key, 'base64').toString()).client_email);",
        "const match = region.apply((text) => /^projects\\/(.+)\\/x$/.exec(text)[1]);",
        "const stage = region.apply((name) => { switch (name) { case 'eu': return 'prod'; case 'us': return prefix; default: throw new Error(name); } });",
        "const second = region.apply((text) => { const [a, b] = text.split(','); return b.trim(); });",
        "const number = region.apply(Number);",
        "const nested = pulumi.all([region, crm]).apply(([a, c]) => c.clientId.apply((b) => c.clientId.apply((d) => a + b + d)));",
        `const lines = region.apply((id) => { const lines = [\`HOST=\${prefix}\`, \`ID=\${id}\`]; return lines.join(' '); });`,
        "new ScopeGrant('crm', { client: crm, permissions: [choice] });",
        "module.exports = { label, upper, both, parts, count, policy, parsed, host, bytes, table, group, text, json, number, nested, lines, last, all: { region, crm } };",
      ),
    });

    assert.deepEqual((await program.read()).uncertain, []);
  });
});

function fileOf(what: string): string {
  return `${what.replaceAll(/\W+/g, "-")}.js`;
}

import assert from "node:assert/strict";
import path from "node:path";
import { RESOURCE_MODULE } from "pulumi-xtremepush/protocol";
import { lockText, readLock } from "../../../review/src/lock/lock-file";
import { hashOf } from "../../../review/src/manifest/replacement-trigger";
import { removeTemporaryFolders } from "../../support/process/temporary-folder";
import { HOSTILE_NAMES } from "../../support/review/hostile-names";
import { plainProgram, reviewedProgram, urnOf } from "../../support/review/reviewed-program";
import { makeKeyPair } from "../../support/sdk/certificates";

const CLIENT = `${RESOURCE_MODULE}:ApiClient`;
const GRANT = `${RESOURCE_MODULE}:ScopeGrant`;

describe("readProgram, resources", function () {
  this.timeout(60_000);

  after(removeTemporaryFolders);

  it("follows components and their aliases as the engine does", async () => {
    const program = reviewedProgram({
      "index.js": plainProgram(
        "class Partner extends pulumi.ComponentResource {",
        "  constructor(name, opts) {",
        '    super("acme:index:Partner", name, {}, opts);',
        "    const options = { parent: this, aliases: [{ parent: pulumi.rootStackResource }] };",
        '    const client = new ApiClient(name + "-api", { name }, options);',
        '    new ScopeGrant("grant", { client, permissions: [permissions.list.profile] }, { parent: this });',
        "  }",
        "}",
        'new Partner("crm", { aliases: [{ name: "salesforce", type: "acme:index:Customer" }] });',
      ),
    });

    const { clients, grants } = await program.read();

    const prefix = "urn:pulumi:dev::programs::";
    const [client] = clients;
    assert.equal(client?.urn, `${prefix}acme:index:Partner$${CLIENT}::crm-api`);
    assert.equal(client.owner, `organization/${prefix}acme:index:Partner$${CLIENT}::crm-api`);
    assert.deepEqual(client.aliases, [
      `${prefix}${CLIENT}::crm-api`,
      `${prefix}acme:index:Customer$${CLIENT}::salesforce-api`,
    ]);
    assert.deepEqual(grants[0]?.aliases, [`${prefix}acme:index:Customer$${GRANT}::grant`]);
    assert.equal(grants[0]?.client, client.urn);
    assert.deepEqual([client.source, grants[0]?.source], ["index.js:8", "index.js:9"]);
  });

  it("gives an Integration the line of the program that makes it", async () => {
    const program = reviewedProgram({
      "index.js": plainProgram(
        'const { Integration } = require("pulumi-xtremepush");',
        'new Integration("crm", { permissions: select({ scope: "export" }) });',
      ),
    });

    const { clients, grants } = await program.read();

    const prefix = "urn:pulumi:dev::programs::xtremepush:index:Integration$";
    assert.deepEqual(
      [...clients, ...grants].map(({ urn, aliases, source }) => [urn, aliases, source]),
      [
        [`${prefix}${CLIENT}::crm`, [urnOf("ApiClient", "crm")], "index.js:5"],
        [`${prefix}${GRANT}::crm`, [urnOf("ScopeGrant", "crm")], "index.js:5"],
      ],
    );
    assert.deepEqual(
      grants.map(({ client, permissions }) => [client, permissions]),
      [[`${prefix}${CLIENT}::crm`, ["export:segment"]]],
    );
  });

  it("runs transforms and transformations of a resource, its parents and the stack", async () => {
    const program = reviewedProgram({
      "index.js": plainProgram(
        `const isGrant = ({ type }) => type === "${GRANT}";`,
        "const granting = (permission) => (args) => isGrant(args)",
        "  ? { props: { ...args.props, permissions: { ...args.props.permissions, [permission]: true } }, opts: args.opts }",
        "  : undefined;",
        "pulumi.runtime.registerStackTransformation(granting(permissions.list.segment));",
        "pulumi.runtime.registerResourceTransform(granting(permissions.list.list));",
        `pulumi.runtime.registerResourceTransform(({ type, props, opts }) => type !== "${CLIENT}" ? undefined : {`,
        '  props: { ...props, description: "transformed" },',
        '  opts: { ...opts, aliases: [{ name: "former" }], ignoreChanges: ["name"] },',
        "});",
        'const parent = new pulumi.ComponentResource("acme:index:Group", "group", {}, { transforms: [granting(permissions.list.push)] });',
        'const crm = new ApiClient("crm", { name: "CRM" });',
        "const options = { parent, transforms: [granting(permissions.list.tag)] };",
        'new ScopeGrant("crm", { client: crm, permissions: [permissions.info.task, pulumi.output(permissions.list.task)] }, options);',
      ),
    });

    const { clients, grants } = await program.read();

    assert.deepEqual(
      clients.map(({ aliases, description, name }) => [aliases, description, Object.keys(name)]),
      [[[urnOf("ApiClient", "former")], "transformed", ["unknown"]]],
    );
    assert.deepEqual(
      grants.map(({ client, permissions }) => [client, permissions]),
      [[urnOf("ApiClient", "crm"), ["list:segment", "list:list", "list:push", "list:tag", "list:task", "info:task"]]],
    );
  });

  it("reads the location of what an explicit provider manages", async () => {
    const program = reviewedProgram({
      "Pulumi.dev.yaml": "config:\n  programs:endpoint: { secure: v1:one }\n",
      "index.js": plainProgram(
        'const endpoint = "https://eu.example.com";',
        'const eu = new Provider("eu", { endpoint, project: "acme", tokenVariable: "EU_TOKEN" });',
        'const us = new Provider("us", { endpoint: new pulumi.Config().requireSecret("endpoint"), project: "acme", tokenVariable: "US_TOKEN" });',
        'new ApiClient("eu", { name: "CRM" }, { provider: eu });',
        'const group = new pulumi.ComponentResource("acme:index:Group", "group", {}, { providers: [us] });',
        'new ApiClient("us", { name: "CRM" }, { parent: group });',
        'new ApiClient("own", { name: "CRM" });',
      ),
    });

    const { clients } = await program.read();

    assert.deepEqual(Object.fromEntries(clients.map(({ urn, location }) => [urn.split("::").at(-1), location])), {
      eu: { endpoint: "https://eu.example.com", project: "acme" },
      us: { endpoint: { unknown: "it is not known before the program is deployed" }, project: "acme" },
      own: null,
    });
  });

  it("reads what stays alive when it leaves the program, as inherited from parents and changed by transforms", async () => {
    const program = reviewedProgram({
      "index.js": plainProgram(
        'const group = new pulumi.ComponentResource("acme:index:Group", "group", {}, { retainOnDelete: true });',
        'const nested = new pulumi.ComponentResource("acme:index:Group", "nested", {}, { parent: group });',
        'const client = new ApiClient("inherits", { name: "A" }, { parent: nested });',
        'new ScopeGrant("inherits", { client, permissions: [] }, { parent: nested });',
        'new ApiClient("says-no", { name: "B" }, { parent: group, retainOnDelete: false });',
        'new ApiClient("says-yes", { name: "C" }, { retainOnDelete: true });',
        'new ApiClient("says-nothing", { name: "D" });',
        "const retaining = ({ props, opts }) => ({ props, opts: { ...opts, retainOnDelete: true } });",
        'new ApiClient("transformed", { name: "E" }, { transforms: [retaining] });',
      ),
    });

    const { clients, grants } = await program.read();

    const retained = Object.fromEntries(clients.map(({ urn, retained }) => [urn.split("::").at(-1), retained]));
    assert.deepEqual(retained, {
      inherits: true,
      "says-no": false,
      "says-nothing": false,
      "says-yes": true,
      transformed: true,
    });
    assert.deepEqual(
      grants.map(({ retained }) => retained),
      [true],
    );
  });

  it("reads what is protected, as inherited from parents and changed by transforms", async () => {
    const program = reviewedProgram({
      "index.js": plainProgram(
        'const { Integration } = require("pulumi-xtremepush");',
        'pulumi.runtime.registerStackTransformation(({ name, props, opts }) => name === "by-stack" ? { props, opts: { ...opts, protect: true } } : undefined);',
        'const group = new pulumi.ComponentResource("acme:index:Group", "group", {}, { protect: true });',
        'new ApiClient("inherits", { name: "A" }, { parent: group });',
        'new ApiClient("says-no", { name: "B" }, { parent: group, protect: false });',
        'new ApiClient("by-stack", { name: "C" });',
        'new ApiClient("says-nothing", { name: "D" });',
        "const guard = ({ props, opts }) => ({ props, opts: { ...opts, protect: true } });",
        'new ApiClient("transformed", { name: "E" }, { transforms: [guard] });',
        'new Integration("both", { name: "F", permissions: [] }, { protect: true });',
        'const client = new ApiClient("alone", { name: "G" }, { protect: true });',
        'new ScopeGrant("alone", { client, permissions: [] });',
      ),
    });

    const { clients, grants } = await program.read();

    const guarded = clients.filter(({ protect }) => protect).map(({ urn }) => urn.split("::").at(-1));
    assert.deepEqual(guarded.sort(), ["alone", "both", "by-stack", "inherits", "transformed"]);
    assert.deepEqual(
      grants.map(({ urn, protect, deletedWith }) => [urn.split("::").at(-1), protect, deletedWith]),
      [
        ["alone", false, null],
        ["both", true, null],
      ],
    );
  });

  it("reads the options that let the engine change access, as inherited from parents and changed by transforms", async () => {
    const program = reviewedProgram({
      "index.js": plainProgram(
        'const pool = new pulumi.ComponentResource("acme:index:Pool", "pool");',
        'const group = new pulumi.ComponentResource("acme:index:Group", "group", {}, { deletedWith: pool });',
        'new ApiClient("inherits", { name: "A" }, { parent: group });',
        'new ApiClient("all", { name: "B" }, {',
        '  deletedWith: pool, replaceOnChanges: ["name"], replaceWith: [pool], replacementTrigger: { a: 1 },',
        "});",
        'new ApiClient("later", { name: "C" }, { replacementTrigger: pulumi.secret("x") });',
        'const other = new ApiClient("other", { name: "E" });',
        'new ApiClient("of-other", { name: "F" }, { replacementTrigger: { id: other.clientId } });',
        "const more = ({ props, opts }) => ({ props, opts: { ...opts, replacementTrigger: { a: 1 }, replaceWith: [pool] } });",
        'new ApiClient("transformed", { name: "D" }, { transforms: [more] });',
      ),
    });

    const { clients } = await program.read();

    const pool = "urn:pulumi:dev::programs::acme:index:Pool::pool";
    const trigger = hashOf({ a: 1 });
    const secret = { unknown: "its replacementTrigger is secret or not known before the program is deployed" };
    const options = clients.map(({ urn, ...client }) => [
      urn.split("::").at(-1),
      client.deletedWith,
      client.replaceOnChanges,
      client.replaceWith,
      client.replacementTrigger,
    ]);
    assert.deepEqual(options, [
      ["inherits", pool, [], [], null],
      ["all", pool, ["name"], [pool], trigger],
      ["later", null, [], [], secret],
      ["of-other", null, [], [], secret],
      ["other", null, [], [], null],
      ["transformed", null, [], [pool], trigger],
    ]);
  });

  it("reads secret versions, and public keys by their fingerprints", async () => {
    const { publicKey, privateKey } = await makeKeyPair();
    const program = reviewedProgram({
      "index.js": plainProgram(
        `const key = ${JSON.stringify(publicKey)};`,
        'new ApiClient("a", { name: "A", secretVersion: 0, publicKeys: { next: pulumi.output(key), current: key } });',
        'new ApiClient("b", { name: "B", secretVersion: 3, publicKeys: {} });',
        `new ApiClient("c", { name: "C", publicKeys: { unknown: ${JSON.stringify(privateKey)} } });`,
      ),
    });

    const manifest = await program.read();

    const [a, b, c] = manifest.clients;
    assert.deepEqual([a?.secretVersion, b?.secretVersion, c?.secretVersion], [0, 3, 1]);
    assert.deepEqual(Object.keys(a?.publicKeys ?? {}), ["current", "next"]);
    assert.match(Object.values(a?.publicKeys ?? {}).join(), /^([0-9a-f]{64}),\1$/);
    assert.deepEqual(b?.publicKeys, {});
    assert.match(JSON.stringify(c?.publicKeys), /^\{"unknown":"the key unknown cannot be read: a private key /);
    assert.doesNotMatch(JSON.stringify(manifest), /BEGIN|KEY-----/);
  });

  it("finds the client of a grant that names what the client adopts", async () => {
    const program = reviewedProgram({
      "index.js": plainProgram(
        'const crm = new ApiClient("crm", { name: "CRM", adopt: "xpc_aaaaaaaaaaaaaaaaaaaaaaaaaa" });',
        'new ScopeGrant("crm", { client: crm, permissions: [permissions.list.profile] });',
      ),
    });

    const { clients, grants } = await program.read();

    assert.deepEqual(
      clients.map(({ adopt }) => adopt),
      ["xpc_aaaaaaaaaaaaaaaaaaaaaaaaaa"],
    );
    assert.deepEqual(
      grants.map(({ client }) => client),
      [urnOf("ApiClient", "crm")],
    );
  });

  it("lets no client take the grants of another one by adopting it", async () => {
    const program = reviewedProgram({
      "index.js": plainProgram(
        'const crm = new ApiClient("crm", { name: "CRM" });',
        'new ApiClient("a", { name: "A", adopt: crm.clientId });',
        'const z = new ApiClient("z", { name: "Z", adopt: crm.clientId });',
        'new ScopeGrant("crm", { client: crm, permissions: [] });',
        'new ScopeGrant("kept", { client: z, permissions: [] }, { ignoreChanges: ["client"] });',
      ),
    });

    const { clients, grants } = await program.read();

    const unknown = "it depends on the ID of a client that may not exist yet";
    assert.deepEqual(
      clients.map(({ adopt }) => adopt),
      [{ unknown }, null, { unknown }],
    );
    assert.deepEqual(
      grants.map(({ client }) => client),
      [
        urnOf("ApiClient", "crm"),
        { unknown: "the program ignores changes to it (ignoreChanges), so it stays as it is" },
      ],
    );
  });

  it("declares only what a lock file can hold: no position outside the program, no invalid label", async () => {
    const { publicKey } = await makeKeyPair();
    const program = reviewedProgram({
      "shared.js": plainProgram("exports.make = (name, args) => new ApiClient(name, args);"),
      "app/Pulumi.yaml": "name: programs\nruntime:\n  name: nodejs\n  options:\n    typescript: false\n",
      "app/index.js": [
        'const { make } = require("../shared");',
        'make("crm", { name: "CRM" });',
        `make("keys", { name: "Keys", publicKeys: { "a b": ${JSON.stringify(publicKey)} } });`,
      ].join("\n"),
    });

    const manifest = await program.read({ folder: path.join(program.folder, "app") });

    assert.deepEqual(
      manifest.clients.map(({ source, publicKeys }) => [source, publicKeys]),
      [
        ["index.js:2", {}],
        ["index.js:3", { unknown: "a key has an invalid label" }],
      ],
    );
    assert.deepEqual(readLock(lockText(manifest), "access/programs.dev.json"), manifest);
  });

  it("keeps every hostile name as it is, and the owner that the configuration gives", async () => {
    const program = reviewedProgram({
      "names.json": JSON.stringify(HOSTILE_NAMES),
      "index.js": plainProgram(
        'for (const name of require("./names.json")) {',
        "  const client = new ApiClient(name, { name, description: name });",
        "  new ScopeGrant(name, { client, permissions: [permissions.list.profile] });",
        "}",
      ),
    });

    const { clients, grants } = await program.read({ config: { "xtremepush:owner": "team-a" } });

    const names = HOSTILE_NAMES.map((name) => name.normalize("NFC"));
    assert.deepEqual(
      clients.map(({ urn }) => urn.slice(urnOf("ApiClient", "").length)).toSorted(),
      [...names].toSorted(),
    );
    assert.ok(clients.every(({ owner, urn }) => owner === `team-a/${urn}`));
    assert.deepEqual(
      grants.map(({ client }) => client),
      grants.map(({ urn }) => urn.replace("ScopeGrant", "ApiClient")),
    );
  });

  it("declares nothing for a program that makes no clients", async () => {
    const program = reviewedProgram({ "index.js": 'exports.answer = require("@pulumi/pulumi").output(42);' });

    const { clients, grants, uncertain } = await program.read();

    assert.deepEqual([clients, grants, uncertain], [[], [], []]);
  });
});

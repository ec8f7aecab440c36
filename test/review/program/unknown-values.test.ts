import assert from "node:assert/strict";
import { removeTemporaryFolders } from "../../support/process/temporary-folder";
import { plainProgram, reviewedProgram, urnOf } from "../../support/review/reviewed-program";

describe("readProgram, unknown values", function () {
  this.timeout(60_000);

  after(removeTemporaryFolders);

  it("reads plain configuration of the stack and the project, and computes permissions from it", async () => {
    const program = reviewedProgram({
      "Pulumi.yaml":
        "name: programs\nruntime: nodejs\nconfig:\n  suffix: { type: string, default: sync }\n  partner: nobody\n",
      "Pulumi.dev.yaml":
        "config:\n  programs:partner: CRM\n  programs:scopes: [segment, list]\n  programs:limit: 2\n  programs:wide: true\n",
      "index.js": plainProgram(
        "const config = new pulumi.Config();",
        'const crm = new ApiClient("crm", { name: [config.require("partner"), config.get("suffix")].join(" ") });',
        'const scopes = config.requireObject("scopes").slice(0, config.requireNumber("limit"));',
        "const granted = scopes.map((scope) => permissions.list[scope]);",
        'if (config.requireBoolean("wide")) granted.push(pulumi.output(permissions.info.task));',
        'new ScopeGrant("crm", { client: crm, permissions: granted });',
      ),
    });

    const { clients, grants, uncertain } = await program.read();

    assert.deepEqual(
      clients.map(({ name }) => name),
      ["CRM sync"],
    );
    assert.deepEqual(
      grants.map(({ permissions, unknownPermissions }) => [permissions, unknownPermissions]),
      [[["list:segment", "list:list", "info:task"], null]],
    );
    assert.deepEqual(uncertain, []);
  });

  it("keeps encrypted configuration unknown, whatever type the program reads", async () => {
    const program = reviewedProgram({
      "Pulumi.dev.yaml": [
        "encryptionsalt: v1:none",
        "config:",
        "  programs:name: { secure: v1:one }",
        "  programs:team: { size: 3, lead: { secure: v1:two } }",
        "  programs:wide: { secure: v1:three }",
        "  programs:version: { secure: v1:four }",
        "  xtremepush:token: { secure: v1:five }",
      ].join("\n"),
      "index.js": plainProgram(
        "const config = new pulumi.Config();",
        'new ApiClient("a", { name: config.requireSecret("name"), secretVersion: config.requireSecretNumber("version") });',
        'const team = config.requireSecretObject("team");',
        'new ApiClient("b", { name: pulumi.concat("team of ", team.lead) });',
        'const wide = config.requireSecretBoolean("wide");',
        "const granted = wide.apply((is) => (is ? permissions.list.profile : permissions.list.segment));",
        'new ScopeGrant("b", { client: "xpc_aaaaaaaaaaaaaaaaaaaaaaaaaa", permissions: [permissions.info.task, granted] });',
        'const whole = config.requireSecretObject("team").apply(({ lead }) => lead.permissions);',
        'new ScopeGrant("c", { client: "xpc_bbbbbbbbbbbbbbbbbbbbbbbbbb", permissions: whole });',
      ),
    });

    const { clients, grants, uncertain } = await program.read();

    const unknown = { unknown: "it is not known before the program is deployed" };
    assert.deepEqual(
      clients.map(({ name, secretVersion }) => [name, secretVersion]),
      [
        [unknown, unknown],
        [unknown, 1],
      ],
    );
    assert.deepEqual(
      grants.map(({ client, permissions, unknownPermissions }) => [client, permissions, unknownPermissions]),
      [
        ["xpc_aaaaaaaaaaaaaaaaaaaaaaaaaa", ["info:task"], unknown.unknown],
        ["xpc_bbbbbbbbbbbbbbbbbbbbbbbbbb", [], unknown.unknown],
      ],
    );
    assert.deepEqual(uncertain, []);
  });

  it("reports encrypted configuration that is read as plain values", async () => {
    const program = reviewedProgram({
      "Pulumi.dev.yaml": [
        "config:",
        "  programs:name: { secure: v1:one }",
        "  programs:wide: { secure: v1:two }",
        "  programs:team: { size: 3, lead: { secure: v1:three } }",
        "  programs:other: { size: 3, lead: { secure: v1:four } }",
      ].join("\n"),
      "index.js": plainProgram(
        "const config = new pulumi.Config();",
        'new ApiClient("a", { name: config.require("name") + "!" });',
        'const granted = [permissions.info.task, config.requireBoolean("wide") ? permissions.list.profile : config.require("name")];',
        'new ScopeGrant("a", { client: "xpc_aaaaaaaaaaaaaaaaaaaaaaaaaa", permissions: granted });',
        'new ApiClient("b", { name: config.requireObject("team").lead });',
        'new ApiClient("c", { name: "team of " + config.requireObject("other").size });',
      ),
    });

    const { clients, grants, uncertain } = await program.read();

    const encrypted = "it depends on a value that is encrypted in the stack's configuration";
    assert.deepEqual(
      clients.map(({ name }) => name),
      [{ unknown: encrypted }, { unknown: encrypted }, "team of 3"],
    );
    assert.deepEqual(
      grants.map(({ permissions, unknownPermissions }) => [permissions, unknownPermissions]),
      [[["info:task"], encrypted]],
    );
    assert.deepEqual(uncertain, [
      "the program reads programs:name, which is encrypted, as a plain value in index.js",
      "the program reads programs:team, which is encrypted, as a plain value in index.js",
      "the program reads programs:wide, which is encrypted, as a plain value in index.js",
    ]);
  });

  it("never shows what a program marks as a secret", async () => {
    const program = reviewedProgram({
      "index.js": plainProgram(
        'new ApiClient("a", { name: pulumi.secret("hidden"), description: pulumi.secret("hidden") });',
        'new ScopeGrant("a", { client: pulumi.secret("xpc_aaaaaaaaaaaaaaaaaaaaaaaaaa"), permissions: pulumi.secret([permissions.info.task]) });',
      ),
    });

    const manifest = await program.read();

    const marked = { unknown: "the program marks it as a secret" };
    assert.deepEqual(
      manifest.clients.map(({ name, description }) => [name, description]),
      [[marked, marked]],
    );
    assert.deepEqual(
      manifest.grants.map(({ permissions }) => permissions),
      [["info:task"]],
    );
    assert.doesNotMatch(JSON.stringify(manifest), /hidden/);
  });

  it("keeps the outputs of another stack and of another provider unknown, and names them", async () => {
    const program = reviewedProgram({
      "index.js": plainProgram(
        'const network = new pulumi.StackReference("acme/network/prod");',
        'class Pet extends pulumi.CustomResource { constructor(name) { super("random:index/randomPet:RandomPet", name, { length: 2, pet: undefined }); } }',
        'const pet = new Pet("pet");',
        'const crm = new ApiClient("crm", { name: pulumi.concat("CRM of ", network.getOutput("region")), description: pet.pet });',
        'new ScopeGrant("crm", { client: crm, permissions: [permissions.list.profile, network.requireOutput("permission")] });',
        'new ScopeGrant("pet", { client: pet.id, permissions: pet.pet.apply((text) => text.split(",")) });',
      ),
    });

    const { clients, grants, uncertain } = await program.read();

    const ofStack =
      "it depends on pulumi:pulumi:StackReference acme/network/prod, which is not known before the program is deployed";
    const ofPet =
      "it depends on random:index/randomPet:RandomPet pet, which is not known before the program is deployed";
    assert.deepEqual(
      clients.map(({ name, description }) => [name, description]),
      [[{ unknown: ofStack }, { unknown: ofPet }]],
    );
    assert.deepEqual(
      grants.map(({ client, permissions, unknownPermissions }) => [client, permissions, unknownPermissions]),
      [
        [urnOf("ApiClient", "crm"), ["list:profile"], ofStack],
        [{ unknown: ofPet }, [], ofPet],
      ],
    );
    assert.deepEqual(uncertain, []);
  });

  it("reports what hides an unknown value: awaited outputs, invokes, and callbacks that declare something", async () => {
    const program = reviewedProgram({
      "index.js": plainProgram(
        "module.exports = async () => {",
        '  const network = new pulumi.StackReference("acme/network/prod");',
        '  const region = await network.getOutput("region").promise();',
        '  const { value } = await network.getOutputDetails("wide");',
        '  const crm = new ApiClient("crm", { name: region ?? "CRM" });',
        '  const zones = await pulumi.runtime.invoke("aws:index/getZones:getZones", {});',
        '  const known = pulumi.runtime.invokeOutput("aws:index/getRegion:getRegion", {});',
        "  const granted = zones.names === undefined && !value ? [permissions.list.profile] : [];",
        '  new ScopeGrant("crm", { client: crm, permissions: [...granted, known.apply(({ name }) => name)] });',
        '  network.getOutput("partners").apply((partners) => partners.map((name) => new ApiClient(name, { name })));',
        '  network.getOutput("logo").apply((text) => new pulumi.asset.StringAsset(text));',
        "};",
      ),
    });

    const { clients, grants, uncertain } = await program.read();

    assert.deepEqual(
      clients.map(({ name }) => name),
      ["CRM"],
    );
    assert.deepEqual(
      grants.map(({ permissions, unknownPermissions }) => [permissions, unknownPermissions]),
      [[["list:profile"], "it is not known before the program is deployed"]],
    );
    assert.deepEqual(uncertain, [
      "the program awaits a value that is not known before it is deployed in index.js",
      "the program invokes aws:index/getZones:getZones in index.js, and the result is not known without the cloud",
      "the program may declare something with a value that is not known before it is deployed in index.js",
    ]);
  });

  it("reports a skipped callback that may declare something through a function of the program", async () => {
    const program = reviewedProgram({
      "helpers.js": plainProgram("exports.declare = (names) => names.map((name) => new ApiClient(name, { name }));"),
      "index.js": plainProgram(
        'const helpers = require("./helpers");',
        'const network = new pulumi.StackReference("acme/network/prod");',
        'network.getOutput("partners").apply((partners) => helpers.declare(partners));',
      ),
    });

    assert.deepEqual((await program.read()).uncertain, [
      "the program may declare something with a value that is not known before it is deployed in index.js",
    ]);
  });

  it("reports it in an ES module, too", async () => {
    const program = reviewedProgram({
      "package.json": '{ "private": true, "type": "module" }\n',
      "index.js": [
        'import pulumi from "@pulumi/pulumi";',
        'import { ApiClient } from "pulumi-xtremepush";',
        "const declare = (name) => new ApiClient(name, { name });",
        'new pulumi.StackReference("acme/network/prod").getOutput("partner").apply((name) => declare(name));',
        "",
      ].join("\n"),
    });

    assert.deepEqual((await program.read()).uncertain, [
      "the program may declare something with a value that is not known before it is deployed in index.js",
    ]);
  });

  it("reports components of other packages and methods of resources", async () => {
    const program = reviewedProgram({
      "index.js": plainProgram(
        'const remote = new pulumi.ComponentResource("acme:index:Remote", "access", {}, {}, true);',
        'pulumi.runtime.call("acme:index:Remote/names", { __self__: remote }, remote);',
      ),
    });

    const { uncertain } = await program.read();

    assert.deepEqual(uncertain, [
      "acme:index:Remote access is a component of another package, and what it declares is not known",
      "the program calls acme:index:Remote/names, and the result is not known",
    ]);
  });

  it("does not take the failure of a thread for a failure of the program", async () => {
    const program = reviewedProgram({
      "thread.js": 'throw new Error("no thread");\n',
      "index.js": plainProgram(
        'const { Worker } = require("node:worker_threads");',
        "module.exports = async () => {",
        '  const failed = await new Promise((resolve) => new Worker("./thread.js").on("error", resolve));',
        '  new ApiClient("crm", { name: failed.message });',
        "};",
      ),
    });

    const { clients } = await program.read();

    assert.deepEqual(
      clients.map(({ name }) => name),
      ["no thread"],
    );
  });

  it("calls callbacks that wait for the client ID of a declared client", async () => {
    const program = reviewedProgram({
      "index.js": plainProgram(
        'const a = new ApiClient("a", { name: "A" });',
        'const b = new ApiClient("b", { name: "B", description: pulumi.concat("after ", a.clientId) });',
        'pulumi.all([a.id, b.id]).apply(([, id]) => new ScopeGrant("b", { client: id, permissions: [permissions.list.profile] }));',
        'new ScopeGrant("a", { client: pulumi.all([a.id, b.id]).apply(([id]) => id), permissions: [a.clientId] });',
        'const old = ApiClient.get("old", "xpc_aaaaaaaaaaaaaaaaaaaaaaaaaa");',
        'new ScopeGrant("old", { client: old, permissions: [permissions.info.task] });',
        'new ScopeGrant("none", { client: pulumi.concat(a.id, "x"), permissions: [] });',
      ),
    });

    const { clients, grants, uncertain } = await program.read();

    const made = "it depends on the ID of a client that may not exist yet";
    assert.deepEqual(
      clients.map(({ description }) => description),
      [null, { unknown: made }],
    );
    assert.deepEqual(
      grants.map(({ client, permissions, unknownPermissions }) => [client, permissions, unknownPermissions]),
      [
        [urnOf("ApiClient", "a"), [], made],
        [urnOf("ApiClient", "b"), ["list:profile"], null],
        [{ unknown: made }, [], null],
        ["xpc_aaaaaaaaaaaaaaaaaaaaaaaaaa", ["info:task"], null],
      ],
    );
    assert.deepEqual(uncertain, []);
  });

  it("does not count as declared what the engine ignores or check refuses", async () => {
    const program = reviewedProgram({
      "index.js": plainProgram(
        'const crm = new ApiClient("crm", { name: "CRM" }, { ignoreChanges: ["name", "description"] });',
        'new ScopeGrant("crm", { client: crm, permissions: [permissions.list.profile] }, { ignoreChanges: [\'permissions["list:list"]\'] });',
        'new ScopeGrant("misspelt", { client: "xpc_aaaaaaaaaaaaaaaaaaaaaaaaaa", permissions: [permissions.info.task, permissions.list.nothing] });',
        'new ScopeGrant("text", { client: "xpc_bbbbbbbbbbbbbbbbbbbbbbbbbb", permissions: "list:profile" });',
      ),
    });

    const { clients, grants } = await program.read();

    const ignored = "the program ignores changes to it (ignoreChanges), so it stays as it is";
    assert.deepEqual(
      clients.map(({ name, description, secretVersion }) => [name, description, secretVersion]),
      [[{ unknown: ignored }, { unknown: ignored }, 1]],
    );
    assert.deepEqual(
      grants.map(({ permissions, unknownPermissions }) => [permissions, unknownPermissions]),
      [
        [[], ignored],
        [["info:task"], "permissions[1] is not a permission"],
        [[], "they are not a list"],
      ],
    );
  });

  it("reports that the values of an imported environment are unknown", async () => {
    const program = reviewedProgram({
      "Pulumi.dev.yaml": "environment:\n  - acme/dev\nconfig: {}\n",
      "index.js": plainProgram('new ApiClient("crm", { name: new pulumi.Config().get("name") ?? "CRM" });'),
    });

    const { uncertain } = await program.read();

    assert.deepEqual(uncertain, [
      "the stack imports the environment acme/dev, whose values are not known without Pulumi Cloud",
    ]);
  });
});

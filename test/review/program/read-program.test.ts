import assert from "node:assert/strict";
import { removeTemporaryFolders } from "../../support/process/temporary-folder";
import { NO_OPTIONS } from "../../support/review/manifests";
import { plainProgram, reviewedProgram, urnOf } from "../../support/review/reviewed-program";

describe("readProgram", function () {
  this.timeout(60_000);

  after(removeTemporaryFolders);

  it("reads the clients and grants of a program in TypeScript, with their positions", async () => {
    const program = reviewedProgram({
      "index.ts": [
        'import { ApiClient, ScopeGrant } from "pulumi-xtremepush";',
        'import { permissions } from "xtremepush-access";',
        "",
        "interface Partner { readonly name: string }",
        "const partner: Partner = { name: '  CRM sync ' };",
        'const crm = new ApiClient("crm", { name: partner.name, description: "Profiles" });',
        'new ScopeGrant("crm", { client: crm, permissions: [permissions.import.profile, permissions.list.segment] });',
      ].join("\n"),
    });

    const manifest = await program.read();

    assert.deepEqual(manifest, {
      version: 3,
      pulumiProject: "programs",
      stack: "dev",
      catalog: "0.1.0",
      clients: [
        {
          urn: urnOf("ApiClient", "crm"),
          aliases: [],
          owner: `organization/${urnOf("ApiClient", "crm")}`,
          location: null,
          adopt: null,
          name: "CRM sync",
          description: "Profiles",
          secretVersion: 1,
          publicKeys: {},
          secretOverlap: null,
          ...NO_OPTIONS,
          source: "index.ts:6",
        },
      ],
      grants: [
        {
          urn: urnOf("ScopeGrant", "crm"),
          aliases: [],
          owner: `organization/${urnOf("ScopeGrant", "crm")}`,
          location: null,
          client: urnOf("ApiClient", "crm"),
          permissions: ["list:segment", "import:profile"],
          unknownPermissions: null,
          ...NO_OPTIONS,
          deletedWith: urnOf("ApiClient", "crm"),
          source: "index.ts:7",
        },
      ],
      uncertain: [],
    });
  });

  it("reads a program in plain JavaScript", async () => {
    const program = reviewedProgram({
      "index.js": plainProgram(
        'const crm = new ApiClient("crm", { name: "CRM sync" });',
        'new ScopeGrant("crm", { client: crm, permissions: [permissions.list.profile] });',
      ),
    });

    const { clients, grants, uncertain } = await program.read();

    assert.deepEqual(
      clients.map(({ name, source }) => [name, source]),
      [["CRM sync", "index.js:4"]],
    );
    assert.deepEqual(
      grants.map(({ permissions, source }) => [permissions, source]),
      [[["list:profile"], "index.js:5"]],
    );
    assert.deepEqual(uncertain, []);
  });

  it("reads an ES module in JavaScript, with its positions", async () => {
    const program = reviewedProgram({
      "package.json": '{ "private": true, "type": "module" }',
      "index.js": [
        'import { ApiClient, ScopeGrant } from "pulumi-xtremepush";',
        'import { declare } from "./declare.js";',
        'const crm = new ApiClient("crm", { name: "CRM sync" });',
        "declare(crm);",
      ].join("\n"),
      "declare.js": [
        'import { ScopeGrant } from "pulumi-xtremepush";',
        "export function declare(client) {",
        '  new ScopeGrant("crm", { client, permissions: ["list:profile"] });',
        "}",
      ].join("\n"),
    });

    const { clients, grants } = await program.read();

    assert.deepEqual(
      clients.map(({ source }) => source),
      ["index.js:3"],
    );
    assert.deepEqual(
      grants.map(({ source, permissions }) => [source, permissions]),
      [["declare.js:3", ["list:profile"]]],
    );
  });

  it("reads an ES module in TypeScript with a top-level await, with the positions of what was written", async () => {
    const program = reviewedProgram({
      "package.json": '{ "private": true, "type": "module", "main": "index.ts" }',
      "index.ts": [
        'import { ApiClient, ScopeGrant } from "pulumi-xtremepush";',
        "",
        "interface Partner {",
        "  readonly name: string;",
        "}",
        "",
        'const partner: Partner = await Promise.resolve({ name: "CRM sync" });',
        'const crm = new ApiClient("crm", { name: partner.name });',
        'new ScopeGrant("crm", { client: crm, permissions: ["list:profile"] });',
      ].join("\n"),
    });

    const { clients, grants } = await program.read();

    assert.deepEqual(
      clients.map(({ name, source }) => [name, source]),
      [["CRM sync", "index.ts:8"]],
    );
    assert.deepEqual(
      grants.map(({ source }) => source),
      ["index.ts:9"],
    );
  });

  it("awaits a program that is an async function", async () => {
    const program = reviewedProgram({
      "index.js": plainProgram(
        "module.exports = async () => {",
        "  await new Promise((resolve) => setTimeout(resolve, 20));",
        '  const crm = new ApiClient("crm", { name: "CRM sync" });',
        "  await null;",
        '  new ScopeGrant("crm", { client: crm, permissions: ["list:profile"] });',
        "  return { clientId: crm.clientId };",
        "};",
      ),
    });

    const { grants } = await program.read();

    assert.deepEqual(
      grants.map(({ client, permissions }) => [client, permissions]),
      [[urnOf("ApiClient", "crm"), ["list:profile"]]],
    );
  });

  it("awaits the async default export of an ES module", async () => {
    const program = reviewedProgram({
      "package.json": '{ "private": true, "type": "module" }',
      "index.js": [
        'import { ApiClient } from "pulumi-xtremepush";',
        "export default async function declare() {",
        "  await null;",
        '  new ApiClient("crm", { name: "CRM sync" });',
        "}",
      ].join("\n"),
    });

    const { clients } = await program.read();

    assert.deepEqual(
      clients.map(({ name, source }) => [name, source]),
      [["CRM sync", "index.js:4"]],
    );
  });
});

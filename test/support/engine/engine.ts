import assert from "node:assert/strict";
import { RESOURCE_MODULE } from "pulumi-xtremepush/protocol";
import { AccessClient } from "xtremepush-access";
import type { ClientWithGrant } from "xtremepush-access/schemas";
import { PulumiStack, type StackHost } from "../../../scripts/pulumi-stack";
import { startTestBackend, type TestBackend } from "../backend/backend";
import { hostProgram } from "./hosted-programs";
import { hostProviders } from "./hosted-providers";

/** The command lines that most scenarios use. */
export const UP = ["up", "--yes", "--skip-preview"] as const;
export const UNCHANGED = ["preview", "--expect-no-changes"] as const;
export const REFRESH = ["refresh", "--yes", "--skip-preview"] as const;
export const DESTROY = ["destroy", "--yes", "--skip-preview"] as const;

/** The real CLI with a stack of its own, in a project of its own on a backend that the scenarios share. */
export interface EngineBench {
  readonly endpoint: string;
  readonly project: string;
  /** The token of the stack's actor, the editor `pipeline of <project>`. */
  readonly token: string;
  readonly stack: PulumiStack;
  readonly backend: TestBackend;
  readonly admin: AccessClient;
  /** Somebody who changes things by hand: the editor `ana of <project>`. */
  readonly ana: AccessClient;
  /** What is live in the project, by name. */
  clients(): Promise<readonly ClientWithGrant[]>;
  /** The one client that is live in the project. */
  onlyClient(): Promise<ClientWithGrant>;
  close(): Promise<void>;
}

const HOST: StackHost = { serveProgram: hostProgram, serveProviders: hostProviders };

interface EngineBenchOptions {
  /** Runs program and provider in Pulumi's own processes, where that is the point or the program is not `index.js`. @default false */
  readonly ownHost?: boolean;
  /** Starts a backend for this scenario alone, where it changes what all others share. @default false */
  readonly ownBackend?: boolean;
}

/** Opens a bench; the project must be named by one scenario alone. */
export async function openEngineBench(
  project: string,
  { ownHost = false, ownBackend = false }: EngineBenchOptions = {},
): Promise<EngineBench> {
  const backend = await (ownBackend ? startTestBackend() : sharedBackend("first"));
  const { endpoint, adminToken } = backend;
  const admin = new AccessClient({ endpoint, token: adminToken });
  await admin.projects.create({ slug: project });
  const token = await backend.makeActor("editor", [project], { name: `pipeline of ${project}` });
  const anasToken = await backend.makeActor("editor", [project], { name: `ana of ${project}` });
  const environment = { XTREMEPUSH_ENDPOINT: endpoint, XTREMEPUSH_PROJECT: project, XTREMEPUSH_TOKEN: token };
  const stack = await PulumiStack.open({ environment, ...(ownHost ? {} : { host: HOST }) });
  const clients = async () => {
    const { items } = await admin.clients.list(project);
    return items.toSorted((a, b) => a.name.localeCompare(b.name));
  };
  return {
    endpoint,
    project,
    token,
    stack,
    backend,
    admin,
    ana: new AccessClient({ endpoint, token: anasToken }),
    clients,
    async onlyClient() {
      const [client, ...others] = await clients();
      if (client === undefined || others.length > 0) {
        throw new Error(`the project ${project} has ${client ? others.length + 1 : 0} clients instead of one`);
      }
      return client;
    },
    async close() {
      await stack.close();
      if (ownBackend) await backend.close();
    },
  };
}

const backends = new Map<string, Promise<TestBackend>>();

/** A backend for all scenarios, which the first call starts; the run of mocha ends it. */
export function sharedBackend(name: "first" | "second"): Promise<TestBackend> {
  const backend = backends.get(name) ?? startTestBackend();
  backends.set(name, backend);
  return backend;
}

after(async () => {
  for (const backend of backends.values()) await (await backend).close();
  // The next file in the same process starts its own.
  backends.clear();
});

/** A program in plain JavaScript, with the packages that the programs of these tests need. */
export function programOf(body: string): string {
  return [
    'const pulumi = require("@pulumi/pulumi");',
    'const { ApiClient, Integration, Provider, ScopeGrant } = require("pulumi-xtremepush");',
    'const { permissions, select } = require("xtremepush-access");',
    body,
  ].join("\n");
}

/** A program with the client `CRM sync` and these permissions. */
export function crmProgram(...permissions: readonly string[]): string {
  return programOf(`
    const crm = new ApiClient("crm", { name: "CRM sync" });
    new ScopeGrant("crm", { client: crm, permissions: ${JSON.stringify(permissions)} });
    exports.clientId = crm.clientId;
    exports.clientSecret = crm.clientSecret;`);
}

/** The owner that the class composes for a resource of the stack `dev`, without a parent. */
export function ownerOf(type: "ApiClient" | "ScopeGrant", name: string): string {
  return `organization/${urnOf(type, name)}`;
}

/** The URN of a resource of the stack `dev`, without a parent. */
export function urnOf(type: "ApiClient" | "ScopeGrant", name: string): string {
  return `urn:pulumi:dev::programs::${RESOURCE_MODULE}:${type}::${name}`;
}

/** The lines of a permission map that a diff shows, without the blanks that align them. */
export function permissionLines(output: string): string[] {
  return output.split("\n").flatMap((line) => {
    const [, sign, permission, value] = /^\s*([-+~]?)\s*([a-z-]+:[a-z-]+)\s*: (.*)$/.exec(line) ?? [];
    return permission === undefined ? [] : [`${sign} ${permission}: ${value}`.trim()];
  });
}

/** Checks that what the CLI printed is fit for people: no stack trace, and none of these secrets. */
export function assertPlain(output: string, ...secrets: readonly string[]): void {
  assert.doesNotMatch(output, /^ +at /m);
  for (const secret of secrets) assert.ok(!output.includes(secret), "a secret is in the output");
}

/** Checks that the report at the end of a run says something once for each resource that failed, and nowhere else. */
export function assertSaidOnce(output: string, sentence: string): void {
  const [, diagnostics = ""] = output.split("Diagnostics:\n");
  const [report = ""] = diagnostics.split(/^(?:Outputs|Resources):$/m);
  const said = report.split("\n").filter((line) => line.includes(sentence));
  assert.notEqual(said.length, 0, output);
  assert.equal(said.length, report.match(/^ {2}pulumi-nodejs:dynamic\/xtremepush:/gm)?.length, report);
}

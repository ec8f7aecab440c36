import { spawnSync } from "node:child_process";
import path from "node:path";
import { runInNewContext } from "node:vm";
import ts from "typescript";
import * as access from "xtremepush-access";
import type { ClientWithGrant, PublicKey } from "xtremepush-access/schemas";

const ROOT = path.resolve(__dirname, "../../..");

/** What differs from a client that was made by hand, with an empty grant. */
export interface LiveFields {
  readonly id?: string;
  readonly name?: string;
  readonly description?: string | null;
  readonly managedBy?: string | null;
  readonly secretVersion?: number;
  readonly publicKeys?: Readonly<Record<string, PublicKey>>;
  readonly permissions?: readonly string[];
  readonly grantManagedBy?: string | null;
}

/** A client of a listing, as a backend answers it. */
export function liveClient(fields: LiveFields = {}): ClientWithGrant {
  const { permissions = [], grantManagedBy = null, publicKeys = {}, ...rest } = fields;
  const change = {
    revision: 1,
    managedBy: null,
    createdBy: "ana@acme",
    createdTime: "2026-02-03T04:05:06.789Z",
    updatedBy: "ana@acme",
    updatedTime: "2026-02-03T04:05:06.789Z",
  };
  const id = fields.id ?? "xpc_aaaaaaaaaaaaaaaaaaaaaaaaaa";
  return {
    id,
    project: "acme",
    name: "CRM sync",
    description: null,
    secretVersion: 1,
    secrets: [],
    lastUsedTime: null,
    deletedTime: null,
    ...change,
    ...rest,
    publicKeys: { ...publicKeys },
    grant: { client: id, project: "acme", permissions: [...permissions], ...change, managedBy: grantManagedBy },
  };
}

/** The program as the project's own formatter would leave it, its imports in order. */
export function asFormatted(program: string): string {
  const { status, stdout, stderr } = spawnSync(
    path.join(ROOT, "node_modules/.bin/biome"),
    ["check", "--write", "--stdin-file-path=examples/exported/index.ts"],
    { cwd: ROOT, input: program, encoding: "utf8", maxBuffer: 100_000_000 },
  );
  if (stdout === "") throw new Error(`biome ended with ${status}: ${stderr}`);
  return stdout;
}

/** A resource that a program declares. */
export interface Declared {
  readonly type: "ApiClient" | "ScopeGrant";
  readonly name: string;
  readonly args: Readonly<Record<string, unknown>>;
}

/** Runs a program with classes that do nothing, where it can reach nothing else, and answers what it declares. */
export function declaredBy(program: string): Declared[] {
  const declared: Declared[] = [];
  const classOf = (type: Declared["type"]) =>
    class {
      constructor(name: string, args: Readonly<Record<string, unknown>>) {
        declared.push({ type, name, args });
      }
    };
  const modules: Readonly<Record<string, unknown>> = {
    "pulumi-xtremepush": { ApiClient: classOf("ApiClient"), ScopeGrant: classOf("ScopeGrant") },
    "xtremepush-access": access,
  };
  const { outputText } = ts.transpileModule(program, {
    compilerOptions: { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2023 },
  });
  runInNewContext(outputText, { exports: {}, require: (name: string) => modules[name] });
  return declared;
}

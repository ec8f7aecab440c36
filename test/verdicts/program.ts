import type { Permission } from "xtremepush-access";
import { keyOf } from "../faults/program";

/** The resource options of a program; expressions are JavaScript, and `c1` or `box` names a resource. */
export interface Options {
  readonly protect?: true;
  readonly retainOnDelete?: true;
  readonly replaceOnChanges?: readonly string[];
  readonly ignoreChanges?: readonly string[];
  /** An expression. */
  readonly replacementTrigger?: string;
  readonly deletedWith?: string;
  readonly replaceWith?: string;
}

/** One client and its grant. */
export interface DeclaredClient {
  /** The name of both resources. */
  readonly key: string;
  /** The earlier names of both resources. */
  readonly aliases: readonly string[];
  /** Who created the client: the program, or somebody by hand, who may have deleted it, or keeps it and takes only a grant. */
  readonly origin: "program" | "by hand" | "deleted" | "elsewhere";
  readonly name: string;
  readonly description: string | null;
  readonly secretVersion: number;
  readonly secretOverlap: string | null;
  /** The labels of its public keys. */
  readonly labels: readonly string[];
  /** Null when there is no grant. */
  readonly permissions: readonly Permission[] | null;
  /** Whether one of its permissions is known only when the program is deployed. */
  readonly isLate: boolean;
  /** Whether its parent is the component `box`. */
  readonly isBoxed: boolean;
  /** Whether it uses the explicit Provider. */
  readonly isExplicit: boolean;
  /** A permission that a transform of the program adds to the grant. */
  readonly transformed: Permission | null;
  readonly options: Options;
  readonly grantOptions: Options;
}

/** One version of a program. */
export interface Program {
  /** `xtremepush:owner` in the stack's configuration. */
  readonly owner: string | null;
  readonly box: Options;
  readonly provider: { readonly name: string; readonly options: Options };
  readonly clients: readonly DeclaredClient[];
}

/** What a program needs of the world in which it runs. */
export interface Surroundings {
  readonly endpoint: string;
  readonly project: string;
  /** The client IDs of what was made by hand, by the name of the resource. */
  readonly handMade: ReadonlyMap<string, string>;
}

/** The program in plain JavaScript. */
export function textOf(program: Program, { endpoint, project, handMade }: Surroundings): string {
  const { box, provider, clients } = program;
  const known = new Set<string>();
  const inputs = JSON.stringify({ endpoint, project, tokenVariable: "XTREMEPUSH_TOKEN" });
  const lines = [
    'const pulumi = require("@pulumi/pulumi");',
    'const { ApiClient, Provider, ScopeGrant } = require("pulumi-xtremepush");',
  ];
  if (clients.some(({ isExplicit }) => isExplicit)) {
    lines.push(`const provider = new Provider("${provider.name}", ${inputs}, ${optionsOf(provider.options, known)});`);
  }
  if (clients.some(({ isBoxed }) => isBoxed)) {
    lines.push(`const box = new pulumi.ComponentResource("test:index:Box", "box", {}, ${optionsOf(box, known)});`);
    known.add("box");
  }
  for (const client of clients) {
    lines.push(...linesOf(client, { id: handMade.get(firstKey(client)), known }));
    if (client.origin !== "elsewhere") known.add(client.key);
  }
  return `${lines.join("\n")}\n`;
}

/** The name that the resources of a client had first, which stays. */
export function firstKey({ key, aliases }: Pick<DeclaredClient, "key" | "aliases">): string {
  return aliases[0] ?? key;
}

interface Place {
  readonly id: string | undefined;
  /** The resources that stand before it. */
  readonly known: ReadonlySet<string>;
}

function linesOf(client: DeclaredClient, { id, known }: Place): string[] {
  const { key, aliases, origin, permissions, isLate, isBoxed, isExplicit, transformed } = client;
  const more = [
    ...(aliases.length > 0 ? [`aliases: ${JSON.stringify(aliases.map((name) => ({ name })))}`] : []),
    ...(isBoxed ? ["parent: box"] : []),
    ...(isExplicit ? ["provider"] : []),
  ];
  const isElsewhere = origin === "elsewhere";
  const lines = isElsewhere
    ? []
    : [`const ${key} = new ApiClient("${key}", ${argsOf(client, id)}, ${optionsOf(client.options, known, more)});`];
  if (permissions === null) return lines;
  const late = isLate && !isElsewhere ? [`${key}.createdTime.apply(() => "list:tag")`] : [];
  const list = [...permissions.map((permission) => JSON.stringify(permission)), ...late].join(", ");
  const transform =
    transformed === null
      ? []
      : [
          `transforms: [({ props, opts }) => ({ props: { ...props, permissions: { ...props.permissions, "${transformed}": true } }, opts })]`,
        ];
  const options = optionsOf(client.grantOptions, isElsewhere ? known : new Set([...known, key]), [
    ...more,
    ...transform,
  ]);
  const of = isElsewhere ? JSON.stringify(id) : key;
  return [...lines, `new ScopeGrant("${key}", { client: ${of}, permissions: [${list}] }, ${options});`];
}

function argsOf({ name, description, secretVersion, secretOverlap, labels }: DeclaredClient, adopt?: string): string {
  const publicKeys = Object.fromEntries(labels.map((label) => [label, keyOf(label).pem]));
  return JSON.stringify({
    adopt,
    name,
    description: description ?? undefined,
    secretVersion,
    secretOverlap: secretOverlap ?? undefined,
    publicKeys: labels.length === 0 ? undefined : publicKeys,
  });
}

/** Leaves out what names a resource that is not there. */
function optionsOf(options: Options, known: ReadonlySet<string>, more: readonly string[] = []): string {
  const { replacementTrigger, deletedWith, replaceWith, ...plain } = options;
  const parts = [
    ...Object.entries(plain).map(([key, value]) => `${key}: ${JSON.stringify(value)}`),
    ...(replacementTrigger !== undefined && isThere(replacementTrigger, known)
      ? [`replacementTrigger: ${replacementTrigger}`]
      : []),
    ...(deletedWith !== undefined && known.has(deletedWith) ? [`deletedWith: ${deletedWith}`] : []),
    ...(replaceWith !== undefined && known.has(replaceWith) ? [`replaceWith: [${replaceWith}]`] : []),
    ...more,
  ];
  return `{ ${parts.join(", ")} }`;
}

function isThere(expression: string, known: ReadonlySet<string>): boolean {
  const [resource] = /^c\d+(?=\.)/.exec(expression) ?? [];
  return resource === undefined || known.has(resource);
}

import fc from "fast-check";
import { PERMISSION_IDS, type Permission, sortPermissions } from "xtremepush-access";
import type { DeclaredClient, Options, Program } from "./program";

/** One change of a program, before it is known what there is to change. */
export const MOVE = fc.record({ kind: fc.nat(), target: fc.nat(), value: fc.nat() });
export type Move = ReturnType<typeof MOVE.generate>["value"];

/** Makes a change; a move that does not fit changes nothing. */
export function moved(program: Program, { kind, target, value }: Move): Program {
  const { clients } = program;
  const moves = kind % 6 === 0 ? PROGRAM_MOVES : kind % 6 < 3 ? OPTION_MOVES : CLIENT_MOVES;
  const move = moves[Math.floor(kind / 6) % moves.length];
  if (move === undefined) return program;
  if (move.of === "program") return move.change(program, value);
  const client = clients[target % Math.max(1, clients.length)];
  if (client === undefined) return program;
  const changed = move.change(client, value);
  return { ...program, clients: clients.map((one) => (one === client ? changed : one)) };
}

/** Turns a move into one that changes only a resource option. */
export function asOption(move: Move): Move {
  return { ...move, kind: move.kind - (move.kind % 6) + 1 };
}

type ProgramMove = { readonly of: "program"; change(program: Program, value: number): Program };
type ClientMove = { readonly of: "client"; change(client: DeclaredClient, value: number): DeclaredClient };

const ofProgram = (change: ProgramMove["change"]): ProgramMove => ({ of: "program", change });
const ofClient = (change: ClientMove["change"]): ClientMove => ({ of: "client", change });

/** Some permissions, the same ones for the same number. */
function someOf(value: number): Permission[] {
  const count = value % 4;
  return sortPermissions(Array.from({ length: count }, (_, index) => picked(PERMISSION_IDS, value + index * 17)));
}

function picked<T>(list: readonly T[], value: number): T {
  const item = list[value % list.length];
  if (item === undefined) throw new Error("there is nothing to pick from");
  return item;
}

const CLIENT_MOVES: readonly ClientMove[] = [
  ofClient((client, value) => ({ ...client, permissions: someOf(value + 1) })),
  ofClient((client, value) => ({ ...client, permissions: client.permissions === null ? someOf(value) : null })),
  ofClient((client, value) => ({
    ...client,
    permissions: sortPermissions([...(client.permissions ?? []), picked(PERMISSION_IDS, value)]),
  })),
  ofClient((client) => ({ ...client, permissions: client.permissions?.slice(1) ?? null })),
  ofClient((client, value) => ({ ...client, name: `${client.key} called ${value % 3}` })),
  ofClient((client, value) => ({ ...client, description: picked([null, "for people", "for others"], value) })),
  ofClient((client) => ({ ...client, secretVersion: client.secretVersion + 1 })),
  ofClient((client) => ({ ...client, secretVersion: client.secretVersion === 0 ? 1 : 0 })),
  ofClient((client, value) => ({ ...client, secretOverlap: picked([null, "0s", "1h", "90d"], value) })),
  ofClient((client, value) => ({ ...client, labels: toggled(client.labels, picked(["a", "b"], value)) })),
  ofClient((client) => ({ ...client, isLate: !client.isLate })),
  ofClient((client, value) => ({
    ...client,
    transformed: client.transformed === null ? picked(PERMISSION_IDS, value) : null,
  })),
  ofClient((client) => ({ ...client, aliases: [...client.aliases, client.key], key: `${client.key}0` })),
];

const PATHS = [
  "*",
  "name",
  "permissions",
  "description",
  "publicKeys",
  "secretVersion",
  "managedBy",
  "client",
] as const;
// Not a secret one: `pulumi preview --json` of the engine 3.259.0 panics then.
const TRIGGERS = [
  '"one"',
  '"two"',
  "1",
  "2.5",
  "true",
  "false",
  '""',
  '["a", 1, null]',
  '{ b: 1, a: [true, { c: "é" }] }',
  'pulumi.output("one")',
  "c1.id",
  "c1.clientSecret",
] as const;

const OPTION_MOVES: readonly ClientMove[] = [
  ...[
    (options: Options): Options => flipped(options, "retainOnDelete"),
    (options: Options): Options => flipped(options, "protect"),
    (options: Options, value: number): Options => ({ ...options, replaceOnChanges: [picked(PATHS, value)] }),
    (options: Options, value: number): Options => ({ ...options, replacementTrigger: picked(TRIGGERS, value) }),
    (options: Options, value: number): Options => ({ ...options, replacementTrigger: picked(TRIGGERS, value) }),
    (options: Options, value: number): Options => ({ ...options, deletedWith: picked(["c1", "c2", "box"], value) }),
    (options: Options, value: number): Options => ({ ...options, replaceWith: picked(["c1", "c2"], value) }),
    (options: Options, value: number): Options => ({
      ...options,
      ignoreChanges: [picked(["permissions", "name", "secretVersion", "description"], value)],
    }),
    (options: Options, value: number): Options => without(options, value),
  ].map((change) =>
    ofClient((client, value) =>
      value % 2 === 0
        ? { ...client, options: change(client.options, Math.floor(value / 2)) }
        : { ...client, grantOptions: change(client.grantOptions, Math.floor(value / 2)) },
    ),
  ),
];

const PROGRAM_MOVES: readonly ProgramMove[] = [
  ofProgram((program, value) => withoutOne(program, value)),
  ofProgram((program, value) => withoutOne(program, value)),
  ofProgram((program, value) => withSwap(program, value)),
  ofProgram((program) => ({ ...program, owner: program.owner === null ? "team" : null })),
  ofProgram((program) => ({ ...program, clients: program.clients.filter(({ isBoxed }) => !isBoxed) })),
  ofProgram((program) => ({ ...program, box: flipped(program.box, "retainOnDelete") })),
  ofProgram((program) => ({ ...program, provider: { ...program.provider, name: "us" } })),
  ofProgram((program, value) => ({
    ...program,
    provider: {
      ...program.provider,
      options: { ...program.provider.options, replacementTrigger: picked(TRIGGERS, value) },
    },
  })),
  ofProgram((program, value) => ({ ...program, clients: [...program.clients, newClient(program, value)] })),
];

function withoutOne(program: Program, value: number): Program {
  const left = value % Math.max(1, program.clients.length);
  return { ...program, clients: program.clients.filter((_, index) => index !== left) };
}

/** Two clients exchange their names. */
function withSwap(program: Program, value: number): Program {
  const [first, second] = program.clients.slice(value % program.clients.length);
  if (first === undefined || second === undefined) return program;
  const names = new Map([
    [first.key, second.name],
    [second.key, first.name],
  ]);
  return { ...program, clients: program.clients.map((one) => ({ ...one, name: names.get(one.key) ?? one.name })) };
}

function newClient({ clients }: Program, value: number): DeclaredClient {
  const key = `n${clients.length + 1}`;
  const origin = picked(["program", "program", "by hand", "deleted", "elsewhere"] as const, value);
  return clientOf(key, { origin, value: Math.floor(value / 5) });
}

/** A client without options. */
export function clientOf(
  key: string,
  { origin, value }: { readonly origin: DeclaredClient["origin"]; readonly value: number },
): DeclaredClient {
  return {
    key,
    origin,
    aliases: [],
    name: `client ${key}`,
    description: null,
    secretVersion: value % 5 === 0 && origin === "program" ? 0 : 1,
    secretOverlap: null,
    labels: [],
    permissions: value % 7 === 0 && origin !== "elsewhere" ? null : someOf(value),
    isLate: false,
    isBoxed: value % 3 === 0,
    isExplicit: value % 5 === 1,
    transformed: null,
    options: {},
    grantOptions: {},
  };
}

function flipped(options: Options, key: "retainOnDelete" | "protect"): Options {
  const { [key]: before, ...others } = options;
  return before === undefined ? { ...others, [key]: true } : others;
}

function without(options: Options, value: number): Options {
  const keys = Object.keys(options);
  const gone = keys[value % Math.max(1, keys.length)];
  return Object.fromEntries(Object.entries(options).filter(([key]) => key !== gone));
}

function toggled(list: readonly string[], item: string): readonly string[] {
  return list.includes(item) ? list.filter((one) => one !== item) : [...list, item];
}

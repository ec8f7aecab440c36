import fc from "fast-check";
import type { DeclaredClient, Options, Program } from "./program";

/** What a program protects, and what its change does to it, before it is known what there is to protect. */
export const GUARD = fc.record({
  what: fc.constantFrom(
    "nothing",
    "client",
    "grant",
    "nothing",
    "client and grant",
    "client with a grant that ends with it",
    "box",
    "provider",
  ),
  end: fc.constantFrom("kept", "removed", "grant removed", "replaced", "freed", "freed and replaced"),
  target: fc.nat(),
});
export type Guard = ReturnType<typeof GUARD.generate>["value"];

/** The program with what it protects. */
export function guarded(program: Program, guard: Guard): Program {
  switch (guard.what) {
    case "nothing":
      return program;
    case "box":
      return { ...program, box: protecting(program.box) };
    case "provider":
      return { ...program, provider: { ...program.provider, options: protecting(program.provider.options) } };
    default:
      return withTarget(program, guard, (client) => triggered(protectedBy(client, guard), '"guard one"'));
  }
}

/** The program after its change of what it protects. */
export function afterGuard(program: Program, guard: Guard): Program {
  const { what, end } = guard;
  if (what === "nothing" || end === "kept") return program;
  const isMeant = ({ isBoxed, isExplicit, key }: DeclaredClient) =>
    what === "box" ? isBoxed : what === "provider" ? isExplicit : key === targetOf(program, guard)?.key;
  const others = program.clients.filter((client) => !isMeant(client));
  if (end === "removed") return { ...program, clients: others };
  const clients = program.clients.map((client) => (isMeant(client) ? ended(client, end) : client));
  if (end !== "freed" && end !== "freed and replaced") return { ...program, clients };
  const provider = { ...program.provider, options: freed(program.provider.options) };
  return { ...program, box: freed(program.box), provider, clients };
}

function ended(client: DeclaredClient, end: Guard["end"]): DeclaredClient {
  if (end === "grant removed") return { ...client, permissions: null };
  const free = { ...client, options: freed(client.options), grantOptions: freed(client.grantOptions) };
  if (end === "freed") return free;
  return triggered(end === "replaced" ? client : free, '"guard two"');
}

function protectedBy(client: DeclaredClient, { what }: Guard): DeclaredClient {
  const { key, options, grantOptions } = client;
  return {
    ...client,
    options: what === "grant" ? options : protecting(options),
    grantOptions: {
      ...(what === "client" || what === "client with a grant that ends with it"
        ? grantOptions
        : protecting(grantOptions)),
      ...(what === "client with a grant that ends with it" && { deletedWith: key }),
    },
  };
}

function triggered(client: DeclaredClient, replacementTrigger: string): DeclaredClient {
  return { ...client, options: { ...client.options, replacementTrigger } };
}

function protecting(options: Options): Options {
  return { ...options, protect: true };
}

function freed({ protect: _, ...options }: Options): Options {
  return options;
}

function targetOf({ clients }: Program, { target }: Guard): DeclaredClient | undefined {
  const [first, ...others] = clients;
  return others.length === 0 ? first : clients[target % clients.length];
}

function withTarget(program: Program, guard: Guard, change: (client: DeclaredClient) => DeclaredClient): Program {
  const target = targetOf(program, guard);
  return { ...program, clients: program.clients.map((client) => (client === target ? change(client) : client)) };
}

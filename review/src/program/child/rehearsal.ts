import { AsyncLocalStorage } from "node:async_hooks";
import { createStandIn, isStandIn, withStandIn } from "./stand-in";

export type Callback = (value: unknown) => unknown;

export interface Rehearsed {
  readonly callback: Callback;
  /** What the callback would receive, with marks for the parts that are unknown. */
  readonly value: unknown;
  readonly isUnknown: (part: unknown) => boolean;
  /** Called once, when it declares a resource; that may be after its end. */
  readonly onDeclaration: () => void;
}

interface Rehearsal {
  declares: boolean;
  readonly onDeclaration: () => void;
  /** Counts the rehearsals that one leads to. */
  readonly tree: { size: number };
}

/** How many rehearsals one may lead to: three levels of `apply` are 400. An output that a callback makes of itself leads to more without end. */
const REHEARSALS_MAX = 1_000;

const rehearsals = new AsyncLocalStorage<Rehearsal>();

/** Texts that most callbacks can read: a number, an address, nothing, JSON, the same in base64, a name of AWS. */
const TEXTS = ["1", "https://stand-in.invalid/1", "", "{}", "e30=", "arn:aws:iam:eu-west-1:123456789012:role/stand-in"];

/** Calls a callback whose value is unknown with stand-ins for it, and returns whether it fails with each of them. */
export async function failsInRehearsal({ callback, value, isUnknown, onDeclaration }: Rehearsed): Promise<boolean> {
  const tree = rehearsals.getStore()?.tree ?? { size: 0 };
  tree.size += 1;
  if (tree.size > REHEARSALS_MAX) {
    onDeclaration();
    return false;
  }
  const rehearsal: Rehearsal = { declares: false, onDeclaration, tree };
  const calls = [createStandIn(), ...TEXTS].map((standIn) => {
    const filled = withStandIn(value, isUnknown, standIn);
    return rehearsals.run(rehearsal, async () => readingStandIns(() => callback(filled)));
  });
  const results = await Promise.allSettled(calls);
  return results.every(({ status }) => status === "rejected");
}

/** Whether the running code is called with a stand-in, so nothing that it does may count. */
export function isRehearsing(): boolean {
  return rehearsals.getStore() !== undefined;
}

/** Notes that the running code declares a resource, and stops it. */
export function stopDeclaration(): never {
  const rehearsal = rehearsals.getStore();
  if (rehearsal?.declares === false) {
    rehearsal.declares = true;
    rehearsal.onDeclaration();
  }
  throw new Error("a stand-in declares nothing");
}

/** Runs code that a rehearsal reaches, but that counts all the same. */
export function outsideRehearsal<T>(act: () => T): T {
  return rehearsals.exit(act);
}

/**
 * The callback of an `apply`. The program may keep the output that a rehearsal makes and use it later, so the output is a
 * real one; where its callback fails, its value is unknown.
 */
export function inThisRehearsal(callback: unknown, unknown: unknown): unknown {
  const rehearsal = rehearsals.getStore();
  if (rehearsal === undefined || typeof callback !== "function") return callback;
  return (value: unknown) => rehearsals.run(rehearsal, async () => callback(value)).catch(() => unknown);
}

/** A parsed stand-in is a stand-in. */
function readingStandIns(act: () => unknown): unknown {
  const { parse } = JSON;
  JSON.parse = (text, reviver) => {
    if (!isStandIn(text)) return parse(text, reviver);
    return reviver === undefined ? text : reviver.call({ "": text }, "", text);
  };
  try {
    return act();
  } finally {
    JSON.parse = parse;
  }
}

import { AsyncLocalStorage } from "node:async_hooks";
import { createStandIn, isStandIn, withStandIn } from "./stand-in";

export type Callback = (value: unknown) => unknown;

export interface Rehearsed {
  readonly callback: Callback;
  /** What the callback would receive, with marks for the parts that are unknown. */
  readonly value: unknown;
  readonly isUnknown: (part: unknown) => boolean;
}

interface Rehearsal {
  declares: boolean;
}

const rehearsals = new AsyncLocalStorage<Rehearsal>();

/** Texts that most callbacks can read: a number, an address, nothing, JSON, the same in base64, a name of AWS. */
const TEXTS = ["1", "https://stand-in.invalid/1", "", "{}", "e30=", "arn:aws:iam:eu-west-1:123456789012:role/stand-in"];

export type RehearsalResult = "declares" | "fails" | "computes";

/**
 * Calls a callback whose value is unknown with stand-ins for it, and returns whether it declares a resource with one of
 * them, or fails with each.
 */
export async function rehearse({ callback, value, isUnknown }: Rehearsed): Promise<RehearsalResult> {
  const rehearsal: Rehearsal = { declares: false };
  const calls = [createStandIn(), ...TEXTS].map((standIn) => {
    const filled = withStandIn(value, isUnknown, standIn);
    return rehearsals.run(rehearsal, async () => readingStandIns(() => callback(filled)));
  });
  const results = await Promise.allSettled(calls);
  if (rehearsal.declares) return "declares";
  return results.every(({ status }) => status === "rejected") ? "fails" : "computes";
}

/** Whether the running code is called with a stand-in, so nothing that it does may count. */
export function isRehearsing(): boolean {
  return rehearsals.getStore() !== undefined;
}

/** Notes that the running code declares a resource, and stops it. */
export function stopDeclaration(): never {
  const rehearsal = rehearsals.getStore();
  if (rehearsal !== undefined) rehearsal.declares = true;
  throw new Error("a stand-in declares nothing");
}

/** The result of an `apply` in a rehearsal, whose own value is not there yet. */
export function applyToStandIn(callback: unknown): unknown {
  const standIn = createStandIn();
  if (typeof callback === "function") callback(standIn);
  return standIn;
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

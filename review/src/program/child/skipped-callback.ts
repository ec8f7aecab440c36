import type { CallTrace } from "./call-trace";
import { callsOthers, constructsSomething, readsOthers } from "./callback-text";
import { isOfSdk, isTrusted } from "./caller";
import { isOfProviderSdk } from "./provider-sdk";
import { type Callback, failsInRehearsal, outsideRehearsal, type Rehearsed } from "./rehearsal";
import { sendReport } from "./send-report";

export interface Skipped {
  readonly callback: Callback;
  readonly trace: CallTrace;
  /** What the callback would receive, with marks for the parts that are unknown. */
  readonly value: () => Promise<unknown>;
  readonly isUnknown: (part: unknown) => boolean;
}

/**
 * Reports a callback that Pulumi skips, because its value is unknown, when it may declare something. Its text shows what
 * it does under any condition; a rehearsal shows what the text hides.
 */
export async function reportIfDeclaring({ callback, trace, value, isUnknown }: Skipped): Promise<void> {
  const caller = trace.caller();
  if (isTrusted(caller) && !callsGivenFunctions(caller)) return;
  const onDeclaration = () => outsideRehearsal(() => sendReport({ kind: "skipped", at: trace.position() }));
  if (mayDeclareByText(callback, caller)) onDeclaration();
  else if (await failsUnseen({ callback, value: await value(), isUnknown, onDeclaration })) onDeclaration();
}

/** What comes after a failure is not seen, so then the text decides, also about getters. */
async function failsUnseen(rehearsed: Rehearsed): Promise<boolean> {
  const { callback } = rehearsed;
  return (await failsInRehearsal(rehearsed)) && (callsOthers(callback) || readsOthers(callback));
}

/** Judges a function that the SDK calls for the program in a callback of its own. */
export function reportIfGivenDeclares(callback: Callback, trace: CallTrace): void {
  const caller = trace.caller();
  if (!isTrusted(caller) && mayDeclareByText(callback, caller)) sendReport({ kind: "skipped", at: trace.position() });
}

/** The SDK's own callbacks whose code may run the program's. The others have state that a rehearsal would disturb. */
function callsGivenFunctions(file: string): boolean {
  return isOfSdk(file) && /[\\/](?:output|iterable[\\/]index)\.js$/.test(file);
}

/** The SDK of a provider calls its own functions, so there only a rehearsal judges them. */
function mayDeclareByText(callback: Callback, caller: string): boolean {
  if (isOfSdk(caller)) return false;
  return constructsSomething(callback) || (callsOthers(callback) && !isOfProviderSdk(caller));
}

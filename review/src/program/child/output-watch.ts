import { currentStack, positionIn } from "./call-stack";
import { type CallTrace, traceAbove, traceNear } from "./call-trace";
import { isOfReview, isOfSdk, isTrusted } from "./caller";
import { type Callback, inThisRehearsal, isRehearsing } from "./rehearsal";
import { type Method, replaceMethod } from "./replaced-method";
import { sendReport } from "./send-report";
import { reportIfDeclaring, reportIfGivenDeclares } from "./skipped-callback";

/** The used part of output.js of @pulumi/pulumi 3.259.0. */
export interface OutputModule {
  readonly Output: { readonly prototype: object };
  readonly output: (value: unknown) => WatchedOutput;
  readonly unknown: unknown;
  readonly isUnknown: (value: unknown) => boolean;
  readonly containsUnknowns: (value: unknown) => boolean;
}

/** Whether the value of an output is known, which the program reads by another name. */
const KNOWN = Symbol("isKnown");

interface WatchedOutput {
  [KNOWN]: Promise<boolean>;
  readonly promise: (withUnknowns: boolean) => Promise<unknown>;
}

/** An awaited output loses the mark that it is unknown, and a skipped callback declares nothing. */
export function watchOutputs(outputs: OutputModule): void {
  watchPromises(outputs);
  watchKnown(outputs.Output.prototype);
  watchCallbacks(outputs);
  watchGivenFunctions(outputs, ["jsonParse", "jsonStringify"], outputs);
  watchOtherCopies(outputs.Output.prototype);
}

function watchPromises({ Output, containsUnknowns }: OutputModule): void {
  replaceMethod(Output, "getPromisedValue", (original) => {
    return function getPromisedValue(...args) {
      const result = Reflect.apply(original, this, args);
      // The output's own `promise()` is in between.
      const trace = traceNear(getPromisedValue, 1);
      whenFulfilled(result, (value) => {
        if (value === undefined || containsUnknowns(value)) reportAwaited(trace);
      });
      return result;
    };
  });
}

/** `isKnown` is a property of each output, so an accessor takes its place when the output sets it. */
function watchKnown(prototype: object): void {
  Object.defineProperty(prototype, "isKnown", {
    configurable: true,
    set(this: WatchedOutput, known: Promise<boolean>) {
      this[KNOWN] = known;
      Object.defineProperty(this, "isKnown", {
        configurable: true,
        enumerable: true,
        get: function isKnown() {
          // The proxy around the output is in between.
          const trace = traceNear(isKnown, 1);
          whenFulfilled(known, (value) => {
            if (value === false && !isTrusted(trace.caller())) reportAwaited(trace);
          });
          return known;
        },
      });
    },
  });
}

function reportAwaited(trace: CallTrace): void {
  if (!isOfSdk(trace.caller()) && !isOfReview(trace.caller())) sendReport({ kind: "awaited", at: trace.position() });
}

function watchCallbacks({ Output, isUnknown, unknown }: OutputModule): void {
  replaceMethod(Output.prototype, "apply", (original) => {
    return function apply(callback, runsWithUnknowns) {
      const result = Reflect.apply(original, this, [inThisRehearsal(callback, unknown), runsWithUnknowns]);
      // The SDK itself does so for each member of an output.
      const trace = runsWithUnknowns ? traceNear(apply) : traceAbove(apply);
      // The class of the SDK has this method.
      const output = this as WatchedOutput;
      const judge = () => {
        if (runsWithUnknowns && !isTrusted(trace.caller())) reportAwaited(trace);
        if (runsWithUnknowns || typeof callback !== "function") return undefined;
        const value = () => output.promise(true);
        return reportIfDeclaring({ callback: callback as Callback, trace, value, isUnknown });
      };
      whenUnknown(output, judge);
      return result;
    };
  });
}

/** Watches functions of the SDK that call their second argument in a callback. */
export function watchGivenFunctions(functions: object, names: readonly string[], outputs: OutputModule): void {
  const watch = (original: Method): Method => {
    return function given(value, callback, ...rest) {
      if (typeof callback === "function" && !isRehearsing()) {
        const trace = traceAbove(given);
        whenUnknown(outputs.output(value), () => reportIfGivenDeclares(callback as Callback, trace));
      }
      return Reflect.apply(original, this, [value, callback, ...rest]);
    };
  };
  for (const name of names) replaceMethod(functions, name, watch);
}

function whenUnknown(output: WatchedOutput, act: () => unknown): void {
  whenFulfilled(output[KNOWN], (known) => (known ? undefined : act()));
}

/** The user of the promise handles its rejection. */
function whenFulfilled(promise: unknown, act: (value: unknown) => unknown): void {
  if (promise instanceof Promise) promise.then(act, () => {});
}

/**
 * Each output sets this mark on itself. Those of a watched class find it on their prototype; the others, such as those of
 * a copy in a bundle, find this one.
 */
function watchOtherCopies(prototype: object): void {
  Object.defineProperty(prototype, MARK, { value: undefined, writable: true, configurable: true });
  if (MARK in Object.prototype) return;
  Object.defineProperty(Object.prototype, MARK, {
    configurable: true,
    get: () => undefined,
    set(value: unknown) {
      sendReport({ kind: "unwatched", at: positionIn(currentStack()) });
      Object.defineProperty(this, MARK, { value, writable: true, configurable: true, enumerable: true });
    },
  });
}

const MARK = "__pulumiOutput";

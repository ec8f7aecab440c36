import { callerFile, currentStack, isOfProduct, positionIn, positionsIn } from "./call-stack";
import { callsOthers } from "./callback-text";
import { isOfProviderSdk } from "./provider-sdk";
import { type Method, replaceMethod } from "./replaced-method";
import { type OutputModule, replaceSecretConfiguration } from "./secret-configuration";
import { sendReport } from "./send-report";

export interface LoadedFile {
  readonly exports: unknown;
  require(name: string): unknown;
}

/** The watched files of the SDK; @pulumi/pulumi 3.259.0. A program may load several copies. */
const WATCHED: Readonly<Record<string, (file: LoadedFile) => void>> = {
  "config.js": watchConfig,
  "output.js": watchOutputs,
  "runtime/debuggable.js": hastenPromises,
  "resource.js": watchPositions,
  "stackReference.js": watchStackReferences,
  "runtime/invoke.js": watchInvokes,
};

/** Watches a loaded file if it is one of the SDK's that matter. */
export function watchSdk(filename: string, file: LoadedFile): void {
  const [, name = ""] = /[\\/]@pulumi[\\/]pulumi[\\/](.*)$/.exec(filename) ?? [];
  WATCHED[name.replaceAll("\\", "/")]?.(file);
}

/** Captures no stack per promise: a review prints none, and in a large program they take most of the time. */
function hastenPromises({ exports }: LoadedFile): void {
  replaceMethod(exports as object, "debuggablePromise", (original) => {
    return function (...args) {
      const limit = Error.stackTraceLimit;
      Error.stackTraceLimit = 0;
      try {
        return Reflect.apply(original, this, args);
      } finally {
        Error.stackTraceLimit = limit;
      }
    };
  });
}

function watchConfig(file: LoadedFile): void {
  // The types of the SDK's own modules.
  const { Config } = file.exports as { Config: { prototype: object } };
  replaceSecretConfiguration(Config.prototype, file.require("./output") as OutputModule);
}

/** An awaited output loses the mark that it is unknown, and a skipped callback declares nothing. */
function watchOutputs({ exports }: LoadedFile): void {
  const { Output } = exports as { Output: { prototype: object } };
  replaceMethod(Output, "getPromisedValue", (original) => {
    return function (...args) {
      const result = Reflect.apply(original, this, args);
      // The output's own `promise()` is in between.
      if (isOfSdk(callerFile(2)) || !(result instanceof Promise)) return result;
      const at = positionIn(currentStack());
      return result.then((value: unknown) => {
        if (value === undefined) sendReport({ kind: "awaited", at });
        return value;
      });
    };
  });
  replaceMethod(Output.prototype, "apply", (original) => {
    return function (callback, runWithUnknowns) {
      if (!runWithUnknowns && typeof callback === "function" && mayDeclare(callback, callerFile(1)))
        reportWhenSkipped(this);
      return Reflect.apply(original, this, [callback, runWithUnknowns]);
    };
  });
}

/** Whether a callback may declare something. The SDK of a provider does so only with a visible `new`. */
function mayDeclare(callback: object, caller: string): boolean {
  if (isOfPulumi(caller) || isOfProduct(caller)) return false;
  return constructsSomething(callback) || (callsOthers(callback) && !isOfProviderSdk(caller));
}

/** Whether the source of a function constructs anything but JavaScript's own classes and Pulumi's assets and archives. */
function constructsSomething(callback: object): boolean {
  const made = Function.prototype.toString.call(callback).matchAll(/\bnew\s+([\w$.]+)/g);
  return [...made].some(([, name = ""]) => !Object.hasOwn(globalThis, name) && !/(?:Asset|Archive)$/.test(name));
}

function isOfSdk(file: string): boolean {
  return /[\\/]@pulumi[\\/]pulumi[\\/]/.test(file);
}

/** Pulumi's own packages declare no clients or grants. */
function isOfPulumi(file: string): boolean {
  return /[\\/]node_modules[\\/]@pulumi[\\/]/.test(file);
}

function reportWhenSkipped(output: unknown): void {
  const at = positionIn(currentStack());
  const { isKnown } = output as { isKnown: Promise<boolean> };
  isKnown.then(
    (known) => {
      if (!known) sendReport({ kind: "skipped", at });
    },
    // The user of the output handles the rejection.
    () => {},
  );
}

/** The SDK does not parse the positions of ES modules. */
function watchPositions({ exports }: LoadedFile): void {
  const { Resource } = exports as { Resource: object };
  replaceMethod(Resource, "callsites", () => {
    return () =>
      positionsIn(currentStack())
        .slice(1)
        .map((position) => position ?? {});
  });
}

function watchStackReferences({ exports }: LoadedFile): void {
  const { StackReference } = exports as { StackReference: { prototype: object } };
  for (const method of ["getOutputDetails", "getOutputValue", "requireOutputValue"]) {
    replaceMethod(StackReference.prototype, method, (original) => {
      return function (...args) {
        sendReport({ kind: "awaited", at: positionIn(currentStack()) });
        return Reflect.apply(original, this, args);
      };
    });
  }
}

/** The variants that return outputs mark them as unknown; these two return an empty result instead. */
function watchInvokes({ exports }: LoadedFile): void {
  const watch = (original: Method): Method => {
    return function (token, ...rest) {
      sendReport({ kind: "invoke", token: String(token), at: positionIn(currentStack()) });
      return Reflect.apply(original, this, [token, ...rest]);
    };
  };
  for (const name of ["invoke", "invokeSingle"]) replaceMethod(exports as object, name, watch);
}

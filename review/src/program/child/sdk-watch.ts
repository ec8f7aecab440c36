import { callerFile, currentStack, isOfProduct, positionIn, positionsIn } from "./call-stack";
import { callsOthers } from "./callback-text";
import { isOfProviderSdk } from "./provider-sdk";
import { type Method, replaceMethod } from "./replaced-method";
import { type OutputModule, replaceSecretConfiguration } from "./secret-configuration";
import { sendReport } from "./send-report";

/** A file of the SDK that has been loaded. */
export interface LoadedFile {
  readonly exports: unknown;
  require(name: string): unknown;
}

/** What is watched of the SDK, by the file that it is in; @pulumi/pulumi 3.259.0. A program may hold several copies. */
const WATCHED: Readonly<Record<string, (file: LoadedFile) => void>> = {
  "config.js": watchConfig,
  "output.js": watchOutputs,
  "runtime/debuggable.js": hastenPromises,
  "resource.js": watchPositions,
  "stackReference.js": watchStackReferences,
  "runtime/invoke.js": watchInvokes,
};

/** Watches a file of the SDK, if it is one of those that matter. */
export function watchSdk(filename: string, file: LoadedFile): void {
  const [, name = ""] = /[\\/]@pulumi[\\/]pulumi[\\/](.*)$/.exec(filename) ?? [];
  WATCHED[name.replaceAll("\\", "/")]?.(file);
}

/** Each promise keeps a stack for messages that nobody reads here, and of a large program that is most of the time. */
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
  // The forms of the SDK's own modules.
  const { Config } = file.exports as { Config: { prototype: object } };
  replaceSecretConfiguration(Config.prototype, file.require("./output") as OutputModule);
}

/** An awaited output loses that it was not known; a callback that is not called makes nothing. */
function watchOutputs({ exports }: LoadedFile): void {
  const { Output } = exports as { Output: { prototype: object } };
  replaceMethod(Output, "getPromisedValue", (original) => {
    return function (...args) {
      const result = Reflect.apply(original, this, args);
      // `promise()`, which every output has of its own, lies between.
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

/** Whether a callback may declare something; the SDK of a provider does it nowhere but in plain sight. */
function mayDeclare(callback: object, caller: string): boolean {
  if (isOfPulumi(caller) || isOfProduct(caller)) return false;
  return makesSomething(callback) || (callsOthers(callback) && !isOfProviderSdk(caller));
}

/** Whether the text of a function makes an object of a class that is neither JavaScript's own nor a file of Pulumi's. */
function makesSomething(callback: object): boolean {
  const made = Function.prototype.toString.call(callback).matchAll(/\bnew\s+([\w$.]+)/g);
  return [...made].some(([, name = ""]) => !Object.hasOwn(globalThis, name) && !/(?:Asset|Archive)$/.test(name));
}

function isOfSdk(file: string): boolean {
  return /[\\/]@pulumi[\\/]pulumi[\\/]/.test(file);
}

/** Packages of Pulumi's own make nothing of this product. */
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
    // Who uses the output hears of it.
    () => {},
  );
}

/** The positions of ES modules have another form, which the SDK does not read. */
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

/** The forms that answer outputs say that they are not known; these two answer as if there was nothing. */
function watchInvokes({ exports }: LoadedFile): void {
  const watched = (original: Method): Method => {
    return function (token, ...rest) {
      sendReport({ kind: "invoke", token: String(token), at: positionIn(currentStack()) });
      return Reflect.apply(original, this, [token, ...rest]);
    };
  };
  for (const name of ["invoke", "invokeSingle"]) replaceMethod(exports as object, name, watched);
}

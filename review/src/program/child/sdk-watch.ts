import { currentStack, positionIn, positionsIn } from "./call-stack";
import { traceAbove } from "./call-trace";
import { isTrusted } from "./caller";
import { type OutputModule, watchGivenFunctions, watchOutputs } from "./output-watch";
import { isRehearsing, stopDeclaration } from "./rehearsal";
import { type Method, replaceMethod } from "./replaced-method";
import { replaceSecretConfiguration, type SecretModule } from "./secret-configuration";
import { sendReport } from "./send-report";
import { createStandIn } from "./stand-in";

export interface LoadedFile {
  readonly exports: unknown;
  require(name: string): unknown;
}

/** The watched files of the SDK; @pulumi/pulumi 3.259.0. A program may load several copies. */
const WATCHED: Readonly<Record<string, (file: LoadedFile) => void>> = {
  "cmd/run/run.js": hidePreview,
  "config.js": watchConfig,
  "output.js": ({ exports }) => watchOutputs(exports as OutputModule),
  "iterable/index.js": watchIterables,
  "log/index.js": dropDebugLines,
  "runtime/debuggable.js": hastenPromises,
  "resource.js": watchPositions,
  "stackReference.js": watchStackReferences,
  "runtime/invoke.js": watchInvokes,
  "runtime/resource.js": watchRegistrations,
  "runtime/settings.js": watchSettings,
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

/** The SDK sends several of them for each resource, one call after the other, and a review reads none. */
function dropDebugLines({ exports }: LoadedFile): void {
  replaceMethod(exports as object, "debug", () => () => Promise.resolve());
}

function watchConfig(file: LoadedFile): void {
  // The types of the SDK's own modules.
  const { Config } = file.exports as { Config: { prototype: object } };
  replaceSecretConfiguration(Config.prototype, file.require("./output") as SecretModule);
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

function watchIterables(file: LoadedFile): void {
  // The type of the SDK's own module.
  watchGivenFunctions(file.exports as object, ["toObject", "groupBy"], file.require("../output") as OutputModule);
}

/** A rehearsal registers nothing. */
function watchRegistrations({ exports }: LoadedFile): void {
  for (const name of ["registerResource", "readResource", "getResource"]) {
    replaceMethod(exports as object, name, (original) => {
      return function (...args) {
        return isRehearsing() ? stopDeclaration() : Reflect.apply(original, this, args);
      };
    });
  }
}

/** Each copy of the SDK shares the state that has the variable's value, and the program reads `isDryRun`, which is watched. */
function hidePreview(file: LoadedFile): void {
  // The type of the SDK's own module.
  const { getStore } = file.require("../../runtime/state") as { getStore: () => unknown };
  getStore();
  delete process.env["PULUMI_NODEJS_DRY_RUN"];
}

/** A program that knows that it is previewed may declare something else then. */
function watchSettings({ exports }: LoadedFile): void {
  replaceMethod(exports as object, "isDryRun", (original) => {
    return function isDryRun(...args) {
      const trace = traceAbove(isDryRun);
      if (!isTrusted(trace.caller())) sendReport({ kind: "dry-run", at: trace.position() });
      return Reflect.apply(original, this, args);
    };
  });
}

/** The variants that return outputs mark them as unknown; these two return an empty result instead. */
function watchInvokes({ exports }: LoadedFile): void {
  const watch = (original: Method): Method => {
    return function (token, ...rest) {
      if (isRehearsing()) return Promise.resolve(createStandIn());
      sendReport({ kind: "invoke", token: String(token), at: positionIn(currentStack()) });
      return Reflect.apply(original, this, [token, ...rest]);
    };
  };
  for (const name of ["invoke", "invokeSingle"]) replaceMethod(exports as object, name, watch);
  for (const name of ["invokeOutput", "invokeSingleOutput", "call", "callSingle"]) {
    replaceMethod(exports as object, name, (original) => {
      return function (...args) {
        return isRehearsing() ? createStandIn() : Reflect.apply(original, this, args);
      };
    });
  }
}

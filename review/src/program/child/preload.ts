import Module from "node:module";
import { isMainThread } from "node:worker_threads";
import { currentStack, positionIn } from "./call-stack";
import { onRefusedConnection } from "./no-network";
import { replaceMethod } from "./replaced-method";
import { type LoadedFile, watchSdk } from "./sdk-watch";
import { sendReport } from "./send-report";

// Node.js has read it, and the program gets no more of the environment than PATH.
delete process.env["NODE_COMPILE_CACHE"];

onRefusedConnection((to) => sendReport({ kind: "connection", to, at: positionIn(currentStack()) }));
// The failure or exit of a worker thread is not the program's.
if (isMainThread) {
  keepSourceMaps();
  watchModules();
  watchFailures();
  watchExit();
}

/** ES modules that are compiled while they load have no source map on disk. */
function keepSourceMaps(): void {
  const { setSourceMapsSupport }: { setSourceMapsSupport?: (enabled: boolean, options: object) => void } = Module;
  if (setSourceMapsSupport === undefined) process.setSourceMapsEnabled(true);
  else setSourceMapsSupport(true, { nodeModules: false, generatedCode: false });
}

function watchModules(): void {
  // Deprecated and untyped, but every CommonJS loader goes through it.
  const { _extensions: extensions } = Module as unknown as { _extensions: object };
  replaceMethod(extensions, ".js", (load) => {
    return function (file, filename, ...rest) {
      const result = Reflect.apply(load, this, [file, filename, ...rest]);
      watchSdk(String(filename), file as LoadedFile);
      return result;
    };
  });
}

function watchFailures(): void {
  const sendFailure = (error: unknown) => {
    const message = error instanceof Error ? messageOf(error) : String(error);
    sendReport({ kind: "failure", message, at: error instanceof Error ? positionIn(error.stack) : null });
  };
  process.on("uncaughtExceptionMonitor", sendFailure);
  process.on("unhandledRejection", sendFailure);
}

function messageOf(error: Error): string {
  return error.name === "Error" || error.message === ""
    ? error.message || error.name
    : `${error.name}: ${error.message}`;
}

function watchExit(): void {
  replaceMethod(process, "exit", (exit) => {
    return function (...args) {
      const at = positionIn(currentStack());
      if (at !== null) sendReport({ kind: "exit", at });
      return Reflect.apply(exit, this, args);
    };
  });
}

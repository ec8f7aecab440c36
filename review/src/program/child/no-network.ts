import dgram from "node:dgram";
import dns from "node:dns";
import { syncBuiltinESMExports } from "node:module";
import net from "node:net";
import { isolateChildren } from "./isolated-children";
import { isLoopback } from "./loopback";
import { type Method, replaceMethod } from "./replaced-method";

type Listener = (to: string) => void;

// In processes that the program starts there is no listener.
const LISTENER = Symbol.for("xtremepush-access-review.refused-connection");

/** Sets the listener for refused connections. */
export function onRefusedConnection(listener: Listener): void {
  Reflect.set(globalThis, LISTENER, listener);
}

// The program's process and its Node.js children load this file.
refuseConnections();

function refuseConnections(): void {
  const marker = Symbol.for("xtremepush-access-review.no-network");
  if (Reflect.has(globalThis, marker)) return;
  Reflect.set(globalThis, marker, true);
  refuseStreams();
  refuseDatagrams();
  refuseLookups();
  isolateChildren();
  // Updates modules that import the functions by name.
  syncBuiltinESMExports();
}

function refuse(to: string): Error {
  const listener: unknown = Reflect.get(globalThis, LISTENER);
  // Only `onRefusedConnection` sets this symbol.
  if (typeof listener === "function") (listener as Listener)(to);
  const error = new Error(`an access review has no network: ${to} was not reached`);
  return Object.assign(error, { code: "ENETUNREACH" });
}

/** TCP and everything on top of it: TLS, HTTP, fetch, gRPC. */
function refuseStreams(): void {
  replaceMethod(net.Socket.prototype, "connect", (connect) => {
    return function (...args) {
      const to = targetOf(args);
      if (to === undefined || isLoopback(to.host)) return Reflect.apply(connect, this, args);
      const error = refuse(`${to.host}:${to.port}`);
      if (this instanceof net.Socket) process.nextTick(() => this.destroy(error));
      return this;
    };
  });
}

/** The target of a connection; undefined for a local socket path. */
function targetOf(args: readonly unknown[]): { host: string; port: string } | undefined {
  // net.connect passes its arguments as one array.
  const [first, second] = Array.isArray(args[0]) ? args[0] : args;
  if (typeof first === "object" && first !== null) {
    const { path, host, port } = first as { path?: unknown; host?: unknown; port?: unknown };
    return typeof path === "string" ? undefined : { host: String(host ?? "localhost"), port: String(port) };
  }
  if (typeof first === "string" && Number.isNaN(Number(first))) return undefined;
  return { host: typeof second === "string" ? second : "localhost", port: String(first) };
}

function refuseDatagrams(): void {
  for (const method of ["send", "connect"] as const) {
    replaceMethod(dgram.Socket.prototype, method, (send) => {
      return function (...args) {
        // The address is the last string; the first argument may be a message that is a string, too.
        const address = args.slice(1).findLast((arg) => typeof arg === "string");
        if (typeof address === "string" && !isLoopback(address)) throw refuse(`${address} by UDP`);
        return Reflect.apply(send, this, args);
      };
    });
  }
}

/** A DNS query leaves the machine, too. */
function refuseLookups(): void {
  const askers: object[] = [dns, dns.Resolver.prototype];
  for (const asker of askers) {
    for (const method of lookupsOf(asker)) replaceMethod(asker, method, refusingCallback);
  }
  const promising: object[] = [dns.promises, dns.promises.Resolver.prototype];
  for (const asker of promising) {
    for (const method of lookupsOf(asker)) replaceMethod(asker, method, refusingPromise);
  }
}

function lookupsOf(asker: object): string[] {
  return Object.getOwnPropertyNames(asker).filter((name) => /^(?:lookup|resolve|reverse)/.test(name));
}

function refusingCallback(ask: Method): Method {
  return function (name, ...rest) {
    const callback = rest.at(-1);
    if (isLoopback(String(name)) || typeof callback !== "function") return Reflect.apply(ask, this, [name, ...rest]);
    const error = refuse(String(name));
    process.nextTick(() => callback(error));
    return {};
  };
}

function refusingPromise(ask: Method): Method {
  return function (name, ...rest) {
    return isLoopback(String(name)) ? Reflect.apply(ask, this, [name, ...rest]) : Promise.reject(refuse(String(name)));
  };
}

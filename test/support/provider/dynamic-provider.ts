import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { credentials, type ServiceError } from "@grpc/grpc-js";
import { ResourceProviderClient } from "@pulumi/pulumi/proto/provider_grpc_pb";
import * as messages from "@pulumi/pulumi/proto/provider_pb";
import { Struct } from "google-protobuf/google/protobuf/struct_pb";

type Plain = Record<string, unknown>;
type Method = "check" | "diff" | "create" | "read" | "update" | "delete" | "configure";

/** Pulumi's own dynamic provider process, called over gRPC as the engine calls it. */
export interface DynamicProvider {
  /** Calls a method; a field that is an object is sent as a Struct. */
  call(method: Method, request: Plain): Promise<Plain>;
  /** What the process has printed to stderr. */
  printed(): string;
  close(): Promise<void>;
}

const REQUESTS = {
  check: messages.CheckRequest,
  diff: messages.DiffRequest,
  create: messages.CreateRequest,
  read: messages.ReadRequest,
  update: messages.UpdateRequest,
  delete: messages.DeleteRequest,
  configure: messages.ConfigureRequest,
} as const;

export async function startDynamicProvider(environment: Readonly<Record<string, string>>): Promise<DynamicProvider> {
  const script = require.resolve("@pulumi/pulumi/cmd/dynamic-provider");
  const child = spawn(process.execPath, [script, "127.0.0.1:1"], { env: { ...process.env, ...environment } });
  let stderr = "";
  child.stderr.on("data", (chunk) => {
    stderr += String(chunk);
  });
  const [port] = await once(createInterface(child.stdout), "line");
  const client = new ResourceProviderClient(`127.0.0.1:${port}`, credentials.createInsecure());
  return {
    call: (method, request) => callOf(client, method, request),
    printed: () => stderr,
    async close() {
      client.close();
      await stop(child);
    },
  };
}

async function callOf(client: ResourceProviderClient, method: Method, request: Plain): Promise<Plain> {
  const message = new REQUESTS[method]();
  for (const [field, value] of Object.entries(request)) {
    const setter = `set${field[0]?.toUpperCase()}${field.slice(1)}`;
    // The generated classes have one setter a field; the types do not say so by name.
    const setters = message as unknown as Record<string, (value: unknown) => void>;
    setters[setter]?.(isPlain(value) ? Struct.fromJavaScript(value as never) : value);
  }
  return new Promise((resolve, reject) => {
    const done = (error: ServiceError | null, answer: { toObject(): Plain }) =>
      error ? reject(error) : resolve(plainOf(answer));
    // Each method takes the message of its own name.
    const methods = client as unknown as Record<Method, (message: unknown, done: unknown) => void>;
    methods[method](message, done);
  });
}

function isPlain(value: unknown): value is Plain {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The answer, with each Struct as the value that it stands for. */
function plainOf(answer: object): Plain {
  const getters = Object.keys(Object.getPrototypeOf(answer)).filter((key) => /^get[A-Z]/.test(key));
  return Object.fromEntries(
    getters.flatMap((key) => {
      const value: unknown = Reflect.apply(Reflect.get(answer, key), answer, []);
      if (value instanceof Struct) return [[nameOf(key), value.toJavaScript()]];
      if (Array.isArray(value)) return [[nameOf(key), value.map((item) => item?.toObject?.() ?? item)]];
      return typeof value === "object" && value !== null && !Array.isArray(value) ? [] : [[nameOf(key), value]];
    }),
  );
}

function nameOf(getter: string): string {
  return `${getter[3]?.toLowerCase()}${getter.slice(4)}`;
}

async function stop(child: ChildProcess): Promise<void> {
  const ended = once(child, "exit");
  child.kill();
  await ended;
}

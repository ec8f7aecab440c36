import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { temporaryFolder } from "../process/temporary-folder";

/** The object of a Secret, as the cluster of the stand-in keeps it. */
export interface ClusterObject {
  readonly kind?: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly resourceVersion?: string;
  };
  readonly data?: Readonly<Record<string, string>>;
}

interface Cluster {
  readonly secrets: Record<string, ClusterObject>;
  /** What `auth can-i` answers no to: `patch`. */
  readonly denied: readonly string[];
  readonly namespaces: readonly string[];
  /** The end of every command, in place of what it would do. */
  readonly failure?: string;
  /** What another one applies before the next apply. */
  readonly meanwhile?: ClusterObject;
}

/** A stand-in for kubectl on the PATH, and its cluster. */
export interface FakeKubectl {
  cluster(): Cluster;
  change(part: Partial<Cluster>): void;
  /** The arguments of each call. */
  calls(): string[][];
}

/**
 * Puts a stand-in for kubectl before all else on the PATH. Like the real one with an API server, it refuses to apply over a change
 * that was not seen or over another's field, drops the keys that its manager no longer sets, and says so on standard error.
 */
export function fakeKubectl(): FakeKubectl {
  const folder = temporaryFolder();
  const state = path.join(folder, "cluster.json");
  const log = path.join(folder, "calls.log");
  const write = (cluster: Cluster) => writeFileSync(state, JSON.stringify(cluster));
  write({ secrets: {}, denied: [], namespaces: ["apps"] });
  writeFileSync(log, "");
  const script = path.join(folder, "kubectl");
  writeFileSync(script, `#!${process.execPath}\n(${standIn.toString()})(${JSON.stringify({ state, log })});\n`);
  chmodSync(script, 0o755);
  process.env["PATH"] = `${folder}${path.delimiter}${process.env["PATH"]}`;
  const cluster = (): Cluster => JSON.parse(readFileSync(state, "utf8"));
  return {
    cluster,
    change: (part) => write({ ...cluster(), ...part }),
    calls: () =>
      readFileSync(log, "utf8")
        .split("\n")
        .flatMap((line): string[][] => (line === "" ? [] : [JSON.parse(line)])),
  };
}

/** Takes the stand-ins from the PATH after each test. */
export function restorePath(): void {
  const before = process.env["PATH"];
  afterEach(() => {
    process.env["PATH"] = before;
  });
}

/** Runs in a process of its own, from its text alone. */
function standIn({ state, log }: { readonly state: string; readonly log: string }): void {
  const fs = process.getBuiltinModule("node:fs");
  const args = process.argv.slice(2);
  fs.appendFileSync(log, `${JSON.stringify(args)}\n`);
  const cluster = JSON.parse(fs.readFileSync(state, "utf8"));
  const optionOf = (name: string) => args[args.indexOf(name) + 1] ?? "";
  const namespace = optionOf("--namespace");
  const [command, second, third] = args;
  const save = () => fs.writeFileSync(state, JSON.stringify(cluster));
  const fail = (message: string): never => {
    fs.writeSync(2, `${message}\n`);
    process.exit(1);
  };
  const put = (object: ClusterObject) => {
    const key = `${object.metadata.namespace}/${object.metadata.name}`;
    const resourceVersion = String(Number(cluster.secrets[key]?.metadata.resourceVersion ?? 0) + 1);
    cluster.secrets[key] = { ...object, metadata: { ...object.metadata, resourceVersion } };
  };
  const apply = () => {
    const object = JSON.parse(fs.readFileSync(0, "utf8"));
    if (cluster.meanwhile) put(cluster.meanwhile);
    delete cluster.meanwhile;
    save();
    if (!cluster.namespaces.includes(namespace))
      fail(`Error from server (NotFound): namespaces "${namespace}" not found`);
    const held = cluster.secrets[`${namespace}/${object.metadata.name}`];
    const seen = object.metadata.resourceVersion;
    if (seen !== undefined && seen !== held?.metadata.resourceVersion) {
      fail(
        `Error from server (Conflict): Operation cannot be fulfilled on secrets "${object.metadata.name}": the object has been modified; please apply your changes to the latest version and try again`,
      );
    }
    if (held !== undefined && !args.includes("--force-conflicts")) {
      fail('error: Apply failed with 1 conflict: conflict with "kubectl-create" using v1: .data.key');
    }
    put(object);
    save();
  };
  if (cluster.failure) fail(cluster.failure);
  if (command === "auth") process.exit(cluster.denied.includes(third) ? 1 : 0);
  if (command === "apply") {
    apply();
    process.exit(0);
  }
  const key = `${namespace}/${third}`;
  if (second !== "secret" || !args.includes("--ignore-not-found")) fail(`error: unknown command ${args.join(" ")}`);
  if (command === "get" && cluster.secrets[key])
    fs.writeSync(1, JSON.stringify({ ...cluster.secrets[key], apiVersion: "v1", kind: "Secret" }));
  if (command === "delete") {
    delete cluster.secrets[key];
    save();
  }
}

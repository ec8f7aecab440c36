import { readFileSync } from "node:fs";
import path from "node:path";
import { parseAllDocuments } from "yaml";

const ROOT = path.resolve(__dirname, "../../..");

function deployFile(name: string): string {
  return readFileSync(path.join(ROOT, "deploy", name), "utf8");
}

/** The values of a setting of the systemd unit, in their order. */
export function unitSetting(name: string): string[] {
  const lines = deployFile("systemd/xtremepush-access-backend.service").split("\n");
  return lines.filter((line) => line.startsWith(`${name}=`)).map((line) => line.slice(name.length + 1));
}

/** The variables that the template of systemd's environment file sets. */
export function environmentFile(): Record<string, string> {
  return variablesIn(deployFile("systemd/backend.env").match(/^\w+=.*$/gm) ?? []);
}

/** The variables that the last image of the Containerfile sets. */
export function imageEnvironment(): Record<string, string> {
  return variablesIn(instruction("ENV").split(" "));
}

/** What a container runs: its entry point, and the arguments that a manifest can replace. */
export function containerCommand(args: readonly string[] = JSON.parse(instruction("CMD"))): string[] {
  return [...JSON.parse(instruction("ENTRYPOINT")), ...args];
}

/** The last of these instructions in the Containerfile, which has each on one line. */
export function instruction(name: string): string {
  const lines = deployFile("Containerfile").split("\n");
  const line = lines.findLast((text) => text.startsWith(`${name} `));
  if (line === undefined) throw new Error(`the Containerfile has no ${name}`);
  return line.slice(name.length + 1);
}

interface Variable {
  readonly name: string;
  readonly value?: string;
  readonly valueFrom?: {
    readonly secretKeyRef: { readonly name: string; readonly key: string; readonly optional?: boolean };
  };
}

interface Probe {
  readonly httpGet: { readonly path: string; readonly port: string };
}

interface Container {
  readonly image: string;
  readonly command?: readonly string[];
  readonly args?: readonly string[];
  readonly env: readonly Variable[];
  readonly ports?: readonly { readonly name: string; readonly containerPort: number }[];
  readonly startupProbe?: Probe;
  readonly livenessProbe?: Probe;
  readonly readinessProbe?: Probe;
  readonly lifecycle?: { readonly preStop: { readonly sleep: { readonly seconds: number } } };
}

interface PodSpec {
  readonly terminationGracePeriodSeconds?: number;
  readonly containers: readonly Container[];
}

/** The pod of the Deployment or the Job. */
export function podOf(kind: "Deployment" | "Job"): PodSpec & { readonly container: Container } {
  const pod = manifests().get(kind)?.template?.spec;
  const container = pod?.containers[0];
  if (pod === undefined || container === undefined) throw new Error(`deploy/kubernetes has no ${kind}`);
  return { ...pod, container };
}

interface Manifest {
  readonly kind: string;
  readonly spec: {
    readonly replicas?: number;
    readonly maxUnavailable?: number;
    /** Of a Service the labels themselves. */
    readonly selector?: object;
    readonly template?: {
      readonly metadata: { readonly labels: Readonly<Record<string, string>> };
      readonly spec: PodSpec;
    };
  };
}

/** The objects of the manifests, by their kinds. */
export function manifests(): ReadonlyMap<string, Manifest["spec"]> {
  const objects: Manifest[] = ["backend.yaml", "migrate.yaml"].flatMap((name) =>
    parseAllDocuments(deployFile(`kubernetes/${name}`)).map((document) => document.toJS()),
  );
  return new Map(objects.map(({ kind, spec }) => [kind, spec]));
}

function variablesIn(lines: readonly string[]): Record<string, string> {
  return Object.fromEntries(lines.map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]));
}

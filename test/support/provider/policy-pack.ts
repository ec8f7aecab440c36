import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { createInterface } from "node:readline";
import { credentials, type ServiceError } from "@grpc/grpc-js";
import { AnalyzerClient } from "@pulumi/pulumi/proto/analyzer_grpc_pb";
import {
  AnalyzeRequest,
  type AnalyzeResponse,
  AnalyzerPropertyDependencies,
  AnalyzerProviderResource,
  AnalyzerResource,
  AnalyzerResourceOptions,
  AnalyzeStackRequest,
} from "@pulumi/pulumi/proto/analyzer_pb";
import { Struct } from "google-protobuf/google/protobuf/struct_pb";

const WORK = path.resolve(__dirname, "../../../.work");

/** A resource as the engine shows it to a policy pack. */
export interface AnalyzedResource {
  readonly type: string;
  readonly name: string;
  readonly properties: Readonly<Record<string, unknown>>;
  /** The client that the property `client` depends on, while its ID is not known. */
  readonly dependsOn?: Pick<AnalyzedResource, "type" | "name">;
  /** The resource option of the same name. */
  readonly ignoreChanges?: readonly string[];
  /** The inputs of its explicit provider. */
  readonly provider?: Readonly<Record<string, unknown>>;
}

/** A policy pack in a process of its own, called over gRPC as the engine calls it. */
export interface RunningPolicyPack {
  /** What the pack's policies on one resource report: `policy: message`. */
  analyze(resource: AnalyzedResource): Promise<string[]>;
  /** What the pack's policies on a whole stack report. */
  analyzeStack(resources: readonly AnalyzedResource[]): Promise<string[]>;
  close(): Promise<void>;
}

/** Starts a pack from its text, which is CommonJS; packages resolve from the repo. */
export async function startPolicyPack(source: string): Promise<RunningPolicyPack> {
  mkdirSync(WORK, { recursive: true });
  const folder = mkdtempSync(path.join(WORK, "policies-"));
  writeFileSync(path.join(folder, "package.json"), '{ "name": "policies", "version": "1.0.0" }\n');
  writeFileSync(path.join(folder, "index.js"), source);
  const child = spawn(process.execPath, ["index.js"], { cwd: folder, stdio: ["ignore", "pipe", "inherit"] });
  const [port] = await once(createInterface(child.stdout), "line");
  const client = new AnalyzerClient(`127.0.0.1:${port}`, credentials.createInsecure());
  return {
    analyze: ({ type, name, properties }) => {
      const request = new AnalyzeRequest();
      request.setType(type);
      request.setName(name);
      request.setProperties(structOf(properties));
      // The SDK takes a request without options for one of an old CLI.
      request.setOptions(new AnalyzerResourceOptions());
      return reportsOf((done) => client.analyze(request, done));
    },
    analyzeStack: (resources) => {
      const request = new AnalyzeStackRequest();
      request.setResourcesList(resources.map(stackResourceOf));
      return reportsOf((done) => client.analyzeStack(request, done));
    },
    async close() {
      client.close();
      await stop(child);
      rmSync(folder, { recursive: true });
    },
  };
}

function stackResourceOf(analyzed: AnalyzedResource): AnalyzerResource {
  const { type, name, properties, dependsOn, ignoreChanges = [], provider } = analyzed;
  const resource = new AnalyzerResource();
  resource.setType(type);
  resource.setName(name);
  resource.setUrn(urnOf({ type, name }));
  resource.setProperties(structOf(properties));
  if (dependsOn !== undefined) {
    const dependencies = new AnalyzerPropertyDependencies();
    dependencies.setUrnsList([urnOf(dependsOn)]);
    resource.getPropertydependenciesMap().set("client", dependencies);
  }
  if (provider !== undefined) {
    const explicit = new AnalyzerProviderResource();
    explicit.setUrn(urnOf({ type: "pulumi:providers:pulumi-nodejs", name: "eu" }));
    explicit.setType("pulumi:providers:pulumi-nodejs");
    explicit.setName("eu");
    explicit.setProperties(structOf(provider));
    resource.setProvider(explicit);
  }
  const options = new AnalyzerResourceOptions();
  options.setIgnorechangesList([...ignoreChanges]);
  resource.setOptions(options);
  return resource;
}

function urnOf({ type, name }: Pick<AnalyzedResource, "type" | "name">): string {
  return `urn:pulumi:dev::programs::${type}::${name}`;
}

function structOf(properties: AnalyzedResource["properties"]): Struct {
  // The properties of the tests are plain JSON.
  return Struct.fromJavaScript(properties as never);
}

type Done = (error: ServiceError | null, answer: AnalyzeResponse) => void;

function reportsOf(call: (done: Done) => void): Promise<string[]> {
  return new Promise((resolve, reject) => {
    call((error, answer) => {
      if (error) return reject(error);
      return resolve(
        answer.getDiagnosticsList().map((each) => `${each.getPolicyname()}: ${messageOf(each.getMessage())}`),
      );
    });
  });
}

/** The message begins with the policy's description, on a line of its own. */
function messageOf(text: string): string {
  return text.split("\n").at(-1) ?? "";
}

async function stop(child: ChildProcess): Promise<void> {
  const ended = once(child, "exit");
  child.kill();
  await ended;
}

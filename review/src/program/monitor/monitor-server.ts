import { Server, ServerCredentials } from "@grpc/grpc-js";
import { EngineService } from "@pulumi/pulumi/proto/engine_grpc_pb";
import {
  GetRootResourceResponse,
  type LogRequest,
  LogSeverity,
  RequirePulumiVersionResponse,
  type SetRootResourceRequest,
  SetRootResourceResponse,
} from "@pulumi/pulumi/proto/engine_pb";
import { CallResponse } from "@pulumi/pulumi/proto/provider_pb";
import { ResourceMonitorService } from "@pulumi/pulumi/proto/resource_grpc_pb";
import {
  DeploymentInfo,
  RegisterPackageResponse,
  type ResourceCallRequest,
  type ResourceInvokeRequest,
  ResourceInvokeResponse,
  ResourceMonitorFeature,
  type SupportsFeatureRequest,
  SupportsFeatureResponse,
} from "@pulumi/pulumi/proto/resource_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { Struct } from "google-protobuf/google/protobuf/struct_pb";
import { CHANNEL_OPTIONS } from "./channel-options";
import type { Monitor } from "./monitor";
import { handleUnary } from "./unary";

/** A monitor that listens on loopback. */
export interface MonitorServer {
  readonly address: string;
  /** The errors that the program logged, in order. */
  readonly errors: readonly string[];
  close(): void;
}

/** Serves a monitor, and what a program needs from an engine, on a free loopback port. */
export async function serveMonitor(monitor: Monitor): Promise<MonitorServer> {
  const server = new Server(CHANNEL_OPTIONS);
  const errors: string[] = [];
  server.addService(ResourceMonitorService, monitorHandlers(monitor));
  server.addService(EngineService, engineHandlers(errors));
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, bound) => {
      if (error === null) resolve(bound);
      else reject(error);
    });
  });
  return {
    address: `127.0.0.1:${port}`,
    errors,
    close() {
      monitor.close();
      server.forceShutdown();
    },
  };
}

function monitorHandlers(monitor: Monitor) {
  return {
    getDeploymentInfo: handleUnary(deploymentInfo),
    supportsFeature: handleUnary(featureSupport),
    registerResource: handleUnary(monitor.register.bind(monitor)),
    readResource: handleUnary(monitor.read.bind(monitor)),
    registerResourceOutputs: emptyAfter(monitor.registerOutputs.bind(monitor)),
    registerStackTransform: emptyAfter(monitor.registerStackTransform.bind(monitor)),
    // Invokes return nothing, so there is nothing to transform. Nothing is deployed, so no hook runs.
    registerStackInvokeTransform: emptyAfter(() => {}),
    registerResourceHook: emptyAfter(() => {}),
    registerErrorHook: emptyAfter(() => {}),
    registerPackage: handleUnary(packageReference),
    invoke: handleUnary(unknownAnswer),
    call: handleUnary((request: ResourceCallRequest) => {
      monitor.uncertain.add(`the program calls ${request.getTok()}, and the result is not known`);
      const response = new CallResponse();
      response.setReturn(new Struct());
      return response;
    }),
    signalAndWaitForShutdown: emptyAfter(monitor.endProgram.bind(monitor)),
  };
}

function emptyAfter<Request>(act: (request: Request) => void) {
  return handleUnary((request: Request) => {
    act(request);
    return new Empty();
  });
}

const FEATURES = {
  secrets: "RESOURCE_MONITOR_FEATURE_SECRETS",
  aliasSpecs: "RESOURCE_MONITOR_FEATURE_ALIAS_SPECS",
  deletedWith: "RESOURCE_MONITOR_FEATURE_DELETED_WITH",
  replaceWith: "RESOURCE_MONITOR_FEATURE_REPLACE_WITH",
  transforms: "RESOURCE_MONITOR_FEATURE_TRANSFORMS",
  invokeTransforms: "RESOURCE_MONITOR_FEATURE_INVOKE_TRANSFORMS",
  parameterization: "RESOURCE_MONITOR_FEATURE_PARAMETERIZATION",
  resourceHooks: "RESOURCE_MONITOR_FEATURE_RESOURCE_HOOKS",
  errorHooks: "RESOURCE_MONITOR_FEATURE_ERROR_HOOKS",
} as const;

function deploymentInfo(): DeploymentInfo {
  const info = new DeploymentInfo();
  info.setSupportedfeaturesList(Object.values(FEATURES).map((name) => ResourceMonitorFeature[name]));
  return info;
}

/** An SDK that does not know deployment info asks for each feature. */
function featureSupport(request: SupportsFeatureRequest): SupportsFeatureResponse {
  const response = new SupportsFeatureResponse();
  response.setHassupport(request.getId() in FEATURES);
  return response;
}

function packageReference(): RegisterPackageResponse {
  const response = new RegisterPackageResponse();
  response.setRef("review");
  return response;
}

function unknownAnswer(_: ResourceInvokeRequest): ResourceInvokeResponse {
  const response = new ResourceInvokeResponse();
  response.setReturn(new Struct());
  response.setUnknown(true);
  return response;
}

function engineHandlers(errors: string[]) {
  let root = "";
  return {
    log: emptyAfter((request: LogRequest) => {
      if (request.getSeverity() === LogSeverity.ERROR) errors.push(request.getMessage());
    }),
    setRootResource: handleUnary((request: SetRootResourceRequest) => {
      root = request.getUrn();
      return new SetRootResourceResponse();
    }),
    getRootResource: handleUnary(() => {
      const response = new GetRootResourceResponse();
      response.setUrn(root);
      return response;
    }),
    startDebugging: emptyAfter(() => {}),
    requirePulumiVersion: handleUnary(() => new RequirePulumiVersionResponse()),
  };
}

import { type ChannelCredentials, credentials } from "@grpc/grpc-js";
import { CallbacksClient } from "@pulumi/pulumi/proto/callback_grpc_pb";
import { type Callback, CallbackInvokeRequest } from "@pulumi/pulumi/proto/callback_pb";
import {
  type RegisterResourceRequest,
  TransformRequest,
  TransformResourceOptions,
  TransformResponse,
} from "@pulumi/pulumi/proto/resource_pb";
import type { Struct } from "google-protobuf/google/protobuf/struct_pb";
import { messagesIn } from "../inputs/input-value";
import { CHANNEL_OPTIONS } from "./channel-options";

/** The part of a resource that transforms can change. */
export interface Transformed {
  readonly properties: Struct | undefined;
  readonly options: TransformResourceOptions;
}

export function readBeforeTransforms(request: RegisterResourceRequest): Transformed {
  const options = new TransformResourceOptions();
  options.setAliasesList(request.getAliasesList());
  options.setProvider(request.getProvider());
  options.setIgnoreChangesList(request.getIgnorechangesList());
  options.setDependsOnList(request.getDependenciesList());
  options.setReplaceOnChangesList(request.getReplaceonchangesList());
  options.setAdditionalSecretOutputsList(request.getAdditionalsecretoutputsList());
  options.setDeletedWith(request.getDeletedwith());
  options.setReplaceWithList(request.getReplaceWithList());
  if (request.hasReplacementTrigger()) options.setReplacementTrigger(request.getReplacementTrigger());
  options.setVersion(request.getVersion());
  options.setPluginDownloadUrl(request.getPlugindownloadurl());
  options.setImport(request.getImportid());
  if (request.getDeletebeforereplacedefined()) options.setDeleteBeforeReplace(request.getDeletebeforereplace());
  if (request.hasProtect()) options.setProtect(request.getProtect() ?? false);
  if (request.hasRetainondelete()) options.setRetainOnDelete(request.getRetainondelete() ?? false);
  for (const [name, provider] of messagesIn(request.getProvidersMap())) options.getProvidersMap().set(name, provider);
  return { properties: request.getObject(), options };
}

/** Calls the transforms of a program, which run in the program's process. */
export class TransformCaller {
  private readonly clients = new Map<string, CallbacksClient>();
  private readonly credentials: ChannelCredentials = credentials.createInsecure();

  /** @throws Error with the transform's own message. */
  async call(callback: Callback, request: RegisterResourceRequest, before: Transformed): Promise<Transformed> {
    const transform = new TransformRequest();
    transform.setType(request.getType());
    transform.setName(request.getName());
    transform.setCustom(request.getCustom());
    transform.setParent(request.getParent());
    if (before.properties !== undefined) transform.setProperties(before.properties);
    transform.setOptions(before.options);
    const answer = TransformResponse.deserializeBinary(await this.invoke(callback, transform.serializeBinary()));
    return { properties: answer.getProperties() ?? before.properties, options: answer.getOptions() ?? before.options };
  }

  close(): void {
    for (const client of this.clients.values()) client.close();
  }

  private invoke(callback: Callback, bytes: Uint8Array): Promise<Uint8Array> {
    const request = new CallbackInvokeRequest();
    request.setToken(callback.getToken());
    request.setRequest(bytes);
    const client = this.clientOf(callback.getTarget());
    return new Promise((resolve, reject) => {
      client.invoke(request, (error, answer) => {
        if (error === null) resolve(answer.getResponse_asU8());
        else reject(new Error(error.details));
      });
    });
  }

  private clientOf(target: string): CallbacksClient {
    // The program names the address, and it must not make this process connect to another machine.
    if (!/^127\.0\.0\.1:\d+$/.test(target))
      throw new Error(`the transforms of a program must run on 127.0.0.1, not on ${target}`);
    const client = this.clients.get(target) ?? new CallbacksClient(target, this.credentials, CHANNEL_OPTIONS);
    this.clients.set(target, client);
    return client;
  }
}

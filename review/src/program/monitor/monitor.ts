import type { Callback } from "@pulumi/pulumi/proto/callback_pb";
import {
  type ReadResourceRequest,
  ReadResourceResponse,
  type RegisterResourceOutputsRequest,
  type RegisterResourceRequest,
  RegisterResourceResponse,
} from "@pulumi/pulumi/proto/resource_pb";
import { Struct, Value } from "google-protobuf/google/protobuf/struct_pb";
import { composeUrn, RESOURCE_TYPES, STACK_TYPE, UNKNOWN as UNKNOWN_TEXT } from "pulumi-xtremepush/protocol";
import { inputsOf, messagesIn, reveal } from "../inputs/input-value";
import { clientPlaceholder } from "../inputs/placeholder";
import type { Registration } from "../inputs/registration";
import { aliasSpecOf } from "./alias-spec";
import { aliasesOf } from "./aliases";
import { engineOptionsOf } from "./engine-options";
import type { SourceFinder } from "./source-finder";
import { readBeforeTransforms, TransformCaller, type Transformed } from "./transforms";

export interface MonitoredStack {
  readonly project: string;
  readonly stack: string;
}

/**
 * Replaces the engine's resource monitor in a preview without a state. It keeps what the program registers, and returns
 * what is known about it: the program's own inputs.
 */
export class Monitor {
  readonly registrations = new Map<string, Registration>();
  /** Why the result is uncertain, one sentence each. */
  readonly uncertain = new Set<string>();
  private readonly stack: MonitoredStack;
  private readonly findSource: SourceFinder;
  /** Of the clients that are registered until now. */
  private readonly placeholders: string[] = [];
  private readonly aliases = new Map<string, readonly string[]>();
  private readonly parents = new Map<string, string>();
  private readonly transforms = new Map<string, readonly Callback[]>();
  private readonly stackTransforms: Callback[] = [];
  private readonly caller = new TransformCaller();
  private stackEnded = false;
  private programEnded = false;

  constructor(stack: MonitoredStack, findSource: SourceFinder) {
    this.stack = stack;
    this.findSource = findSource;
  }

  /** Whether the program ran to its end and registered everything that it started. */
  get complete(): boolean {
    return this.stackEnded && this.programEnded;
  }

  async register(request: RegisterResourceRequest): Promise<RegisterResourceResponse> {
    const parent = request.getParent();
    const urn = this.urnOf(request);
    // As the engine does. Here a second resource would also hide the first one.
    if (this.parents.has(urn)) throw new Error(`duplicate resource URN ${urn}: give each resource a unique name`);
    this.parents.set(urn, parent);
    this.transforms.set(urn, request.getTransformsList());
    // The engine inherits it before the transforms; inheritFromParent of the engine 3.259.0.
    const inherited = this.registrations.get(parent)?.options;
    if (!request.hasRetainondelete() && inherited?.retained) request.setRetainondelete(true);
    if (!request.hasProtect() && inherited?.protect === true) request.setProtect(true);
    if (request.getDeletedwith() === "") request.setDeletedwith(inherited?.deletedWith ?? "");
    const { properties, options } = await this.transformed(urn, request);
    const aliases = aliasesOf(
      {
        ...this.stack,
        parent,
        type: request.getType(),
        name: request.getName(),
        specs: options.getAliasesList().map(aliasSpecOf),
      },
      this.aliases,
    );
    this.aliases.set(urn, aliases);
    if (request.getRemote()) {
      this.uncertain.add(
        `${request.getType()} ${request.getName()} is a component of another package, and what it declares is not known`,
      );
    }
    this.registrations.set(urn, {
      urn,
      type: request.getType(),
      aliases,
      provider: options.getProvider(),
      inputs: inputsOf(properties),
      dependencies: new Map(
        messagesIn(request.getPropertydependenciesMap()).map(([key, urns]) => [key, urns.getUrnsList()]),
      ),
      ignoreChanges: options.getIgnoreChangesList(),
      options: engineOptionsOf(options, this.placeholders),
      source: this.findSource(request),
    });
    if (request.getType() === RESOURCE_TYPES.apiClient.token) this.placeholders.push(clientPlaceholder(urn));
    return answerOf(urn, request, properties);
  }

  /** Reads another stack's outputs, or a resource that the program does not manage. */
  read(request: ReadResourceRequest): ReadResourceResponse {
    const urn = this.urnOf(request);
    this.parents.set(urn, request.getParent());
    const response = new ReadResourceResponse();
    response.setUrn(urn);
    response.setProperties(knownOfRead(request));
    return response;
  }

  registerOutputs(request: RegisterResourceOutputsRequest): void {
    if (request.getUrn() === this.composeUrn("", STACK_TYPE, `${this.stack.project}-${this.stack.stack}`)) {
      this.stackEnded = true;
    }
  }

  registerStackTransform(callback: Callback): void {
    this.stackTransforms.push(callback);
  }

  endProgram(): void {
    this.programEnded = true;
  }

  close(): void {
    this.caller.close();
  }

  private urnOf(request: RegisterResourceRequest | ReadResourceRequest): string {
    const [parent, type, name] = [request.getParent(), request.getType(), request.getName()];
    return this.composeUrn(parent, type, name);
  }

  private composeUrn(parent: string, type: string, name: string): string {
    const { project: pulumiProject, stack } = this.stack;
    return composeUrn({ pulumiProject, stack, parent, type, name });
  }

  /** The resource's own transforms first, then those of its parents, then the stack's. */
  private async transformed(urn: string, request: RegisterResourceRequest): Promise<Transformed> {
    let resource = readBeforeTransforms(request);
    for (const callback of [...this.transformsFrom(urn), ...this.stackTransforms]) {
      resource = await this.caller.call(callback, request, resource);
    }
    return resource;
  }

  private transformsFrom(urn: string | undefined): readonly Callback[] {
    if (urn === undefined || urn === "") return [];
    return [...(this.transforms.get(urn) ?? []), ...this.transformsFrom(this.parents.get(urn))];
  }
}

/** What a preview knows about a resource that may not exist yet: the inputs, for clients and grants only. */
function answerOf(
  urn: string,
  request: RegisterResourceRequest,
  properties: Struct | undefined,
): RegisterResourceResponse {
  const response = new RegisterResourceResponse();
  response.setUrn(urn);
  response.setObject(new Struct());
  if (request.getType() !== RESOURCE_TYPES.apiClient.token && request.getType() !== RESOURCE_TYPES.scopeGrant.token)
    return response;
  const known = properties?.clone() ?? new Struct();
  const client =
    request.getType() === RESOURCE_TYPES.apiClient.token
      ? clientPlaceholder(urn)
      : reveal(inputsOf(properties)["client"]);
  if (typeof client === "string") response.setId(client);
  if (request.getType() === RESOURCE_TYPES.apiClient.token)
    known.getFieldsMap().set("clientId", Value.fromJavaScript(clientPlaceholder(urn)));
  response.setObject(known);
  return response;
}

const STACK_REFERENCE = "pulumi:pulumi:StackReference";

function knownOfRead(request: ReadResourceRequest): Struct {
  if (request.getType() === STACK_REFERENCE) {
    const known = request.getProperties()?.clone() ?? new Struct();
    known.getFieldsMap().set("outputs", Value.fromJavaScript(UNKNOWN_TEXT));
    known.getFieldsMap().set("secretOutputNames", Value.fromJavaScript(UNKNOWN_TEXT));
    return known;
  }
  const known = new Struct();
  if (request.getType() === RESOURCE_TYPES.apiClient.token)
    known.getFieldsMap().set("clientId", Value.fromJavaScript(request.getId()));
  return known;
}

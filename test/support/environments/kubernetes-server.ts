import type { ServiceReply, ServiceRequest } from "./service-server";

interface SecretObject {
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly resourceVersion?: string;
  };
  readonly data?: Readonly<Record<string, string>>;
}

/** What a test changes, and sees. */
export interface FakeKubernetes {
  readonly secrets: Map<string, SecretObject>;
  /** The verbs that the user may not use. */
  readonly denied: Set<string>;
  /** Runs before an apply is compared with the Secret of now. */
  beforeApply: () => void;
  handle(request: ServiceRequest): ServiceReply;
}

const VERBS = ["create", "delete", "get", "patch"];

/** What kubectl asks to find out what a server has. */
const DISCOVERY: Readonly<Record<string, object>> = {
  version: { major: "1", minor: "32", gitVersion: "v1.32.0" },
  api: { kind: "APIVersions", versions: ["v1"], serverAddressByClientCIDRs: [] },
  apis: {
    kind: "APIGroupList",
    apiVersion: "v1",
    groups: [
      {
        name: "authorization.k8s.io",
        versions: [{ groupVersion: "authorization.k8s.io/v1", version: "v1" }],
        preferredVersion: { groupVersion: "authorization.k8s.io/v1", version: "v1" },
      },
    ],
  },
  "api/v1": {
    kind: "APIResourceList",
    groupVersion: "v1",
    resources: [{ name: "secrets", singularName: "secret", namespaced: true, kind: "Secret", verbs: VERBS }],
  },
  "apis/authorization.k8s.io/v1": {
    kind: "APIResourceList",
    groupVersion: "authorization.k8s.io/v1",
    resources: [
      {
        name: "selfsubjectaccessreviews",
        singularName: "",
        namespaced: false,
        kind: "SelfSubjectAccessReview",
        verbs: VERBS,
      },
    ],
  },
};

const statusOf = (code: number, reason: string, message: string): ServiceReply => ({
  status: code,
  body: { kind: "Status", apiVersion: "v1", metadata: {}, status: "Failure", message, reason, code },
});

/** As much of an API server as kubectl needs for Secrets in the namespace `apps`. */
export function fakeKubernetes(): FakeKubernetes {
  const kubernetes: FakeKubernetes = {
    secrets: new Map(),
    denied: new Set(),
    beforeApply: () => undefined,
    handle(request) {
      const path = request.segments.join("/");
      const found = DISCOVERY[path];
      if (found !== undefined) return { body: found };
      if (path.endsWith("/selfsubjectaccessreviews")) return review(kubernetes, request);
      const [, , , namespace, kind, name = ""] = request.segments;
      if (kind !== "secrets") return statusOf(404, "NotFound", "the server could not find the requested resource");
      if (namespace !== "apps") return statusOf(404, "NotFound", `namespaces "${namespace}" not found`);
      return answerSecret(kubernetes, request, name);
    },
  };
  return kubernetes;
}

/** kubectl asks in protobuf, in which the verb is a text of its own. */
function review({ denied }: FakeKubernetes, { body }: ServiceRequest): ServiceReply {
  const allowed = ![...denied].some((verb) => String(body).includes(verb));
  return {
    status: 201,
    body: {
      kind: "SelfSubjectAccessReview",
      apiVersion: "authorization.k8s.io/v1",
      metadata: {},
      spec: {},
      status: { allowed },
    },
  };
}

function answerSecret(kubernetes: FakeKubernetes, request: ServiceRequest, name: string): ServiceReply {
  const { secrets } = kubernetes;
  if (request.method === "PATCH") return apply(kubernetes, request, name);
  const held = secrets.get(name);
  if (held === undefined) return statusOf(404, "NotFound", `secrets "${name}" not found`);
  if (request.method === "DELETE") {
    secrets.delete(name);
    return { body: { kind: "Status", apiVersion: "v1", metadata: {}, status: "Success" } };
  }
  return { body: { ...held, apiVersion: "v1", kind: "Secret" } };
}

function apply(kubernetes: FakeKubernetes, { body, query, headers }: ServiceRequest, name: string): ServiceReply {
  kubernetes.beforeApply();
  if (
    headers["content-type"] !== "application/apply-patch+yaml" ||
    query.get("fieldManager") !== "xtremepush-access-env"
  ) {
    return statusOf(400, "BadRequest", "not a server-side apply of the field manager");
  }
  const object: SecretObject = Object(body);
  const { resourceVersion } = object.metadata;
  const held = kubernetes.secrets.get(name);
  if (resourceVersion !== undefined && resourceVersion !== held?.metadata.resourceVersion) {
    return statusOf(
      409,
      "Conflict",
      `Operation cannot be fulfilled on secrets "${name}": the object has been modified; please apply your changes to the latest version and try again`,
    );
  }
  if (held !== undefined && query.get("force") !== "true") {
    return statusOf(409, "Conflict", 'Apply failed with 1 conflict: conflict with "helm" using v1: .data.password');
  }
  const next = String(Number(held?.metadata.resourceVersion ?? 0) + 1);
  kubernetes.secrets.set(name, { ...object, metadata: { ...object.metadata, resourceVersion: next } });
  return { status: held === undefined ? 201 : 200, body: kubernetes.secrets.get(name) };
}

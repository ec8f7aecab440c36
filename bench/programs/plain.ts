// The same clients and grants, with the same outputs, as plain dynamic resources, as in Pulumi's documentation:
// https://www.pulumi.com/docs/iac/concepts/resources/dynamic-providers/
import * as pulumi from "@pulumi/pulumi";
import { ENVIRONMENT_VARIABLES } from "pulumi-xtremepush/protocol";
import { select } from "xtremepush-access";

interface ClientInputs {
  readonly name: string;
}

interface GrantInputs {
  readonly client: string;
  readonly permissions: readonly string[];
}

const { endpoint, project, token } = ENVIRONMENT_VARIABLES;
const VARIABLES = [endpoint, project, token];

async function send(method: string, path: string, more: { body?: unknown; revision?: number } = {}) {
  const { body, revision } = more;
  const [endpoint, project, token] = VARIABLES.map((name) => process.env[name]);
  const response = await fetch(`${endpoint}/v1/projects/${project}/clients${path}`, {
    method,
    headers: {
      authorization: `Bearer ${token}`,
      ...(body !== undefined && { "content-type": "application/json" }),
      ...(revision !== undefined && { "if-match": `"${revision}"` }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${path} failed: ${response.status} ${text}`);
  return text === "" ? {} : JSON.parse(text);
}

const clientProvider: pulumi.dynamic.ResourceProvider<ClientInputs> = {
  async create({ name }) {
    const client = await send("POST", "", { body: { name, secretVersion: 1 } });
    return { id: client.id, outs: { ...client, clientId: client.id } };
  },
  async diff(_id, olds, news) {
    return { changes: olds.name !== news.name };
  },
  async read(id, props) {
    const client = await send("GET", `/${id}`);
    return { id, props: { ...props, ...client } };
  },
  async delete(id) {
    const { revision } = await send("GET", `/${id}`);
    await send("DELETE", `/${id}`, { revision });
  },
};

const grantProvider: pulumi.dynamic.ResourceProvider<GrantInputs> = {
  async create({ client, permissions }) {
    const grant = await send("PUT", `/${client}/permissions`, { body: { permissions }, revision: 0 });
    return { id: client, outs: grant };
  },
  async diff(_id, olds, news) {
    const [before, after] = [olds.permissions, news.permissions].map((set) => [...set].sort().join(" "));
    return { changes: before !== after };
  },
  async read(id, props) {
    const grant = await send("GET", `/${id}/permissions`);
    return { id, props: { ...props, ...grant } };
  },
  async delete(id) {
    const { revision } = await send("GET", `/${id}/permissions`);
    await send("PUT", `/${id}/permissions`, { body: { permissions: [] }, revision });
  },
};

class Client extends pulumi.dynamic.Resource {
  constructor(name: string, args: { readonly name: string }, opts?: pulumi.CustomResourceOptions) {
    super(clientProvider, name, { ...CLIENT_OUTPUTS, ...args }, { ...SECRET, ...opts });
  }
}

interface GrantArgs {
  readonly client: pulumi.Input<string>;
  readonly permissions: readonly string[];
}

class Grant extends pulumi.dynamic.Resource {
  constructor(name: string, args: GrantArgs, opts?: pulumi.CustomResourceOptions) {
    super(grantProvider, name, { ...GRANT_OUTPUTS, ...args }, opts);
  }
}

/** As many resources as an `Integration` has. */
function parentOf(name: string): pulumi.CustomResourceOptions {
  if (process.env["BENCH_COMPONENTS"] !== "true") return {};
  return { parent: new pulumi.ComponentResource("bench:index:Integration", name) };
}

const GRANT_OUTPUTS = {
  project: undefined,
  managedBy: undefined,
  revision: undefined,
  updatedBy: undefined,
  updatedTime: undefined,
};
const CLIENT_OUTPUTS = {
  ...GRANT_OUTPUTS,
  description: undefined,
  clientId: undefined,
  clientSecret: undefined,
  createdBy: undefined,
  createdTime: undefined,
};
const SECRET = { additionalSecretOutputs: ["clientSecret"] };
const permissions = select({ access: "read", maxRisk: "low" });

for (let number = 1; number <= Number(process.env["BENCH_SIZE"]); number++) {
  const options = parentOf(`client-${number}`);
  const client = new Client(`client-${number}`, { name: `Client ${number}` }, options);
  new Grant(`grant-${number}`, { client: client.id, permissions }, options);
}

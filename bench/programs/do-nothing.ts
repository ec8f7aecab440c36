// Replaces `pulumi-xtremepush/dynamic` with handlers that do nothing, so only the engine and Pulumi's SDK are measured.
import { randomUUID } from "node:crypto";
import { secret } from "pulumi-xtremepush/protocol";

type Properties = Record<string, unknown>;

const NOW = new Date().toISOString();
const CHANGE = { project: "bench", backendId: "none", revision: 1, updatedBy: "bench", updatedTime: NOW };
/** The outputs of a client that its program does not declare. */
const DECLARED = { description: null, secretVersion: 1, secretOverlap: null, publicKeys: {}, keyExpiry: {} };

function handler(idOf: (inputs: Properties) => string, outputsOf: (id: string) => Properties) {
  return {
    check: async (_olds: Properties, news: Properties) => ({ inputs: news, failures: [] }),
    diff: async () => ({ changes: false }),
    async create(inputs: Properties) {
      const id = idOf(inputs);
      return { id, outs: { ...inputs, ...outputsOf(id) } };
    },
    read: async (id: string, props: Properties) => ({ id, props, inputs: inputsOf(props) }),
    update: async (_id: string, olds: Properties, news: Properties) => ({ outs: { ...olds, ...news } }),
    delete: async () => {},
  };
}

function inputsOf({ name, client, permissions, managedBy }: Properties): Properties {
  return { ...(name === undefined ? { client, permissions } : { name }), managedBy };
}

export const apiClient = handler(
  () => randomUUID(),
  (clientId) => {
    const clientSecret = secret(randomUUID());
    return { ...CHANGE, ...DECLARED, clientId, clientSecret, createdBy: "bench", createdTime: NOW };
  },
);

export const scopeGrant = handler(
  (inputs) => String(inputs["client"]),
  () => CHANGE,
);

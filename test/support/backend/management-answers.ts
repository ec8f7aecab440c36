/** Answers of the management API, as a backend gives them. */
export const CLIENT_ID = "xpc_aaaaaaaaaaaaaaaaaaaaaaaaaa";
export const DELIVERY_ID = "xpd_aaaaaaaaaaaaaaaaaaaaaaaaaa";
export const ACTOR_ID = "xpa_aaaaaaaaaaaaaaaaaaaaaaaaaa";

const CHANGE = {
  managedBy: null,
  createdBy: "ana@acme",
  createdTime: "2026-02-03T04:05:06.789Z",
  updatedBy: "ana@acme",
  updatedTime: "2026-02-03T04:05:06.789Z",
};

export const BACKEND = { id: "b7", version: "0.1.0", epoch: 1, changedTime: null };

export const GRANT = { client: CLIENT_ID, project: "retail", permissions: ["list:profile"], revision: 1, ...CHANGE };

export const CLIENT = {
  ...{ id: CLIENT_ID, project: "retail", name: "CRM sync", description: null, secretVersion: 1 },
  ...{ secrets: [], publicKeys: {}, lastUsedTime: null, deletedTime: null },
  ...{ revision: 1, ...CHANGE },
};

export const CLIENT_CREATED = { ...CLIENT, clientSecret: null, takenOver: false };

export const problem = (status: number, code: string, more: object = {}) => ({
  status,
  body: { type: "about:blank", title: code, status, code, detail: `it is ${code}`, requestId: "xpr_7", ...more },
});

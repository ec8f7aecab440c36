import { ApiClient, ScopeGrant } from "pulumi-xtremepush";
import { permissions, select } from "xtremepush-access";

const dashboard = new ApiClient("dashboard", { name: "Reporting dashboard" });
new ScopeGrant("dashboard", { client: dashboard, permissions: select({ access: "read", maxRisk: "low" }) });

const crm = new ApiClient("crm", { name: "CRM sync", description: "Keeps profiles in step with the CRM" });
new ScopeGrant("crm", {
  client: crm,
  permissions: [permissions.import.profile, permissions.info.task, permissions.list.segment],
});

export const clientId = crm.clientId;
export const clientSecret = crm.clientSecret;

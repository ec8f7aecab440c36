import { ApiClient, ScopeGrant } from "pulumi-xtremepush";
import { permissions } from "xtremepush-access";

const crm = new ApiClient("crm", { name: "CRM sync" });
new ScopeGrant("crm", { client: crm, permissions: [permissions.import.profile, permissions.info.task] });

const warehouse = new ApiClient("warehouse", { name: "Warehouse" });
new ScopeGrant("warehouse", { client: warehouse, permissions: [permissions.list.segment, permissions.export.segment] });

export const clientIds = { crm: crm.clientId, warehouse: warehouse.clientId };

import { ApiClient, ScopeGrant } from "pulumi-xtremepush";
import { permissions } from "xtremepush-access";
import { byEnvironment } from "./by-environment";

const crm = new ApiClient("crm", { name: "CRM sync" });

new ScopeGrant("crm", {
  client: crm,
  permissions: byEnvironment({
    everywhere: [permissions.import.profile, permissions.info.task],
    beforeProduction: [permissions.list.profile],
  }),
});

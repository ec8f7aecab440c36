import * as pulumi from "@pulumi/pulumi";
import { ApiClient, ScopeGrant } from "pulumi-xtremepush";
import { type Permission, permissions } from "xtremepush-access";

/** What the CRM may do anywhere. */
const EVERYWHERE: readonly Permission[] = [permissions.import.profile, permissions.info.task];

/** What it may do before production, where real people are behind the profiles. */
const BEFORE_PRODUCTION: readonly Permission[] = [permissions.list.profile];

const isProduction = pulumi.getStack() === "production";

const crm = new ApiClient("crm", { name: "CRM sync" });
new ScopeGrant("crm", { client: crm, permissions: isProduction ? EVERYWHERE : [...EVERYWHERE, ...BEFORE_PRODUCTION] });

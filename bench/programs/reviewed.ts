// A user's program; a pull request changes the permissions of its first integrations.
import { Config } from "@pulumi/pulumi";
import { ApiClient, ScopeGrant } from "pulumi-xtremepush";
import { PERMISSION_IDS } from "xtremepush-access";

const config = new Config();

for (let number = 1; number <= config.requireNumber("size"); number++) {
  const first = number <= config.requireNumber("changed") ? 20 : 0;
  const client = new ApiClient(`client-${number}`, { name: `Client ${number}` });
  new ScopeGrant(`client-${number}`, { client, permissions: PERMISSION_IDS.slice(first, first + 20) });
}

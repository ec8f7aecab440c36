// The program of a user; a pull request gives the first ones of its integrations other permissions.
import { Config } from "@pulumi/pulumi";
import { ApiClient, ScopeGrant } from "pulumi-xtremepush";
import { PERMISSION_IDS } from "xtremepush-access";

const config = new Config();

for (let number = 1; number <= config.requireNumber("size"); number++) {
  const first = number <= config.requireNumber("changed") ? 20 : 0;
  const client = new ApiClient(`client-${number}`, { name: `Client ${number}` });
  new ScopeGrant(`client-${number}`, { client, permissions: PERMISSION_IDS.slice(first, first + 20) });
}

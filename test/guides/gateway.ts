import { ExternalApiStandIn } from "../support/gateway/external-api";
import { freePort } from "../support/process/free-port";
import type { Chapter } from "./plan";

const ID = "xpc_aaaaaaaaaaaaaaaaaaaaaaaaaa";
const APP_TOKEN = "apptoken-0123456789";
const GATEWAY_ADDRESS = "http://127.0.0.1:8430";

/** The guide to the gateway, in front of a stand-in of the External API. */
export const GATEWAY: Chapter = {
  given: async (place) => {
    const api = await ExternalApiStandIn.start(APP_TOKEN);
    place.onClose(() => api.close());
    place.call("https://external-api.xtremepush.com", api.endpoint);
    const port = await freePort();
    place.call(GATEWAY_ADDRESS, `http://127.0.0.1:${port}`);
    place.call("port: 8430", `port: ${port}`);
    // Where the README was through first, its program has the permission that the guide adds.
    place.write("index.ts", place.read("index.ts").replace("permissions.list.profile", "permissions.import.profile"));
    await place.run("pulumi up --yes");
    const { items } = await place.admin().clients.list("acme");
    place.call(ID, items.find(({ name }) => name === "CRM sync")?.id ?? ID);
  },
  notes: [
    { block: "read -rs APP_TOKEN", reason: "a person types it", input: `${APP_TOKEN}\n` },
    {
      block: "start --gateway",
      reason: "the page goes on with the backend of before",
      aside: true,
      after: async (place) => place.start("npx --no-install xtremepush-access-backend start"),
    },
    {
      block: "actor create gateway-1",
      reason: "the text says that an admin makes it",
      before: "export XTREMEPUSH_TOKEN=$(cat .xtremepush-access/admin-token)",
    },
    { block: "xtremepush-access-gateway start", reason: "it runs beside the backend", serves: GATEWAY_ADDRESS },
    {
      block: `curl --silent --json '{"limit":1}'`,
      reason: "the guide shows its answer with line breaks",
      after: async (place) => {
        place.printed = JSON.stringify(JSON.parse(place.printed), null, 2);
      },
    },
    {
      block: "pulumi up\nTOKEN=",
      reason: "the text says to add the permission",
      before: async (place) => {
        const program = place.read("index.ts");
        place.write(
          "index.ts",
          program.replace("permissions.info.task", "permissions.info.task, permissions.list.profile"),
        );
      },
    },
    { block: "analytics/new-users", reason: "a part of gateway.yaml", skip: true },
  ],
};

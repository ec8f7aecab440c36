import type { Command } from "commander";
import type { Client, Delivery } from "xtremepush-access";
import { isDeliveryCurrent } from "xtremepush-access/rules";
import { word } from "xtremepush-access/text";
import { accessFromEnvironment } from "./access";
import { findClientId, projectOption } from "./client-lookup";
import { TERMINAL, type View, writeListing } from "./output";
import { plainTime } from "./plain-time";

interface DeliveriesOptions {
  readonly project: string;
  readonly forget?: string;
  readonly json: boolean;
}

export function addClientDeliveries(command: Command): void {
  command
    .command("deliveries")
    .description("Show where the secrets of a client were delivered, and which destination has an earlier one.")
    .argument("<client>", "its client ID or its name")
    .addOption(projectOption())
    .option("--forget <delivery>", "forget the delivery of this ID, when its destination is gone")
    .option("--json", "write JSON", false)
    .addHelpText("after", '\nExample:\n  $ xtremepush-access-backend client deliveries "CRM sync" --project retail')
    .action(showDeliveries);
}

async function showDeliveries(which: string, { project, forget, json }: DeliveriesOptions): Promise<void> {
  const access = accessFromEnvironment();
  const id = await findClientId(access, project, which);
  if (forget !== undefined) {
    await access.deliveries.delete(project, id, forget);
    return TERMINAL.out(`${word(forget)} is forgotten: it holds back no rotation.`);
  }
  const client = await access.clients.get(project, id);
  await writeListing(TERMINAL, access.deliveries.list(project, id, { limit: 1_000 }), { json, view: viewOf(client) });
}

function viewOf(client: Client): View<Delivery> {
  return {
    columns: {
      DELIVERY: ({ id }) => id,
      DESTINATION: ({ destination }) => destination,
      PLACE: ({ place }) => place,
      ENVIRONMENT: ({ environment }) => environment,
      VERSION: ({ secretVersion }) => (secretVersion === null ? "no secret" : String(secretVersion)),
      STATE: (delivery) => (isDeliveryCurrent(client, delivery) ? "current" : "stale"),
      DELIVERED: ({ deliveredTime }) => plainTime(deliveredTime),
      BY: ({ deliveredBy }) => deliveredBy,
    },
    empty: "No delivery of this client is known: `xtremepush-access-env up` delivers and remembers.",
  };
}

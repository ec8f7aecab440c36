import { Command } from "commander";
import { count } from "xtremepush-access/text";
import { GATEWAY_FILE } from "../file/gateway-file";
import { readGatewayFile } from "../file/read-gateway-file";

/** `check`: whether a gateway.yaml is valid. */
export function checkCommand(): Command {
  return new Command("check")
    .description("Checks gateway.yaml, without its secrets and without a request.")
    .option("--config <file>", "the file", GATEWAY_FILE)
    .action(async ({ config }: { readonly config: string }) => {
      const { projects } = await readGatewayFile(config);
      process.stdout.write(`${config} is valid: ${count(Object.keys(projects).length, "project")}.\n`);
    });
}

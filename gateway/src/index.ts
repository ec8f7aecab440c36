export { GatewayFile } from "./file/gateway-file";
export type { LogSettings } from "./server/app";
export { type RunningGateway, type StartOptions, startGateway } from "./server/start";

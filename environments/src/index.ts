export { AccessEnv } from "./file/access-env";

export { assertValidAt, PublicKeyError, readPublicKey } from "./public-key";

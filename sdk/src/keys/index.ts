export { assertValidAt, PublicKeyError, type ReadPublicKey, readPublicKey } from "./public-key";
export { type AssertionArgs, signAssertion } from "./sign-assertion";

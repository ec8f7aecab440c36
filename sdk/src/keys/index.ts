export { assertValidAt, PublicKeyError, readPublicKey } from "./public-key";
export { type AssertionArgs, signAssertion } from "./sign-assertion";

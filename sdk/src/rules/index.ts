export { aboveCeiling } from "./above-ceiling";
export { clientSecrets } from "./client-secrets";
export { type DeliverableSecrets, type DeliveredVersion, isDeliveryCurrent } from "./delivery-current";
export { restorableUntil } from "./restorable-until";
export { type SecretChange, type SupersededSecret, secretEnd } from "./secret-end";
export {
  type ClientSecrets,
  nextSecretVersion,
  planRotation,
  type RotatableSecret,
  type RotationPlan,
  type RotationRefusal,
  type SecretEnd,
  type SecretRequest,
  type SecretRotation,
  unusedSecret,
} from "./secret-rotation";
export { type CountedTime, type NotKnown, type UnusedDays, unusedNotKnown } from "./unused-not-known";

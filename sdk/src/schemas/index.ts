// A file of schemas is public as a whole, so that a new one is named once; the fields that schemas share are not.
export * from "./access";
export * from "./actor";
export * from "./audit";
export * from "./backend";
export * from "./client";
export * from "./delivery";
export * from "./duration";
export * from "./environment";
export {
  ActorId,
  ClientId,
  DeliveryId,
  Description,
  type KnownPermission,
  ManagedBy,
  Name,
  type Page,
  PermissionId,
  PermissionSet,
  ProjectSlug,
  Revision,
  Time,
} from "./fields";
export * from "./grant";
export * from "./oauth";
export * from "./problem";
export * from "./project";
export * from "./public-key";
export * from "./trust";
export * from "./use";

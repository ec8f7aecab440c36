export { permissions } from "./accessors";
export {
  ACCESS_KINDS,
  type Access,
  DATA_KINDS,
  type DataKind,
  EVIDENCE_KINDS,
  type Evidence,
  type PermissionEntry,
  RISKS,
  type Risk,
} from "./entry";
export { assertPermission, nearestPermission, unknownPermissionMessage } from "./nearest";
export {
  isPermission,
  PERMISSION_IDS,
  PERMISSIONS,
  type Permission,
  type PermissionInfo,
  sortPermissions,
} from "./permissions";
export { GROUPS, type Group, SCOPES, type Scope } from "./scopes";
export { type Selection, select } from "./select";

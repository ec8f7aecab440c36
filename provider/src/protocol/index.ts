export { CONFIGURATION_KEYS, CONFIGURATION_NAMESPACE, ENVIRONMENT_VARIABLES, type SettingName } from "./configuration";
export { SECRET_KEY, SECRET_MARK, secret, UNKNOWN } from "./marks";
export { composeOwner, DECLARED_BY, type DeclaredOwner, type ParsedOwner, parseOwner, parseOwnerIn } from "./owner";
export { placeholderIndex, placeholderKey } from "./permission-keys";
export {
  INTEGRATION_TYPE,
  PROVIDER_PACKAGE,
  PROVIDER_TYPE,
  RESOURCE_MODULE,
  RESOURCE_TYPES,
  STACK_TYPE,
} from "./resource-types";
export { ROTATION_VARIABLE, requestedVersion, rotationRequest } from "./rotation";
export { composeUrn, nameOf, providerUrnOf, type StackName, stackOf, typeOf, type UrnParts, urnPrefix } from "./urn";

export { ApiClient, type ApiClientArgs } from "./api-client";
export { Integration, type IntegrationArgs } from "./integration";
export { Provider, type ProviderArgs } from "./provider";
export { ScopeGrant, type ScopeGrantArgs } from "./scope-grant";

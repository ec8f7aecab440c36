import type { Resource } from "../run/resource";
import { GrantInputs } from "./inputs";
import { scopeGrantLifecycle } from "./lifecycle";
import { GrantState } from "./state";

/** `ScopeGrant`: its id is the client ID, and its set is the client's whole set. */
export const SCOPE_GRANT: Resource<GrantInputs, GrantState> = {
  noun: "the grant of client",
  inputs: GrantInputs,
  state: GrantState,
  lifecycle: scopeGrantLifecycle,
};

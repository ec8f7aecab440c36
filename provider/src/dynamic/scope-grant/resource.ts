import type { Resource } from "../run/resource";
import { GrantInputs } from "./inputs";
import { scopeGrantLifecycle } from "./lifecycle";
import { GrantState } from "./state";

/** `ScopeGrant`: its id is the client's, and its set is the whole set of that client. */
export const SCOPE_GRANT: Resource<GrantInputs, GrantState> = {
  noun: "the grant of client",
  inputs: GrantInputs,
  state: GrantState,
  lifecycle: scopeGrantLifecycle,
};

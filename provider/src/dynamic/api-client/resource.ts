import type { Resource } from "../run/resource";
import { ClientInputs } from "./inputs";
import { apiClientLifecycle } from "./lifecycle";
import { ClientState } from "./state";

/** `ApiClient`: its id is the client ID. */
export const API_CLIENT: Resource<ClientInputs, ClientState> = {
  noun: "client",
  inputs: ClientInputs,
  state: ClientState,
  lifecycle: apiClientLifecycle,
};

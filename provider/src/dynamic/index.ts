import { apiClientHandler } from "./api-client/lifecycle";
import { warnThroughEngine } from "./run/engine-warning";
import { endWithEngine } from "./run/engine-watch";
import { Session } from "./run/session";
import { scopeGrantHandler } from "./scope-grant/lifecycle";

// These exports are named by the `__provider` text in every state: their names never change.
const session = new Session(process.env, warnThroughEngine);
endWithEngine(process.argv, () => process.exit(1));

/** The handlers of `ApiClient`, for the dynamic provider's process. */
export const apiClient = apiClientHandler(session);

/** The handlers of `ScopeGrant`, for the dynamic provider's process. */
export const scopeGrant = scopeGrantHandler(session);

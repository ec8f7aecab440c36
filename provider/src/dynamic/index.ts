import { apiClientHandler } from "./api-client";
import { warnThroughEngine } from "./engine-warning";
import { endWithEngine } from "./engine-watch";
import { scopeGrantHandler } from "./scope-grant";
import { Session } from "./session";

// These exports are named by the `__provider` text in every state: their names never change.
const session = new Session(process.env, warnThroughEngine);
endWithEngine(process.argv, () => process.exit(1));

/** The handlers of `ApiClient`, for the dynamic provider's process. */
export const apiClient = apiClientHandler(session);

/** The handlers of `ScopeGrant`, for the dynamic provider's process. */
export const scopeGrant = scopeGrantHandler(session);

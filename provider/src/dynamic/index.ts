import { API_CLIENT } from "./api-client/resource";
import { ENGINE_LOG } from "./run/engine-log";
import { endWithEngine } from "./run/engine-watch";
import { FailedRun } from "./run/failed-run";
import { dropNotes } from "./run/failure";
import { withNamedErrors } from "./run/named-errors";
import { handlerOf } from "./run/resource";
import { Session } from "./run/session";
import { SCOPE_GRANT } from "./scope-grant/resource";

// The `__provider` string in every state names these exports: they never change.
const session = new Session(process.env, ENGINE_LOG);
const run = new FailedRun();
dropNotes(console);
endWithEngine(process.argv, () => process.exit(1));

/** The handlers of `ApiClient`, for the dynamic provider's process. */
export const apiClient = withNamedErrors(run.guard(handlerOf(session, API_CLIENT)));

/** The handlers of `ScopeGrant`, for the dynamic provider's process. */
export const scopeGrant = withNamedErrors(run.guard(handlerOf(session, SCOPE_GRANT)));

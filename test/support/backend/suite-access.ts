import { AccessClient } from "xtremepush-access";
import { startTestBackend, type TestBackend } from "./backend";

/** A backend and AccessClients of its actors. */
export interface SuiteAccess {
  readonly backend: TestBackend;
  /** The project that is there from the start is `retail`. */
  readonly admin: AccessClient;
  readonly editor: AccessClient;
  readonly viewer: AccessClient;
  /** Without any token. */
  readonly nobody: AccessClient;
}

// One for all suites of the client: starting a database takes seconds, and the suites use names of their own.
let shared: Promise<SuiteAccess> | undefined;

after(async () => {
  await (await shared)?.backend.close();
  // The next file in the same process starts its own.
  shared = undefined;
});

/** Starts the shared backend before the suite, if it does not run yet; the answer is there while tests run. */
export function suiteAccess(): () => SuiteAccess {
  let access: SuiteAccess | undefined;
  before(async function () {
    this.timeout(60_000);
    shared ??= start();
    access = await shared;
  });
  return () => {
    if (access === undefined) throw new Error("the suite's backend is there only while its tests run");
    return access;
  };
}

async function start(): Promise<SuiteAccess> {
  const backend = await startTestBackend();
  const { endpoint } = backend;
  const as = (token?: string) => new AccessClient({ endpoint, token, maxRetries: 0 });
  const admin = as(backend.adminToken);
  await admin.projects.create({ slug: "retail", name: "Retail" });
  const editor = as(await backend.makeActor("editor", ["retail"], { name: "ci" }));
  const viewer = as(await backend.makeActor("viewer", ["retail"], { name: "eva" }));
  return { backend, admin, editor, viewer, nobody: as() };
}

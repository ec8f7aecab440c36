import { AccessClient } from "xtremepush-access";
import { startTestBackend, type TestBackend } from "./backend";

/** A backend for all tests of a suite, and AccessClients of its actors. */
export interface SuiteAccess {
  readonly backend: TestBackend;
  /** The project that is there from the start is `retail`. */
  readonly admin: AccessClient;
  readonly editor: AccessClient;
  readonly viewer: AccessClient;
  /** Without any token. */
  readonly nobody: AccessClient;
}

/** Starts a backend before the suite and stops it after; the answer is there while tests run. */
export function suiteAccess(): () => SuiteAccess {
  let access: SuiteAccess | undefined;
  before(async () => {
    const backend = await startTestBackend();
    const { endpoint } = backend;
    const as = (token?: string) => new AccessClient({ endpoint, token, maxRetries: 0 });
    const admin = as(backend.adminToken);
    await admin.projects.create({ slug: "retail", name: "Retail" });
    const editor = as(await backend.makeActor("editor", ["retail"], { name: "ci" }));
    const viewer = as(await backend.makeActor("viewer", ["retail"], { name: "eva" }));
    access = { backend, admin, editor, viewer, nobody: as() };
  });
  after(() => access?.backend.close());
  return () => {
    if (access === undefined) throw new Error("the suite's backend is there only while its tests run");
    return access;
  };
}

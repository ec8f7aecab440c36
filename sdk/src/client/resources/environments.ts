import {
  Environment,
  EnvironmentDeleteQuery,
  EnvironmentHeartbeat,
  EnvironmentLockTake,
  EnvironmentPage,
  EnvironmentPut,
  EnvironmentPutAnswer,
  EnvironmentQuery,
  EnvironmentUnlockQuery,
} from "../../schemas/environment";
import type { Core } from "../core";
import { Listing } from "../page";
import { type EnvironmentAddress, environmentPath, projectPath } from "../path";
import { type CallOptions, parseInput } from "../request";

/** Options of the delete of an environment. */
interface EnvironmentDeleteOptions extends CallOptions {
  /** The run that has the lock. @default nobody may have it */
  readonly run?: string | undefined;
}

/** Calls about the environments of programs: how long they live, and which run is changing them. */
export class EnvironmentsResource {
  readonly #core: Core;

  constructor(core: Core) {
    this.#core = core;
  }

  /**
   * Lists the environments of all projects that the actor sees. Those whose time to live is over come first.
   *
   * @throws AccessError when a page cannot be read.
   */
  list(query: EnvironmentQuery = {}, options?: CallOptions): Listing<Environment> {
    return this.#list(["v1", "environments"], query, options);
  }

  /**
   * Lists the environments of a project. Those whose time to live is over come first.
   *
   * @throws NotFoundError with `project_not_found`; another AccessError when a page cannot be read.
   */
  ofProject(project: string, query: EnvironmentQuery = {}, options?: CallOptions): Listing<Environment> {
    return this.#list([...projectPath("environments.ofProject", project), "environments"], query, options);
  }

  /**
   * Reads an environment.
   *
   * @throws NotFoundError with `environment_not_found`; another AccessError for any other failure.
   */
  async get(address: EnvironmentAddress, options?: CallOptions): Promise<Environment> {
    const path = environmentPath("environments.get", address);
    return this.#core.call({ method: "GET", path, answer: Environment, repeatable: true, options });
  }

  /**
   * Makes an environment, or starts its time to live again.
   *
   * @throws ConflictError with `too_many_environments` when the pattern has as many as it may have; another AccessError
   * for any other failure.
   */
  async put(
    address: EnvironmentAddress,
    environment: EnvironmentPut,
    options?: CallOptions,
  ): Promise<EnvironmentPutAnswer> {
    const path = environmentPath("environments.put", address);
    const json = parseInput("environments.put", EnvironmentPut, environment);
    return this.#core.call({ method: "PUT", path, json, answer: EnvironmentPutAnswer, repeatable: true, options });
  }

  /**
   * Removes an environment from the backend, with its lock; its clients and its stack are not looked at.
   *
   * @throws NotFoundError with `environment_not_found`, ConflictError with `environment_locked` or `lock_lost`; another
   * AccessError for any other failure.
   */
  async delete(address: EnvironmentAddress, { run, ...options }: EnvironmentDeleteOptions = {}): Promise<void> {
    const path = environmentPath("environments.delete", address);
    const query = run === undefined ? {} : parseInput("environments.delete", EnvironmentDeleteQuery, { run });
    return this.#core.call({ method: "DELETE", path, query, answer: null, repeatable: true, options });
  }

  /**
   * Takes the lock of an environment for a run, also over from a run that has not been seen for a minute. The run that
   * has it keeps it, so a lost answer is retried.
   *
   * @throws ConflictError with `environment_locked` while another run has it: `lock` says which; another AccessError for
   * any other failure.
   */
  async lock(address: EnvironmentAddress, lock: EnvironmentLockTake, options?: CallOptions): Promise<Environment> {
    const path = [...environmentPath("environments.lock", address), "lock"];
    const json = parseInput("environments.lock", EnvironmentLockTake, lock);
    return this.#core.call({ method: "PUT", path, json, answer: Environment, repeatable: true, options });
  }

  /**
   * Reports that a run still works. Call it every 10 seconds: after a minute without, another run takes over the lock.
   *
   * @throws ConflictError with `lock_lost`; another AccessError for any other failure.
   */
  async heartbeat(address: EnvironmentAddress, run: string, options?: CallOptions): Promise<Environment> {
    const path = [...environmentPath("environments.heartbeat", address), "lock", "heartbeat"];
    const json = parseInput("environments.heartbeat", EnvironmentHeartbeat, { run });
    return this.#core.call({ method: "POST", path, json, answer: Environment, repeatable: true, options });
  }

  /**
   * Gives the lock of a run back; does nothing when the run does not have it. A run that finished its work ends the
   * memory of runs that died before it.
   *
   * @throws AccessError when the backend cannot be asked.
   */
  async unlock(
    address: EnvironmentAddress,
    { run, finished }: { readonly run: string; readonly finished: boolean },
    options?: CallOptions,
  ): Promise<void> {
    const path = [...environmentPath("environments.unlock", address), "lock"];
    const query = parseInput("environments.unlock", EnvironmentUnlockQuery, { run, finished: String(finished) });
    return this.#core.call({ method: "DELETE", path, query, answer: null, repeatable: true, options });
  }

  #list(path: readonly string[], query: EnvironmentQuery, options: CallOptions | undefined): Listing<Environment> {
    return new Listing(query, async (asked) => {
      const page = parseInput("environments.list", EnvironmentQuery, asked);
      return this.#core.call({ method: "GET", path, query: page, answer: EnvironmentPage, repeatable: true, options });
    });
  }
}

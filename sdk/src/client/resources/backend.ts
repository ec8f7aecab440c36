import { Backend } from "../../schemas/backend";
import type { Core } from "../core";
import type { CallOptions } from "../request";

/** Calls about the backend itself. */
export class BackendResource {
  readonly #core: Core;

  constructor(core: Core) {
    this.#core = core;
  }

  /**
   * Reads the backend's identity and version.
   *
   * @throws AccessError when the backend cannot be reached or refuses the token.
   */
  get(options?: CallOptions): Promise<Backend> {
    return this.#core.call({ method: "GET", path: ["v1", "backend"], answer: Backend, repeatable: true, options });
  }
}

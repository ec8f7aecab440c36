import { PermissionList } from "../../schemas/backend";
import type { Core } from "../core";
import type { CallOptions } from "../request";

/** Calls about the permissions that the backend knows; a newer backend may know more than this package. */
export class CatalogResource {
  readonly #core: Core;

  constructor(core: Core) {
    this.#core = core;
  }

  /**
   * Lists all permissions at once.
   *
   * @throws AccessError when the backend cannot be reached or refuses the token.
   */
  list(options?: CallOptions): Promise<PermissionList> {
    return this.#core.call({
      method: "GET",
      path: ["v1", "permissions"],
      answer: PermissionList,
      repeatable: true,
      options,
    });
  }
}

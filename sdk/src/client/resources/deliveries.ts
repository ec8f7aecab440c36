import { Delivery, DeliveryPage, DeliveryPut, DeliveryQuery } from "../../schemas/delivery";
import { ListQuery } from "../../schemas/project";
import type { Core } from "../core";
import { ValidationError } from "../errors";
import { Listing } from "../page";
import { clientPath, deliveryPath, projectPath } from "../path";
import { type CallOptions, parseInput } from "../request";

/** Whether a backend of the version before refuses the names, which it does not know. */
function isWithoutNames(error: unknown): boolean {
  if (!ValidationError.is(error)) return false;
  // A key that it does not know is an error of the whole body, whose message names it.
  return error.errors.some(({ field, message }) => field === "names" || /\bkeys?\b.*"names"/.test(message));
}

/** Calls about where the credentials of a client were delivered. */
export class DeliveriesResource {
  readonly #core: Core;

  constructor(core: Core) {
    this.#core = core;
  }

  /**
   * Lists the deliveries of a client.
   *
   * @throws NotFoundError with `client_not_found`; another AccessError for any other failure.
   */
  list(project: string, client: string, query: ListQuery = {}, options?: CallOptions): Listing<Delivery> {
    return new Listing(query, async (asked) => {
      const path = [...clientPath("deliveries.list", project, client), "deliveries"];
      const page = parseInput("deliveries.list", ListQuery, asked);
      return this.#core.call({ method: "GET", path, query: page, answer: DeliveryPage, repeatable: true, options });
    });
  }

  /**
   * Lists the deliveries of all clients of a project, or of one environment of it.
   *
   * @throws NotFoundError with `project_not_found`; another AccessError for any other failure.
   */
  ofProject(project: string, query: DeliveryQuery = {}, options?: CallOptions): Listing<Delivery> {
    return new Listing(query, async (asked) => {
      const path = [...projectPath("deliveries.ofProject", project), "deliveries"];
      const page = parseInput("deliveries.ofProject", DeliveryQuery, asked);
      return this.#core.call({ method: "GET", path, query: page, answer: DeliveryPage, repeatable: true, options });
    });
  }

  /**
   * Remembers that a version of the secret is at a destination. A second call with the same delivery changes nothing. A
   * backend of the version before does not remember the names; the first call to one of now does.
   *
   * @throws NotFoundError with `client_not_found`; another AccessError for any other failure.
   */
  async put(project: string, client: string, delivery: DeliveryPut, options?: CallOptions): Promise<Delivery> {
    const path = [...clientPath("deliveries.put", project, client), "deliveries"];
    const { names, ...known } = parseInput("deliveries.put", DeliveryPut, delivery);
    const put = (json: object) =>
      this.#core.call({ method: "PUT", path, json, answer: Delivery, repeatable: true, options });
    if (names.length === 0) return put(known);
    try {
      return await put({ ...known, names });
    } catch (error) {
      if (!isWithoutNames(error)) throw error;
      return put(known);
    }
  }

  /**
   * Forgets a delivery, after the credential was removed from its place. One that is not there is forgotten already.
   *
   * @throws NotFoundError with `client_not_found`; another AccessError for any other failure.
   */
  async delete(project: string, client: string, delivery: string, options?: CallOptions): Promise<void> {
    const path = deliveryPath("deliveries.delete", { project, client, delivery });
    await this.#core.call({ method: "DELETE", path, answer: null, repeatable: true, options });
  }
}

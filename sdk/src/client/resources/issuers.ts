import { Issuer, IssuerCreate, IssuerName, IssuerPage } from "../../schemas/trust";
import type { Core } from "../core";
import { type CallOptions, parseInput } from "../request";

/** Calls about the issuers of ID tokens; only admins may make them. */
export class IssuersResource {
  readonly #core: Core;

  constructor(core: Core) {
    this.#core = core;
  }

  /**
   * Registers an issuer, so that actors can trust its ID tokens.
   *
   * @throws ConflictError with `name_taken` when an issuer has the name or the URL; another AccessError for any other failure.
   */
  async create(issuer: IssuerCreate, options?: CallOptions): Promise<Issuer> {
    const json = parseInput("issuers.create", IssuerCreate, issuer);
    return this.#core.call({
      ...{ method: "POST", path: ["v1", "issuers"], json, answer: Issuer, repeatable: false, options },
    });
  }

  /** Lists all issuers. @throws AccessError when the call fails. */
  async list(options?: CallOptions): Promise<readonly Issuer[]> {
    const path = ["v1", "issuers"];
    return (await this.#core.call({ method: "GET", path, answer: IssuerPage, repeatable: true, options })).items;
  }

  /**
   * Removes an issuer.
   *
   * @throws ConflictError with `issuer_in_use` while actors trust it; NotFoundError with `issuer_not_found`.
   */
  async remove(name: string, options?: CallOptions): Promise<void> {
    const path = ["v1", "issuers", parseInput("issuers.remove", IssuerName, name)];
    return this.#core.call({ method: "DELETE", path, answer: null, repeatable: true, options });
  }
}

import type { Page } from "../schemas/fields";
import { UnexpectedAnswerError } from "./errors";

type Load<Item> = (cursor: string | undefined) => Promise<Page<Item>>;

/**
 * A listing that has not been sent yet: awaiting it loads its first page, iterating it loads page after page.
 *
 * @example
 * ```ts
 * const { items, nextCursor } = await access.clients.list("retail");
 * for await (const client of access.clients.list("retail", { limit: 1_000 })) console.log(client.name);
 * ```
 */
export class Listing<Item> implements PromiseLike<Page<Item>>, AsyncIterable<Item> {
  readonly #load: Load<Item>;
  #first: Promise<Page<Item>> | undefined;

  constructor(load: Load<Item>) {
    this.#load = load;
  }

  // biome-ignore lint/suspicious/noThenProperty: a listing is awaited for its first page
  then<Value = Page<Item>, Failure = never>(
    onPage?: ((page: Page<Item>) => Value | PromiseLike<Value>) | null,
    onFailure?: ((reason: unknown) => Failure | PromiseLike<Failure>) | null,
  ): Promise<Value | Failure> {
    this.#first ??= this.#load(undefined);
    return this.#first.then(onPage, onFailure);
  }

  async *[Symbol.asyncIterator](): AsyncIterator<Item> {
    let page = await this.#load(undefined);
    yield* page.items;
    while (page.nextCursor !== null) {
      const cursor = page.nextCursor;
      page = await this.#load(cursor);
      if (page.nextCursor === cursor) throw circle();
      yield* page.items;
    }
  }
}

function circle(): UnexpectedAnswerError {
  const detail = "the backend answers a page that leads to itself";
  return new UnexpectedAnswerError(detail, { code: "unexpected_answer", detail });
}

import type { Page } from "../schemas/fields";
import { UnexpectedAnswerError } from "./errors";

/** The page to load, and any filters. */
interface Query {
  readonly cursor?: string | undefined;
}

type Load<Item> = (query: Query) => Promise<Page<Item>>;

/**
 * A list request that is not sent yet: await it to load the first page, or iterate it to load page after page.
 *
 * @example
 * ```ts
 * const { items, nextCursor } = await access.clients.list("retail");
 * for await (const client of access.clients.list("retail", { limit: 1_000 })) console.log(client.name);
 * ```
 */
export class Listing<Item> implements PromiseLike<Page<Item>>, AsyncIterable<Item> {
  readonly #query: Query;
  readonly #load: Load<Item>;
  #first: Promise<Page<Item>> | undefined;

  constructor(query: Query, load: Load<Item>) {
    this.#query = query;
    this.#load = load;
  }

  // biome-ignore lint/suspicious/noThenProperty: await loads the first page
  then<Value = Page<Item>, Failure = never>(
    onPage?: ((page: Page<Item>) => Value | PromiseLike<Value>) | null,
    onFailure?: ((reason: unknown) => Failure | PromiseLike<Failure>) | null,
  ): Promise<Value | Failure> {
    this.#first ??= this.#load(this.#query);
    return this.#first.then(onPage, onFailure);
  }

  async *[Symbol.asyncIterator](): AsyncIterator<Item> {
    let page = await this.#load(this.#query);
    yield* page.items;
    while (page.nextCursor !== null) {
      const cursor = page.nextCursor;
      page = await this.#load({ ...this.#query, cursor });
      if (page.nextCursor === cursor) throw createLoopError();
      yield* page.items;
    }
  }
}

function createLoopError(): UnexpectedAnswerError {
  const detail = "the backend returned a page that links to itself";
  return new UnexpectedAnswerError(detail, { code: "unexpected_answer", detail });
}

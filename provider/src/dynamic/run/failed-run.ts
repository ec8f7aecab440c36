import { word } from "xtremepush-access/text";
import { nameOf, parseOwner, typeOf } from "../../protocol";
import { Failure } from "./failure";
import type { Handler, Properties } from "./wire";

/**
 * Keeps a run in which a client or a grant has failed from deleting others.
 *
 * With `--continue-on-error`, the engine also deletes what the program did not come to declare, because it depends on what
 * failed: a grant whose client could not be renamed. The next run without an error deletes what is really gone.
 */
export class FailedRun {
  #failed: string | null = null;

  /** Returns the handlers with this rule; those of one process share it. */
  guard(handler: Handler): Handler {
    return {
      configure: (request) => handler.configure(request),
      check: async (olds, news) => {
        const checked = await this.#noting(news, handler.check(olds, news));
        if (checked.failures.length > 0) this.#note(news);
        return checked;
      },
      diff: (id, olds, news) => this.#noting(news, handler.diff(id, olds, news)),
      create: (inputs) => this.#noting(inputs, handler.create(inputs)),
      read: (id, props) => handler.read(id, props),
      update: (id, olds, news) => this.#noting(news, handler.update(id, olds, news)),
      delete: async (id, props) => {
        this.#assertMayDelete();
        return handler.delete(id, props);
      },
    };
  }

  async #noting<T>(inputs: Properties, work: Promise<T>): Promise<T> {
    try {
      return await work;
    } catch (error) {
      this.#note(inputs);
      throw error;
    }
  }

  #note({ managedBy }: Properties): void {
    const urn = typeof managedBy === "string" ? parseOwner(managedBy)?.urn : undefined;
    this.#failed ??= urn === undefined ? "a resource" : `${typeOf(urn).split(":").at(-1)} ${word(nameOf(urn))}`;
  }

  #assertMayDelete(): void {
    if (this.#failed === null) return;
    throw new Failure(
      `nothing is deleted, because ${this.#failed} failed in this run, and with --continue-on-error Pulumi also deletes what the program did not come to declare after that: fix that error, and run \`pulumi up\` again, which deletes what is gone from the program`,
    );
  }
}

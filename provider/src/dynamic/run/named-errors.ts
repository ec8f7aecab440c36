import { word } from "xtremepush-access/text";
import { engineText } from "../../engine-text";
import { nameOf, parseOwner, typeOf } from "../../protocol";
import { Failure, PartialFailure } from "./failure";
import type { Handler, Properties } from "./wire";

/**
 * Begins the message of each error with its resource, `ApiClient crm: …`, because `--diff` shows errors without one. The
 * engine itself names the resource of a failed check.
 */
export function withNamedErrors(handler: Handler): Handler {
  return {
    configure: (request) => handler.configure(request),
    check: (olds, news) => handler.check(olds, news),
    diff: (id, olds, news) => naming(news, handler.diff(id, olds, news)),
    create: (inputs) => naming(inputs, handler.create(inputs)),
    read: (id, props) => naming(props, handler.read(id, props)),
    update: (id, olds, news) => naming(news, handler.update(id, olds, news)),
    delete: (id, props) => naming(props, handler.delete(id, props)),
  };
}

/** Takes the owner that the resource wrote, because the live one in a state may be another program's. */
async function naming<T>({ owner, managedBy }: Properties, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    const urn = parseOwner(textOf(owner) ?? textOf(managedBy))?.urn;
    if (!(error instanceof Failure) || urn === undefined) throw error;
    error.message = engineText(`${typeOf(urn).split(":").at(-1)} ${word(nameOf(urn), NAME_MAX)}: ${error.message}`);
    // The engine shows these of a change that was made in part.
    if (error instanceof PartialFailure) Object.assign(error, { reasons: [error.message] });
    throw error;
  }
}

const NAME_MAX = 100;

function textOf(value: unknown): string | null {
  return typeof value === "string" ? value : null;
}

/** How often a callback may use a stand-in; a loop over one may never end. */
const USES_MAX = 10_000;
const TEXT = "1";
/** How many elements a stand-in has for a loop or a pattern: more than most texts have parts. */
const ELEMENTS = 10;

const standIns = new WeakSet<object>();

/**
 * Makes a value that takes the place of any unknown value: each member, element and result of it is the value itself, and
 * it calls each function that it receives.
 */
export function createStandIn(): unknown {
  let uses = 0;
  const use = () => {
    uses += 1;
    if (uses > USES_MAX) throw new RangeError("a callback uses its value without end");
  };
  const standIn: object = new Proxy(() => {}, {
    get(_, key) {
      use();
      return memberOf(standIn, key);
    },
    apply(_, __, values: readonly unknown[]) {
      use();
      for (const value of values) if (isCallable(value)) value(standIn, standIn, standIn);
      return standIn;
    },
    has: () => true,
    set: () => true,
    defineProperty: () => true,
    deleteProperty: () => true,
    ownKeys: () => ["key"],
    getOwnPropertyDescriptor: () => ({ value: standIn, configurable: true, enumerable: true, writable: true }),
  });
  standIns.add(standIn);
  return standIn;
}

/** Whether a value is a stand-in. */
export function isStandIn(value: unknown): boolean {
  return typeof value === "function" && standIns.has(value);
}

function isCallable(value: unknown): value is (...values: readonly unknown[]) => unknown {
  return typeof value === "function" && !standIns.has(value);
}

function memberOf(standIn: object, key: string | symbol): unknown {
  switch (key) {
    case Symbol.toPrimitive:
      return (hint: string) => (hint === "number" ? Number(TEXT) : TEXT);
    case Symbol.iterator:
      return () => Array.from({ length: ELEMENTS }, () => standIn).values();
    case "toString":
    case "toJSON":
      return () => TEXT;
    case "length":
    case "size":
      return 1;
    case "then":
      return undefined;
    default:
      // Pulumi recognizes its own objects by names that start with two underscores.
      return typeof key === "symbol" || key.startsWith("__") ? undefined : standIn;
  }
}

/** Copies a value and replaces its unknown parts; a value without such a part is unknown as a whole. */
export function withStandIn(value: unknown, isUnknown: (part: unknown) => boolean, standIn: unknown): unknown {
  let found = false;
  const copies = new Map<object, unknown>();
  const copyOf = (part: unknown): unknown => {
    if (isUnknown(part)) {
      found = true;
      return standIn;
    }
    if (typeof part !== "object" || part === null || !isPlain(part)) return part;
    if (copies.has(part)) return copies.get(part);
    const copy: Record<string, unknown> | unknown[] = Array.isArray(part) ? [] : {};
    copies.set(part, copy);
    for (const [key, inner] of Object.entries(part)) Reflect.set(copy, key, copyOf(inner));
    return copy;
  };
  const copy = copyOf(value);
  return found ? copy : standIn;
}

function isPlain(part: object): boolean {
  return Array.isArray(part) || [Object.prototype, null].includes(Object.getPrototypeOf(part));
}

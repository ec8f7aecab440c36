/**
 * Remembers which resource of the program declares what. One process serves one run, and each resource of the run that has
 * a new declaration is checked in it.
 */
export class Declarations {
  readonly #owners = new Map<string, string>();

  /**
   * Remembers the resource that declares a thing. The engine may check a resource several times, for example to replace it.
   *
   * @returns the owner of another resource that already declares the thing; otherwise null.
   */
  claim(thing: string, owner: string | null | undefined): string | null {
    if (owner === null || owner === undefined) return null;
    const first = this.#owners.get(thing) ?? owner;
    this.#owners.set(thing, first);
    return first === owner ? null : first;
  }
}

import { parseOwner } from "../../protocol";

/**
 * Remembers which resource of the program declares what, and the earlier names of the program. One process serves one run,
 * and each resource of the run that has a new declaration is checked in it.
 */
export class Declarations {
  readonly #owners = new Map<string, string>();
  /** The owners of all resources that this run has checked, and their programs. */
  readonly #declared = new Set<string>();
  readonly #programs = new Set<string>();
  /** The program of this run by its earlier names, from before its owner or stack was renamed. */
  readonly #renamed = new Map<string, string>();

  /** Remembers a resource of the program by its owner. */
  declare(owner: unknown): void {
    if (typeof owner !== "string") return;
    this.#declared.add(owner);
    const program = parseOwner(owner)?.program;
    if (program !== undefined) this.#programs.add(program);
  }

  /** Whether an owner is of the program of this run, or the run has checked no resource that shows its program. */
  mayBePresent(owner: string): boolean {
    const program = parseOwner(owner)?.program;
    return this.#programs.size === 0 || (program !== undefined && this.#programs.has(program));
  }

  /** Whether the program declares the resource that an owner names. */
  isDeclared(owner: string): boolean {
    return this.#declared.has(owner);
  }

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

  /**
   * Remembers the new name of a program from a resource of it, which the run has checked.
   *
   * A refresh compares the state with itself before any check: there the new owner is only the live one, which may be
   * another program's.
   *
   * @param before - The owner that the resource itself last wrote.
   */
  rememberRename(before: string | null, now: string | null | undefined): void {
    if (typeof now !== "string" || !this.#declared.has(now)) return;
    const [old, current] = [parseOwner(before), parseOwner(now)];
    if (old === null || current === null || old.program === current.program) return;
    this.#renamed.set(old.program, current.program);
  }

  /** The program of an owner by the name there, and by its present one after a rename. */
  programsOf(owner: string | null): readonly string[] {
    const program = parseOwner(owner)?.program;
    if (program === undefined) return [];
    const current = this.#renamed.get(program);
    return current === undefined ? [program] : [current, program];
  }

  /** The owner by the name that its program has in this run, where a resource of the run has shown that. */
  presentName(owner: string): string {
    const program = parseOwner(owner)?.program;
    const current = program === undefined ? undefined : this.#renamed.get(program);
    return program === undefined || current === undefined ? owner : `${current}${owner.slice(program.length)}`;
  }

  /**
   * Whether an owner is this resource under the earlier name of its program.
   *
   * Use it only in a check, for a thing that a replacement deletes. After `pulumi state move` the program of before still
   * exists, so a write must not rely on this.
   */
  isEarlierName(before: string | null, now: string | null): boolean {
    if (before === null) return false;
    const present = this.presentName(before);
    return present !== before && present === now;
  }

  /**
   * Whether an owner is this resource under the name that its program has in this run, as the resources that the run declares
   * show it. Use it only before a delete.
   */
  isPresentName(before: string | null, now: string | null): boolean {
    const [old, current] = [parseOwner(before), parseOwner(now)];
    if (old === null || current === null || !this.#programs.has(current.program)) return false;
    return before?.slice(old.program.length) === now?.slice(current.program.length);
  }
}

/**
 * Returns the permissions that an actor may not cause anybody to have: those outside of its ceiling.
 *
 * @param ceiling - null when the actor has none, so that it may cause all.
 */
export function aboveCeiling(ceiling: readonly string[] | null, permissions: readonly string[]): readonly string[] {
  if (ceiling === null) return [];
  return permissions.filter((permission) => !ceiling.includes(permission));
}

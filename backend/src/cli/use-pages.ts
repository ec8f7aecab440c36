import type { AccessClient, ClientGrantedUse, ProjectUsePage, ProjectUseQuery } from "xtremepush-access";

/** What is used in a project. */
export interface ProjectUse {
  readonly reported: ProjectUsePage["reported"];
  /** Why nothing is known to be unused; null when it is known, or was not asked. */
  readonly notKnown: ProjectUsePage["notKnown"];
  readonly items: readonly ClientGrantedUse[];
}

/** Reads all pages. */
export async function readUse(access: AccessClient, project: string, query: ProjectUseQuery): Promise<ProjectUse> {
  const first = await access.use.ofProject(project, { limit: 1_000, ...query });
  const items = [...first.items];
  for (let { nextCursor } = first; nextCursor !== null; ) {
    const page = await access.use.ofProject(project, { limit: 1_000, ...query, cursor: nextCursor });
    items.push(...page.items);
    ({ nextCursor } = page);
  }
  return { reported: first.reported, notKnown: first.notKnown, items };
}

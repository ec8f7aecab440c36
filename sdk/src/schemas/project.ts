import { z } from "zod";
import { Name, ProjectSlug, pageOf, pageQuery, Time } from "./fields";

/** Holds clients; its slug is part of every address and never changes. */
export const Project = z.looseObject({
  slug: z.string(),
  name: z.string(),
  createdBy: z.string(),
  createdTime: Time,
});
export type Project = z.output<typeof Project>;

/** The slug never changes; the name is for people and is the slug when left out. */
export const ProjectCreate = z.strictObject({ slug: ProjectSlug, name: Name.optional() });
export type ProjectCreate = z.input<typeof ProjectCreate>;

/** Which page of a listing, and how many items it has at most. */
export const ListQuery = z.strictObject(pageQuery);
export type ListQuery = Partial<z.input<typeof ListQuery>>;

/** One page of the projects that the actor may see. */
export const ProjectPage = pageOf(Project);

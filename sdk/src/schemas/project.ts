import { z } from "zod";
import { Name, ProjectSlug, pageOf, pageQuery, Time } from "./fields";

/** A project contains clients; its slug is part of every address and never changes. */
export const Project = z.looseObject({
  slug: z.string(),
  name: z.string(),
  createdBy: z.string(),
  createdTime: Time,
});
export type Project = z.output<typeof Project>;

/** The request that creates a project: the slug never changes; the name is for people, the slug by default. */
export const ProjectCreate = z.strictObject({ slug: ProjectSlug, name: Name.optional() });
export type ProjectCreate = z.input<typeof ProjectCreate>;

/** Which page of a listing to read, and the maximum number of its items. */
export const ListQuery = z.strictObject(pageQuery);
export type ListQuery = Partial<z.input<typeof ListQuery>>;

/** One page of the projects that the actor may see. */
export const ProjectPage = pageOf(Project);

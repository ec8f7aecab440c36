import { ListQuery, Project, ProjectCreate, ProjectPage } from "../../schemas/project";
import type { Core } from "../core";
import { Listing } from "../page";
import { projectPath } from "../path";
import { type CallOptions, parseInput } from "../request";

/** Calls about projects. */
export class ProjectsResource {
  readonly #core: Core;

  constructor(core: Core) {
    this.#core = core;
  }

  /**
   * Creates a project; only admins may. A lost answer is not retried: read the project to find out.
   *
   * @throws ConflictError with `name_taken` when the slug is in use; another AccessError for any other failure.
   */
  async create(project: ProjectCreate, options?: CallOptions): Promise<Project> {
    const json = parseInput("projects.create", ProjectCreate, project);
    return this.#core.call({
      method: "POST",
      path: ["v1", "projects"],
      json,
      answer: Project,
      repeatable: false,
      options,
    });
  }

  /**
   * Lists the projects that the actor may see.
   *
   * @throws AccessError when a page cannot be read.
   */
  list(query: ListQuery = {}, options?: CallOptions): Listing<Project> {
    return new Listing(query, async (asked) => {
      const page = parseInput("projects.list", ListQuery, asked);
      const path = ["v1", "projects"];
      return this.#core.call({ method: "GET", path, query: page, answer: ProjectPage, repeatable: true, options });
    });
  }

  /**
   * Reads a project.
   *
   * @throws NotFoundError for a project that the actor may not see; another AccessError for any other failure.
   */
  async get(project: string, options?: CallOptions): Promise<Project> {
    const path = projectPath("projects.get", project);
    return this.#core.call({ method: "GET", path, answer: Project, repeatable: true, options });
  }
}

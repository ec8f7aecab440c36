import type { z } from "zod";
import { unusedNotKnown } from "../../rules";
import { ClientUse, ClientUseQuery, ProjectUsePage, ProjectUseQuery, UseReport, UseReported } from "../../schemas/use";
import type { Core } from "../core";
import { clientPath, projectPath } from "../path";
import { type CallOptions, parseInput } from "../request";

/** Calls about which permissions are used. */
export class UseResource {
  readonly #core: Core;

  constructor(core: Core) {
    this.#core = core;
  }

  /**
   * Reports what a gateway has seen. A lost answer is retried: a report counts once, however often it arrives.
   *
   * @throws PermissionDeniedError unless the actor is a gateway; another AccessError for any other failure.
   */
  async report(report: UseReport, options?: CallOptions): Promise<UseReported> {
    const json = parseInput("use.report", UseReport, report);
    const path = ["v1", "access", "use"];
    return this.#core.call({ method: "POST", path, json, answer: UseReported, repeatable: true, options });
  }

  /**
   * Reads what a client uses.
   *
   * @throws NotFoundError with `client_not_found`; another AccessError for any other failure.
   */
  async ofClient(
    project: string,
    client: string,
    query: ClientUseQuery = {},
    options?: CallOptions,
  ): Promise<ClientUse> {
    const path = [...clientPath("use.ofClient", project, client), "use"];
    const asked = parseInput("use.ofClient", ClientUseQuery, query);
    return this.#core.call({ method: "GET", path, query: asked, answer: ClientUse, repeatable: true, options });
  }

  /**
   * Reads one page of the permissions that the clients of a project have, and when each was last used; with `unusedDays`,
   * only those that were not used for so long, and none where `notKnown` says that gateways have not counted for all of these
   * days. Read on with `nextCursor` until that is null: a page may be empty, because the
   * backend looks at some thousand clients for each.
   *
   * @throws NotFoundError for a project that the actor may not see; another AccessError for any other failure.
   */
  async ofProject(project: string, query: ProjectUseQuery = {}, options?: CallOptions): Promise<ProjectUsePage> {
    const path = [...projectPath("use.ofProject", project), "use"];
    const asked = parseInput("use.ofProject", ProjectUseQuery, query);
    const call = { method: "GET", path, query: asked, answer: AnsweredUsePage, repeatable: true, options } as const;
    return judged(await this.#core.call(call), asked.unusedDays);
  }
}

/** A backend that is older than `notKnown` answers without it, and lists what was not used for as long as gateways count. */
const AnsweredUsePage = ProjectUsePage.extend({ notKnown: ProjectUsePage.shape.notKnown.unwrap().optional() });

function judged({ notKnown, ...page }: z.output<typeof AnsweredUsePage>, unusedDays?: number): ProjectUsePage {
  if (notKnown !== undefined || unusedDays === undefined) return { ...page, notKnown: notKnown ?? null };
  const why = unusedNotKnown(page.reported, { days: unusedDays, now: new Date() });
  if (why === null) return { ...page, notKnown: null };
  return {
    ...page,
    notKnown: { ...why, knownFrom: why.knownFrom?.toISOString() ?? null },
    items: [],
    nextCursor: null,
  };
}

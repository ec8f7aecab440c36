import type { AccessClient, ClientWithGrant } from "xtremepush-access";
import { count } from "xtremepush-access/text";
import type { Location } from "../dynamic/run/location";
import type { Output } from "./output";

/** What an export reads from a project. It contains no secret, because the backend shows none. */
export interface LiveProject extends Location {
  readonly clients: readonly ClientWithGrant[];
}

const PAGE = 1_000;

/** Reads a project page by page, and reports progress when there are many clients. */
export async function readLiveProject(access: AccessClient, project: string, output: Output): Promise<LiveProject> {
  const [backend] = await Promise.all([access.backend.get(), access.projects.get(project)]);
  const clients: ClientWithGrant[] = [];
  for await (const client of access.clients.list(project, { limit: PAGE })) {
    clients.push(client);
    if (clients.length % PAGE === 0) output.err(`Read ${count(clients.length, "client")} so far.`);
  }
  return { project, backendId: backend.id, epoch: backend.epoch, clients };
}

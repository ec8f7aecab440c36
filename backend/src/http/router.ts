import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { setImmediate } from "node:timers/promises";
import type { FastifyBaseLogger, FastifyInstance, FastifyRequest, RawServerDefault } from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import { ClientId, ProjectSlug } from "xtremepush-access/schemas";
import { z } from "zod";
import type { Change } from "../changes/change";
import { type Authorize, actorOf } from "./authorization";
import type { Services } from "./services";

/** Fastify with the types of requests and answers from their zod schemas. */
export type Router = FastifyInstance<
  RawServerDefault,
  IncomingMessage,
  ServerResponse,
  FastifyBaseLogger,
  ZodTypeProvider
>;

/** What each file of routes receives. */
export interface RouteSettings {
  readonly services: Services;
  readonly authorize: Authorize;
}

export const ProjectParams = z.object({ project: ProjectSlug });
export const ClientParams = ProjectParams.extend({ client: ClientId });

/** The header of writes to existing things. It is required, and readIfMatch says so: 428 is no error of a field. */
export const IfMatch = z
  .looseObject({
    "if-match": z
      .string()
      .optional()
      .describe('The ETag that was read, as in "3"')
      .meta({ pattern: '^"(0|[1-9][0-9]{0,9})"$' }),
  })
  .meta({ required: ["if-match"] });

/** Makes the change of a request: its actor, its time and its ID. */
export function changeOf({ database, clock }: Services, request: FastifyRequest): Change {
  const isAbandoned = () => isGone(request.raw.socket);
  return { database, actor: actorOf(request), requestId: request.id, time: clock(), isAbandoned };
}

/** Checks whether the caller has closed its connection. */
async function isGone(socket: Socket): Promise<boolean> {
  // A process that was paused or busy notices the close only when it reads its sockets again.
  await setImmediate();
  return socket.destroyed || socket.writableEnded;
}

import { subscribe, unsubscribe } from "node:diagnostics_channel";
import type { buildApp } from "../../../backend/src/app/app";

/** Collects the routes of the backend that is started, also those that are not described, as `GET /v1/projects/:project`. */
export async function withRoutes<Started>(
  start: () => Promise<Started>,
): Promise<{ started: Started; routes: string[] }> {
  const routes: string[] = [];
  const listen = (message: unknown) => {
    // Fastify publishes itself before it has any route.
    const { fastify } = message as { readonly fastify: Awaited<ReturnType<typeof buildApp>> };
    fastify.addHook("onRoute", ({ method, url }) => {
      for (const one of [method].flat()) routes.push(`${one} ${url}`);
    });
  };
  subscribe("fastify.initialization", listen);
  try {
    return { started: await start(), routes };
  } finally {
    unsubscribe("fastify.initialization", listen);
  }
}

import swaggerUi from "@fastify/swagger-ui";
import { z } from "zod";
import type { Check } from "../authorization";
import type { Router, RouteSettings } from "../router";

/** Which of the routes for operators are public; by default none. */
export interface OperationsSettings extends RouteSettings {
  readonly publicDocs: boolean;
  readonly publicMetrics: boolean;
}

/** `/metrics`, `/openapi.json` and `/docs`. */
export async function operationsRoutes(app: Router, settings: OperationsSettings): Promise<void> {
  const { services, authorize, publicDocs, publicMetrics } = settings;
  const everybody: Check = async () => {};
  const docsCheck = publicDocs ? everybody : authorize("viewer");
  const { registry } = services.metrics;

  app.get(
    "/metrics",
    {
      onRequest: publicMetrics ? everybody : authorize("viewer"),
      schema: {
        ...{ operationId: "getMetrics", summary: "Read the metrics", tags: ["Operations"] },
        response: {
          200: {
            description: "The metrics in Prometheus' text format",
            content: { "text/plain": { schema: z.string() } },
          },
        },
      },
    },
    async (_request, reply) => {
      reply.type(registry.contentType).serializer(String);
      return registry.metrics();
    },
  );

  app.get("/openapi.json", { onRequest: docsCheck, schema: { hide: true } }, async () => app.swagger());

  await app.register((docs, _options, done) => {
    // The plugin's own option does not cover the files that its pages load.
    docs.addHook("onRequest", docsCheck);
    void docs.register(swaggerUi, { routePrefix: "/docs", staticCSP: true, uiConfig: { url: "/openapi.json" } });
    done();
  });
}

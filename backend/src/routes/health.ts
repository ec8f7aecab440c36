import { z } from "zod";
import { ping } from "../store/backend";
import { problems, type Router, type RouteSettings } from "./router";

const Health = z.looseObject({ status: z.string() });

/** For load balancers: `/healthz` says that the process runs, `/readyz` that it can serve. */
export function healthRoutes(app: Router, { services }: RouteSettings): void {
  app.get("/healthz", { schema: { response: { 200: Health } } }, async () => ({ status: "ok" }));

  app.get("/readyz", { schema: { response: { 200: Health, ...problems } } }, async () => {
    await ping(services.database.db);
    return { status: "ok" };
  });
}

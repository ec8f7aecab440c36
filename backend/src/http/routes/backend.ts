import { PERMISSION_IDS, PERMISSIONS } from "xtremepush-access/catalog";
import { Backend, PermissionList } from "xtremepush-access/schemas";
import { EMPTY, findBackend } from "../../store/backend";
import { answer } from "../openapi/answers";
import type { Router, RouteSettings } from "../router";

export function backendRoutes(app: Router, { services, authorize }: RouteSettings): void {
  const { database, version } = services;

  app.get(
    "/v1/backend",
    {
      onRequest: authorize("gateway"),
      schema: {
        ...{ operationId: "getBackend", summary: "Read the identity of the backend", tags: ["Operations"] },
        response: { 200: answer(Backend, "The identity and the version of the backend") },
      },
    },
    async () => {
      const backend = await findBackend(database.db);
      if (backend === null) throw new Error(EMPTY);
      const { id, epoch, changedTime } = backend;
      return { id, version, epoch, changedTime: changedTime?.toISOString() ?? null };
    },
  );

  app.get(
    "/v1/permissions",
    {
      onRequest: authorize("viewer"),
      schema: {
        ...{ operationId: "listPermissions", summary: "List the permissions that a grant can have", tags: ["Grants"] },
        response: { 200: answer(PermissionList, "The catalog of permissions") },
      },
    },
    async () => ({ items: PERMISSION_IDS.map((id) => ({ ...PERMISSIONS[id] })) }),
  );
}

import { PERMISSION_IDS, PERMISSIONS } from "xtremepush-access/catalog";
import { Backend, PermissionList } from "xtremepush-access/schemas";
import { backendId } from "../../store/backend";
import { problems, type Router, type RouteSettings } from "../router";

export function backendRoutes(app: Router, { services, authorize }: RouteSettings): void {
  const { database, version } = services;

  app.get(
    "/v1/backend",
    { onRequest: authorize("viewer"), schema: { response: { 200: Backend, ...problems } } },
    async () => {
      const id = await backendId(database.db);
      if (id === null) throw new Error("the table backend is empty, so this database was not made by the migrations");
      return { id, version };
    },
  );

  app.get(
    "/v1/permissions",
    { onRequest: authorize("viewer"), schema: { response: { 200: PermissionList, ...problems } } },
    async () => ({ items: PERMISSION_IDS.map((id) => ({ ...PERMISSIONS[id] })) }),
  );
}

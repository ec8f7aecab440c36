import { isPermission, PERMISSIONS } from "xtremepush-access";
import { formatTable } from "./table";

/** The permissions of a grant with their titles and risks; a permission of a newer version shows only its id. */
export function grantTable(permissions: readonly string[]): string {
  return formatTable(
    ["PERMISSION", "RISK", "TITLE"],
    permissions.map((id) =>
      isPermission(id) ? [id, PERMISSIONS[id].risk, PERMISSIONS[id].title] : [id, "?", "not known here"],
    ),
  );
}

import assert from "node:assert/strict";
import { PERMISSION_IDS, PERMISSIONS } from "xtremepush-access";
import { suiteAccess } from "../../../support/backend/suite-access";

describe("access.catalog", () => {
  const suite = suiteAccess();

  it("lists the permissions that the backend knows", async () => {
    const { items } = await suite().viewer.catalog.list();

    assert.deepEqual(
      items.map(({ id }) => id),
      [...PERMISSION_IDS],
    );
    assert.deepEqual(
      items.find(({ id }) => id === "export:segment"),
      PERMISSIONS["export:segment"],
    );
  });
});

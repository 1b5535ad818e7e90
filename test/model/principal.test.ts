// The rules of who may do what, over every role and every pair of places: the one line each is, told once more in words.

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  mayIngest,
  mayManage,
  mayManageBuilding,
  mayManageTenant,
  mayRead,
  type Principal,
  type Role,
  roles,
} from "../../src/model/principal.ts";

const key = (role: Role, organization: string | null = "org_a", ...targets: readonly string[]): Principal => ({
  key: "key",
  role,
  organization,
  targets,
});
const targeted: readonly Role[] = ["building", "tenant"];
/** A key of every role for `org_a`; those of a building or tenant for `x`. */
const keys = roles.map((role) =>
  key(role, role === "operator" ? null : "org_a", ...(targeted.includes(role) ? ["x"] : [])),
);
const who = (may: (one: Principal) => boolean): readonly Role[] => keys.filter(may).map(({ role }) => role);

test("in their own organization, keys may do what their role says", () => {
  assert.deepEqual(
    who((one) => mayIngest(one, "org_a")),
    ["operator", "ingest", "organization"],
  );
  assert.deepEqual(
    who((one) => mayRead(one, "org_a")),
    ["operator", "organization", "viewer"],
  );
  assert.deepEqual(
    who((one) => mayManage(one, "org_a")),
    ["operator", "organization"],
  );
  assert.deepEqual(
    who((one) => mayManageBuilding(one, "org_a", "x")),
    ["operator", "organization", "building"],
  );
  assert.deepEqual(
    who((one) => mayManageTenant(one, "org_a", "y", "x")),
    ["operator", "organization", "tenant"],
  );
  assert.deepEqual(
    who((one) => mayManageTenant(one, "org_a", "x", "y")),
    ["operator", "organization", "building"],
  );
});

test("in another organization only an operator may do anything, whatever the ids are", () => {
  const rules: readonly ((one: Principal) => boolean)[] = [
    (one) => mayIngest(one, "org_b"),
    (one) => mayRead(one, "org_b"),
    (one) => mayManage(one, "org_b"),
    (one) => mayManageBuilding(one, "org_b", "x"),
    (one) => mayManageTenant(one, "org_b", "x", "x"),
  ];
  for (const rule of rules) assert.deepEqual(who(rule), ["operator"]);
});

test("the id of a building opens no tenant of the same id, and the other way round", () => {
  const [building, tenant] = [key("building", "org_a", "x"), key("tenant", "org_a", "x")];
  assert.equal(mayManageTenant(building, "org_a", "another building", "x"), false);
  assert.equal(mayManageBuilding(tenant, "org_a", "x"), false);
  assert.equal(mayManageTenant(tenant, "org_a", "x", "another tenant"), false);
});

test("a tenant whose building is not known is nobody's but the organization's and its own", () => {
  assert.deepEqual(
    who((one) => mayManageTenant(one, "org_a", "", "x")),
    ["operator", "organization", "tenant"],
  );
});

test("a key for several buildings or tenants may do for each of them what it may for one, and nothing for any other", () => {
  const [buildings, tenants] = [key("building", "org_a", "x", "y"), key("tenant", "org_a", "x", "y")];
  const named = ["x", "y", "z"];
  assert.deepEqual(
    named.map((id) => mayManageBuilding(buildings, "org_a", id)),
    [true, true, false],
  );
  assert.deepEqual(
    named.map((id) => mayManageTenant(buildings, "org_a", id, "t")),
    [true, true, false],
  );
  assert.deepEqual(
    named.map((id) => mayManageTenant(tenants, "org_a", null, id)),
    [true, true, false],
  );
  for (const role of targeted) {
    assert.equal(mayManageBuilding(key(role, "org_a"), "org_a", ""), false);
    assert.equal(mayManageTenant(key(role, "org_a"), "org_a", null, ""), false);
  }
});

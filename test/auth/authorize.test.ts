import assert from "node:assert/strict";
import { test } from "node:test";
import { mayManageScope, owners } from "../../src/auth/authorize.ts";
import { type Principal, type Role, roles } from "../../src/model/principal.ts";
import type { SubscriptionScope } from "../../src/model/subscription.ts";

const key = (role: Role, organization: string | null, ...targets: readonly string[]): Principal => ({
  key: "k",
  role,
  organization,
  targets,
});

const scopes: Readonly<Record<string, SubscriptionScope>> = {
  organization: { kind: "organization" },
  building: { kind: "building", id: "b1" },
  tenant: { kind: "tenant", id: "t1" },
};

/** The tenant t1 lives in b1, both of org_1. */
async function may(who: Principal, scope: SubscriptionScope): Promise<{ may: boolean; askedHome: boolean }> {
  let askedHome = false;
  const home = async () => {
    askedHome = true;
    return "b1";
  };
  return { may: await mayManageScope(who, "org_1", scope, home), askedHome };
}

test("whose the subscriptions of a scope are, and that the tenant's home is asked of no other key than a building's", async () => {
  const all = ["organization", "building", "tenant"];
  const expected: readonly (readonly [Principal, readonly string[]])[] = [
    [key("operator", null), all],
    [key("organization", "org_1"), all],
    [key("organization", "org_2"), []],
    [key("building", "org_1", "b1"), ["building", "tenant"]],
    [key("building", "org_1", "b2"), []],
    [key("building", "org_2", "b1"), []],
    [key("tenant", "org_1", "t1"), ["tenant"]],
    [key("tenant", "org_1", "t2"), []],
    [key("tenant", "org_2", "t1"), []],
    // Several of them.
    [key("building", "org_1", "b2", "b1"), ["building", "tenant"]],
    [key("building", "org_1", "b2", "b3"), []],
    [key("tenant", "org_1", "t2", "t1"), ["tenant"]],
    [key("tenant", "org_1", "t2", "t3"), []],
    [key("tenant", "org_1"), []],
    [key("tenant", "org_2", "t2", "t1"), []],
    // A building and a tenant may have the same id.
    [key("building", "org_1", "t1"), []],
    [key("tenant", "org_1", "b1"), []],
    [key("viewer", "org_1"), []],
    [key("ingest", "org_1"), []],
  ];
  for (const [who, allowed] of expected) {
    for (const [name, scope] of Object.entries(scopes)) {
      const told = `${who.role} of ${who.organization} ${who.targets.join()}: ${name}`;
      const answer = await may(who, scope);
      assert.equal(answer.may, allowed.includes(name), told);
      const matters = who.role === "building" && who.organization === "org_1" && name === "tenant";
      assert.equal(answer.askedHome, matters, told);
    }
  }
});

test("a tenant whose home is not known belongs to no building's key", async () => {
  const nowhere = async () => null;
  const scope = scopes["tenant"]!;
  assert.equal(await mayManageScope(key("building", "org_1", "b1"), "org_1", scope, nowhere), false);
  assert.equal(await mayManageScope(key("building", "org_1"), "org_1", scope, nowhere), false);
});

test("every role but those that only send or only read may own subscriptions", () => {
  assert.deepEqual(
    owners,
    roles.filter((role) => role !== "ingest" && role !== "viewer"),
  );
});

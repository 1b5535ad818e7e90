import assert from "node:assert/strict";
import { test } from "node:test";
import { isWithdrawn, type TenantHome, withdrawalReason, type WithdrawalReason } from "../../src/model/withdrawal.ts";

const home: TenantHome = { building: "b", unit: "u", scope: "unit", inactiveAfter: Infinity };
const now = 1_000;

test("each change of a tenant takes away what it says, and other changes nothing", () => {
  const changes: readonly (readonly [Partial<TenantHome>, Partial<TenantHome>, WithdrawalReason | null])[] = [
    [{}, {}, null],
    [{}, { unit: "v" }, "tenant_moved"],
    [{}, { building: "c", unit: "v" }, "tenant_left"],
    // Another building may call its unit the same.
    [{}, { building: "c" }, "tenant_left"],
    [{}, { inactiveAfter: now }, "tenant_inactive"],
    [{}, { inactiveAfter: now + 1 }, null],
    [{ inactiveAfter: now + 1 }, { inactiveAfter: now - 1 }, "tenant_inactive"],
    [{ inactiveAfter: 5 }, { inactiveAfter: 6 }, null],
    [{ inactiveAfter: 5 }, { inactiveAfter: 6, unit: "v" }, null],
    [{ inactiveAfter: 5 }, { unit: "v" }, "tenant_moved"],
    [{}, { scope: "own" }, "scope_narrowed"],
    [{ scope: "own" }, { scope: "unit" }, null],
    [{ scope: "own" }, { scope: "own" }, null],
    [{}, { scope: "own", unit: "v" }, "tenant_moved"],
  ];
  for (const [before, after, reason] of changes) {
    assert.equal(withdrawalReason({ ...home, ...before }, { ...home, ...after }, now), reason, JSON.stringify(after));
  }
});

test("what names the tenant stays theirs, except where they leave the building; what an earlier release wrote goes", () => {
  const events = {
    own: { tenants: ["t", "m"], selves: ["t"], somebody: true },
    mates: { tenants: ["m", "t"], selves: ["m"], somebody: true },
    unit: { tenants: ["t", "m"], somebody: false },
    earlier: { tenants: ["t", "m"] },
  };
  const kept = (reason: WithdrawalReason) =>
    Object.entries(events).flatMap(([name, scopes]) => (isWithdrawn({ reason, tenant: "t" }, scopes) ? [] : [name]));
  assert.deepEqual(kept("tenant_moved"), ["own"]);
  assert.deepEqual(kept("scope_narrowed"), ["own", "unit"]);
  assert.deepEqual(kept("tenant_left"), []);
  assert.deepEqual(kept("tenant_inactive"), []);
});

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { grantsOf, stillGranted } from "../../src/building/entitled.ts";
import type { AccessFact, AccessLog, CallFact, CallLog } from "../../src/model/fact.ts";
import { accessFact, callFact } from "../fixtures/door-facts.ts";
import { campus, compiled } from "./models.ts";

const entitledTenants = (...given: Parameters<typeof grantsOf>) => grantsOf(...given).map(({ tenant }) => tenant);

const byUnit = await compiled(campus());
const byPerson = await compiled(own(campus()));

function own(model: ReturnType<typeof campus>): unknown {
  Object.assign(model.sites[0]!.buildings[0]!, { tenant_scope: "own" });
  return model;
}

const entry = (data: Partial<AccessLog>, building = "building_1"): AccessFact => accessFact(data, { building });
const call = (data: Pick<CallLog, "recipient" | "unit">): CallFact => callFact(data);

const duncan = "tenant_duncan";
const mate = "tenant_mate";
const alia = "tenant_alia";

const table: readonly (readonly [what: string, fact: AccessFact | CallFact, unit: string[], own: string[]])[] = [
  // The five documented rows of the access log.
  [
    "a resident of another unit who swipes",
    entry({ unit: 843107216, tenant_id: 37112193, entry_method: "Swipe to open" }),
    [alia],
    [alia],
  ],
  ["a door that locks by its schedule", entry({ release_status: "Locked" }), [], []],
  [
    "a visitor with a tenant's keychain",
    entry({ unit: 474917539, tenant_id: 377389742, entry_method: { keychain: 254331397 } }),
    [duncan, mate],
    [duncan],
  ],
  ["a visitor with a pass of nobody known", entry({ entry_method: "Visitor Pass (using QR code)" }), [], []],
  ["a carrier let in by the remote doorman", entry({ name: "USPS", entry_method: "Remote Doorman" }), [], []],
  // What the rows do not show.
  ["a unit without a person", entry({ unit: 474917539 }), [duncan, mate], [duncan, mate]],
  ["a person without a unit", entry({ tenant_id: 377389742 }), [duncan, mate], [duncan]],
  ["a person by id, a unit by id", entry({ tenant_id: mate, unit: "474917539" }), [mate, duncan], [mate]],
  ["only a keychain", entry({ entry_method: { keychain: "254331397" } }), [duncan, mate], [duncan]],
  ["only an access tool", entry({ entry_method: { access_tool: "fob" } }), [mate, duncan], [mate]],
  [
    "one tenant with another one's keychain",
    entry({ tenant_id: 37112193, entry_method: { keychain: 254331397 } }),
    [alia, duncan, mate],
    [alia, duncan],
  ],
  // Whose it is nobody can tell: where only one's own counts, nobody gets it.
  ["a unit and the name of somebody", entry({ unit: 474917539, name: "Somebody" }), [duncan, mate], []],
  ["a unit and a keychain unknown", entry({ unit: 474917539, entry_method: { keychain: 7 } }), [duncan, mate], []],
  [
    "a unit and the vendor's word for nobody",
    entry({ unit: 474917539, name: "Unknown" }),
    [duncan, mate],
    [duncan, mate],
  ],
  ["the keychain of a whole unit", entry({ entry_method: { keychain: "kc_unit" } }), [alia], [alia]],
  ["an unknown person in a known unit", entry({ tenant_id: 5, unit: 474917539 }), [duncan, mate], []],
  ["unknown everything", entry({ tenant_id: 5, unit: 6, entry_method: { keychain: 7 } }), [], []],
  ["a unit and a tenant of another building", entry({ tenant_id: "tenant_x", unit: "unit_x" }), [], []],
  ["a keychain of another building", entry({ entry_method: { keychain: "kc_x" } }), [], []],
  ["an unknown building", entry({ unit: 474917539 }, "building_9"), [], []],
  // Calls.
  [
    "a call to a tenant",
    call({ recipient: { id: 377389742, type: "Tenant" }, unit: { id: 474917539 } }),
    [duncan, mate],
    [duncan],
  ],
  [
    "a call to a unit",
    call({ recipient: { id: null, type: "Tenant" }, unit: { id: 474917539 } }),
    [duncan, mate],
    [duncan, mate],
  ],
  ["a call to an attendant", call({ recipient: { id: null, type: "Attendant" }, unit: null }), [], []],
  [
    "a call to an attendant with a tenant's number",
    call({ recipient: { id: 377389742, type: "Attendant" }, unit: null }),
    [],
    [],
  ],
  [
    "a call to somebody by a word that nobody knows",
    call({ recipient: { id: 377389742, type: "Resident" }, unit: { id: 474917539 } }),
    [duncan, mate],
    [],
  ],
  [
    "a call to a tenant of another building",
    call({ recipient: { id: "tenant_x", type: "Tenant" }, unit: null }),
    [],
    [],
  ],
];

describe("tenants whom an event concerns", () => {
  for (const [what, fact, unit, own] of table) {
    test(`${what}: ${unit.join(" and ") || "nobody"}; where only one's own counts: ${own.join(" and ") || "nobody"}`, () => {
      assert.deepEqual(entitledTenants(fact, byUnit), unit);
      assert.deepEqual(entitledTenants(fact, byPerson), own);
    });
  }

  test("each building follows its own scope", () => {
    const annex = (data: Partial<AccessLog>) =>
      entitledTenants(entry({ access_point: "ap_annex", ...data }, "building_2"), byUnit);
    assert.deepEqual(annex({ tenant_id: "tenant_x", unit: "unit_x" }), ["tenant_x"]);
    assert.deepEqual(annex({ unit: "unit_x", entry_method: { keychain: "kc_x" } }), ["tenant_x"]);
    assert.deepEqual(annex({ entry_method: { keychain: "kc_all" } }), ["tenant_x", "tenant_y"]);
  });
});

test("who is inactive is concerned by nothing, and until then by all", async () => {
  const model = campus();
  const tenants = model.sites[0]!.buildings[0]!.tenants;
  Object.assign(tenants.find(({ id }) => id === mate)!, { inactive_after: "2026-01-01T00:00:00Z" });
  const compiledModel = await compiled(model);
  const fact = entry({ unit: 474917539 });
  const until = Date.UTC(2026, 0, 1);
  assert.deepEqual(entitledTenants(fact, compiledModel, until - 1), [duncan, mate]);
  assert.deepEqual(entitledTenants(fact, compiledModel, until), [duncan]);
});

test("who moves takes along what names them, and leaves what names the unit or somebody else in it", () => {
  const granted = (ground: "self" | "unit" | "mate") => ({ ground, unit: "before" });
  assert.deepEqual(
    (["self", "unit", "mate"] as const).map((ground) => [
      stillGranted(granted(ground), "before", "unit"),
      stillGranted(granted(ground), "after", "unit"),
      stillGranted(granted(ground), "before", "own"),
    ]),
    [
      [true, true, true],
      [true, false, true],
      [true, false, false],
    ],
  );
});

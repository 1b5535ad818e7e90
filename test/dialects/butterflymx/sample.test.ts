import assert from "node:assert/strict";
import { test } from "node:test";
import { grantsOf } from "../../../src/building/entitled.ts";
import { compose } from "../../../src/dialects/butterflymx/compose.ts";
import { sample } from "../../../src/dialects/butterflymx/sample.ts";
import { pairNames } from "../../../src/dialects/butterflymx/types.ts";
import type { Binding, Subscription } from "../../../src/model/subscription.ts";
import { subscription } from "../../contract/samples.ts";
import { north } from "./place.ts";

const at = Date.UTC(2026, 5, 17, 10, 12, 19);
type Parts = Partial<Pick<Subscription, "scope" | "bindings" | "payload">>;

function sent(type: string, parts: Parts = {}, model: typeof north | null = north) {
  const bound = subscription(1, {
    dialect: "butterflymx",
    organization: "org_north",
    filters: null,
    scope: { kind: "building", id: "building_1" },
    bindings: [],
    ...parts,
  });
  const made = sample(type, bound, { model, at, newId: () => "event_new", newGuid: () => "guid" }, grantsOf)!;
  return { event: made.event, body: JSON.parse(compose(made.event.body, made.variant)) };
}

const entry: Binding = { type: "access_log.create", variant: 1, resource: null };
const duncan = { kind: "tenant", id: "duncan" } as const;

for (const type of pairNames) {
  for (const [where, model] of [
    ["the model", north],
    ["no model", null],
  ] as const) {
    test(`a sample of ${type} over ${where} says what it is`, () => {
      const { body } = sent(type, {}, model);
      const [resource, action] = type.split(".");
      assert.deepEqual([body.event.resource_type, body.event.action], [resource, action]);
    });
  }
}

test("an entry is of a door of the building, and one that is singled out comes first", () => {
  assert.equal(sent("access_log.create").body.event.data.access_point, 22177636);
  const second = { scope: { kind: "building", id: "building_2" } } as const;
  assert.equal(sent("access_log.create", second).body.event.data.access_point, 21);
  const garage = { bindings: [{ ...entry, resource: "garage" }] };
  assert.equal(sent("access_log.create", garage).body.event.data.access_point, 842395203);
});

test("an entry goes out under the name that is asked for, and with the options of the integration", () => {
  const both = { bindings: [{ ...entry, variant: 2 }, entry] };
  assert.equal(sent("access_log.create", both).body.event.resource_type, "access_log");
  assert.equal(sent("door_release.create", both).body.event.resource_type, "door_release");
  const payload = { format: "flat", secrecy: true, includeLocked: false } as const;
  assert.equal(sent("access_log.create", { payload }).body.event.data.name, null);
  const { body } = sent("call.create", { payload });
  assert.deepEqual([body.event, body.user.first_name, body.user.email], [undefined, null, null]);
});

test("a tenant's sample is about the tenant and nobody else", () => {
  const { event, body } = sent("call.create", { scope: duncan });
  assert.deepEqual([event.scopes.tenants, event.scopes.called], [["duncan"], "duncan"]);
  assert.deepEqual([body.user.id, body.user.email, body.unit.label], [377389742, "d@example.com", "5A"]);
  assert.deepEqual(body.panel.id, 708353660);
  const log = sent("access_log.create", { scope: duncan });
  assert.ok(log.event.scopes.tenants!.includes("duncan"));
  assert.ok(!/alia|37112193/.test(JSON.stringify([event, body, log])));
  assert.ok(!/alia|duncan/i.test(JSON.stringify(sent("call.create", { scope: { kind: "tenant", id: "gone" } }))));
});

test("another name is none", () => {
  for (const name of ["", "access_log", "access_log.create.x", "call.delete", "ROOM_OCCUPANCY"]) {
    const none = sample(
      name,
      subscription(1, { dialect: "butterflymx" }),
      { model: north, at, newId: () => "", newGuid: () => "" },
      grantsOf,
    );
    assert.equal(none, null, name);
  }
});

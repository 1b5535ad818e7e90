import assert from "node:assert/strict";
import { test } from "node:test";
import { fc } from "../../fixtures/properties.ts";
import { readIntegration, toBindings } from "../../../src/dialects/butterflymx/integration.ts";

const attributes = {
  integrator: "webhook",
  configuration: { url: "https://your-webhook-url.com/building-events?token=a%20b&type=x", method: "post" },
  bindings: [
    { resource_type: "access_log", actions: ["create"] },
    { resource_type: "call", actions: ["create"] },
  ],
};
const bodyOf = (changes: object = {}) => ({
  data: { type: "integrations", attributes: { ...attributes, ...changes } },
});
const faultsOf = (body: unknown) => readIntegration(body).faults.map(({ path, code }) => `${path} ${code}`);

test("the guide's request is read as it stands", () => {
  const { options, ...read } = readIntegration(bodyOf());
  assert.ok(Object.values(options).every((each) => each === undefined));
  assert.deepEqual(read, {
    url: attributes.configuration.url,
    bindings: [
      { resource_type: "access_log", actions: ["create"], resource_id: null },
      { resource_type: "call", actions: ["create"], resource_id: null },
    ],
    faults: [],
  });
});

test("the SDK's bindings and the OpenAPI's are read too, and methods in any case", () => {
  assert.deepEqual(
    faultsOf(bodyOf({ bindings: [{ resource_type: "call", actions: ["create", "status_update"] }] })),
    [],
  );
  const bindings = [{ actions: ["create"], resource_type: "call", resource_id: null }];
  assert.deepEqual(faultsOf(bodyOf({ bindings, configuration: { url: "https://a.b/c", method: "POST" } })), []);
  assert.deepEqual(faultsOf(bodyOf({ bindings, configuration: { url: "https://a.b/c" } })), []);
});

test("bindings keep the client's order and say under which name the event goes out", () => {
  const bound = [
    { resource_type: "door_release", actions: ["create"], resource_id: "22177636" },
    { resource_type: "access_log", actions: ["create"], resource_id: null },
    { resource_type: "call", actions: ["create", "status_update"], resource_id: null },
  ];
  assert.deepEqual(toBindings(bound, ["front", null, null]), [
    { type: "access_log.create", variant: 2, resource: "front" },
    { type: "access_log.create", variant: 1, resource: null },
    { type: "call.create", variant: 0, resource: null },
    { type: "call.status_update", variant: 0, resource: null },
  ]);
});

test("what is bound again is bound once, under the name that came first", () => {
  const both = { resource_type: "access_log", actions: ["create", "create"], resource_id: null };
  const again = { resource_type: "door_release", actions: ["create"], resource_id: null };
  const one = { ...again, resource_id: "22177636" };
  assert.deepEqual(toBindings([both, one, again, one], [null, "front", null, "front"]), [
    { type: "access_log.create", variant: 1, resource: null },
    { type: "access_log.create", variant: 2, resource: "front" },
  ]);
});

test("all faults are found at once, each at its place", () => {
  const bindings = [
    { resource_type: "access_log", actions: ["status_update"] },
    { resource_type: "door", actions: ["create"] },
    { actions: [] },
    { resource_type: "call", actions: "create", resource_id: {} },
    null,
    "call",
  ];
  const body = { ...bodyOf({ integrator: "zapier", configuration: { url: "", method: "put" }, bindings }), extra: 1 };
  assert.deepEqual(faultsOf(body), [
    "extra invalid",
    "integrator inclusion",
    "configuration.url blank",
    "configuration.method inclusion",
    "bindings.0.actions inclusion",
    "bindings.1.resource_type inclusion",
    "bindings.2.resource_type blank",
    "bindings.2.actions blank",
    "bindings.3.actions invalid",
    "bindings.3.resource_id invalid",
    "bindings.4 blank",
    "bindings.5 invalid",
  ]);
});

test("what is missing is named by its path", () => {
  assert.deepEqual(faultsOf([]), ["base invalid"]);
  assert.deepEqual(faultsOf({}), ["data blank"]);
  assert.deepEqual(faultsOf({ data: { type: "webhooks" } }), ["data.type inclusion", "data.attributes blank"]);
  assert.deepEqual(faultsOf({ data: { type: "integrations", attributes: {} } }), [
    "integrator blank",
    "configuration blank",
    "bindings blank",
  ]);
  assert.deepEqual(faultsOf(bodyOf({ bindings: [] })), ["bindings blank"]);
  assert.deepEqual(faultsOf(bodyOf({ bindings: {} })), ["bindings invalid"]);
  assert.deepEqual(faultsOf(bodyOf({ configuration: { url: 7, method: "post" } })), ["configuration.url invalid"]);
});

test("any body is either faultless and whole or has faults", () => {
  const wild = fc.oneof(
    fc.jsonValue(),
    fc.jsonValue({ maxDepth: 3 }).map((value) => bodyOf({ bindings: [value] })),
    fc
      .record({ resource_type: fc.jsonValue(), actions: fc.jsonValue(), resource_id: fc.jsonValue() })
      .map((binding) => bodyOf({ bindings: [binding] })),
  );
  fc.assert(
    fc.property(wild, (body) => {
      const wish = readIntegration(body);
      if (wish.faults.length > 0) return;
      assert.ok(wish.url !== null && wish.bindings.length > 0);
      const bound = wish.bindings.filter((each) => each !== null);
      assert.equal(bound.length, wish.bindings.length);
      assert.ok(toBindings(bound, []).length > 0);
    }),
  );
});

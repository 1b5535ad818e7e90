import assert from "node:assert/strict";
import { test } from "node:test";
import { callVariant } from "../../../src/dialects/butterflymx/compose.ts";
import { variant } from "../../../src/dialects/butterflymx/variant.ts";
import type { SubscriptionScope } from "../../../src/model/subscription.ts";
import { makeSubscription } from "../../fixtures/subscription.ts";

const binding = { type: "call.create", variant: 0, resource: null };
const call = { type: "call.create", scopes: { building: "building_1", tenants: ["duncan", "mate"], called: "duncan" } };
const of = (scope: SubscriptionScope, event: typeof call | { type: string; scopes: object } = call) =>
  variant(makeSubscription({ dialect: "butterflymx", scope }), binding, event);

test("an e-mail address goes to the building and to the person called, to nobody else", () => {
  const loud = callVariant({ format: "both", secrecy: false, quiet: false });
  const quiet = callVariant({ format: "both", secrecy: false, quiet: true });
  assert.equal(of({ kind: "building", id: "building_1" }), loud);
  assert.equal(of({ kind: "tenant", id: "duncan" }), loud);
  assert.equal(of({ kind: "tenant", id: "mate" }), quiet);
  assert.equal(of({ kind: "tenant", id: "mate" }, { type: "call.create", scopes: {} }), quiet);
});

test("what the integration wants decides the form", () => {
  const payload = { format: "flat", secrecy: true, includeLocked: false } as const;
  const subscription = makeSubscription({ dialect: "butterflymx", scope: { kind: "building", id: "b" }, payload });
  assert.equal(variant(subscription, binding, call), callVariant({ format: "flat", secrecy: true, quiet: false }));
  const entry = { ...binding, type: "access_log.create", variant: 2 };
  assert.equal(variant(subscription, entry, { type: "access_log.create", scopes: {} }), 4);
});

// What a foreign id costs: what an absent one costs. Whoever could tell them apart by the time of the answer would learn what others
// have.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { BuildingModel } from "../../../src/building/building.ts";
import { systemRandom } from "../../../src/clock.ts";
import { createIntegrations } from "../../../src/dialects/butterflymx/integrations.ts";
import type { Principal } from "../../../src/model/principal.ts";
import type { Registry } from "../../../src/store/registry.ts";
import { makeSubscription } from "../../fixtures/subscription.ts";
import { north, south } from "./place.ts";

const models = new Map([north, south].map((model) => [model.organization.id, model]));
const foreign = makeSubscription({ number: 1, id: "1", organization: south.organization.id, dialect: "butterflymx" });

/** What is asked of the store and of the models while `act` runs, and how it ends. */
async function costOf(act: (integrations: ReturnType<typeof createIntegrations>) => Promise<unknown>) {
  const asked: string[] = [];
  const registry = {
    async subscription(id: string, organization: string | null) {
      asked.push(`subscription of ${organization}`);
      return foreign.id === id && (organization ?? foreign.organization) === foreign.organization ? foreign : null;
    },
    async snapshot(organization: string) {
      asked.push(`snapshot of ${organization}`);
      return null;
    },
  } as unknown as Registry;
  const place = {
    async locate(kind: string) {
      asked.push(`locate ${kind} anywhere`);
      return [];
    },
    async model(organization: string): Promise<BuildingModel | null> {
      asked.push(`model of ${organization}`);
      return models.get(organization) ?? null;
    },
  };
  const clock = { now: () => 0, monotonic: () => 0, after: () => () => {} };
  const guard = { url: async () => ({ allowed: true }), headers: () => ({ allowed: true }) } as never;
  const secrets = { newSecret: () => "whsec_", newSigningKey: () => ({ privateKey: "", publicKey: "" }) };
  const integrations = createIntegrations({ registry, place, guard, clock, random: systemRandom, ...secrets });
  const error = await act(integrations).then(
    () => null,
    (thrown: { code?: string; message: string }) => `${thrown.code} ${thrown.message}`,
  );
  return { asked, error };
}

const who = (role: Principal["role"], ...targets: string[]): Principal => ({
  key: "client_1",
  role,
  organization: north.organization.id,
  targets,
});
const [building] = north.buildings;
const [tenant] = north.tenants;

for (const asker of [who("organization"), who("building", building!.id), who("tenant", tenant!.id), who("viewer")]) {
  test(`a key of role ${asker.role} learns nothing of a foreign building, tenant or integration from what it costs`, async () => {
    for (const [kind, list, own] of [
      ["building", south.buildings, building!],
      ["tenant", south.tenants, tenant!],
    ] as const) {
      for (const { id, number } of list) {
        for (const parent of [id, String(number)]) {
          const [there, nowhere] = await Promise.all(
            [parent, "nowhere"].map((each) => costOf(({ list }) => list({ who: asker, kind, parent: each }))),
          );
          assert.deepEqual(there, nowhere, parent);
          assert.ok(
            there!.asked.every((what) => what.endsWith(` of ${north.organization.id}`)),
            there!.asked.join(),
          );
        }
      }
      const context = { who: asker, kind, parent: own.id };
      const [foreigns, absent] = await Promise.all(
        [foreign.id, "2"].map((id) => costOf(({ show }) => show(context, id))),
      );
      assert.deepEqual(foreigns, absent);
      assert.match(foreigns!.error!, /NOT_FOUND/);
    }
  });
}

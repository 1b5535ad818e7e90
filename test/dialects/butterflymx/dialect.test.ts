// The whole dialect as the program uses it, once over a real socket.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { bindingFor } from "../../../src/model/subscription.ts";
import { openHouse, requestFor } from "./fixture.ts";
import { north } from "./place.ts";

const house = await openHouse();
after(() => house.close());

test("over a socket: sign in, register under the alias, and get the event under that name", async () => {
  const origin = await house.server.listen({ host: "127.0.0.1", port: 0 });
  const signIn = await fetch(`${origin}/oauth/token`, {
    method: "POST",
    body: new URLSearchParams({ grant_type: "client_credentials", client_id: "alia", client_secret: "s3:cr+et %" }),
  });
  const { access_token } = (await signIn.json()) as { access_token: string };
  const created = await fetch(`${origin}/v4/tenants/37112193/integrations`, {
    method: "POST",
    headers: { authorization: `Bearer ${access_token}`, "content-type": "application/json" },
    body: JSON.stringify(
      requestFor("https://alia.example/hook?token=t", [
        { resource_type: "door_release", actions: ["create"], resource_id: null },
        { resource_type: "access_log", actions: ["create"], resource_id: null },
      ]),
    ),
  });
  assert.equal(created.status, 200);
  const { data } = (await created.json()) as { data: { id: string } };

  const subscription = (await house.registry.subscription(data.id, null))!;
  const entry = {
    id: 1,
    logged_at: "2026-06-17T10:12:19Z",
    access_point: 22177636,
    release_status: "Unlocked",
    name: null,
    release_type: null,
    unit: 843107216,
    tenant_id: null,
    entry_method: null,
    image_url: null,
  };
  const at = Date.parse(entry.logged_at);
  const { dialect } = house;
  const express = (unit: number) =>
    dialect.express(
      { kind: "access", building: "building_1", at, revision: 0, data: { ...entry, unit } },
      north,
      () => "event_1",
    )!;
  const binding = bindingFor(subscription, express(843107216))!;
  assert.equal(binding.variant, 2);
  const sent = dialect.compose(express(843107216).body, binding.variant);
  assert.equal(JSON.parse(sent).event.resource_type, "door_release");
  assert.equal(bindingFor(subscription, express(474917539)), null);
  assert.deepEqual(dialect.authentication(subscription), []);
  assert.deepEqual(dialect.types, ["access_log.create", "call.create", "call.status_update"]);

  const removed = await fetch(`${origin}/v4/tenants/alia/integrations/${data.id}`, {
    method: "DELETE",
    headers: { authorization: `Bearer ${access_token}`, "content-type": "application/json" },
  });
  assert.equal(removed.status, 204);
  assert.equal(await removed.text(), "");
});

test("every change of an integration stands in the audit, without its address", async () => {
  const id = (
    await house.call("POST", "/v4/buildings/building_1/integrations", {
      as: "one_quay",
      body: requestFor("https://a.example/?token=t"),
    })
  ).body.data.id;
  const entries: object[] = [];
  const change = house.registry.change.bind(house.registry);
  house.registry.change = async (wanted) => {
    entries.push(...wanted.audit);
    return change(wanted);
  };
  await house.call("PUT", `/v4/buildings/building_1/integrations/${id}`, {
    as: "one_quay",
    body: requestFor("https://b.example/?token=t"),
  });
  await house.call("DELETE", `/v4/buildings/building_1/integrations/${id}`, { as: "one_quay" });
  const common = {
    at: 1_750_000_000_000,
    actor: "k_one",
    object: id,
    detail: '{"dialect":"butterflymx","building":"building_1"}',
  };
  assert.deepEqual(entries, [
    { ...common, action: "subscription.update" },
    { ...common, action: "subscription.delete" },
  ]);
});

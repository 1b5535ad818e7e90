import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { addDelivery, addSubscription, ask, type House, keyFor, modelOf, openHouse } from "./fixture.ts";

let house: House;
let operator: string;

before(async () => {
  house = await openHouse();
  operator = await keyFor(house, "operator");
});
after(() => house.close());

const put = (name: string) => ask(house, "PUT /v1/building-model", { key: operator, body: modelOf(name) });
const remove = (id: string, confirm: string | null, key = operator) =>
  ask(house, `DELETE /v1/organizations/${id}${confirm === null ? "" : `?confirm=${confirm}`}`, { key });
const ids = async () =>
  (await ask(house, "GET /v1/organizations?limit=100", { key: operator })).body.data.map(
    ({ id }: { id: string }) => id,
  );

describe("the end of an organization", () => {
  test("is asked for with its id twice, by an operator", async () => {
    await put("a");
    const manager = await keyFor(house, "organization", "org_a");
    assert.equal((await remove("org_a", "org_a", manager)).status, 403);
    for (const confirm of [null, "org_b", ""]) {
      const { status, body } = await remove("org_a", confirm);
      assert.equal(status, 400);
      assert.match(body.detail, /\?confirm=org_a/);
    }
    assert.equal((await remove("org_nowhere", "org_nowhere")).status, 404);
    assert.deepEqual(await ids(), ["org_a"]);
  });

  test("ends its keys, subscriptions, events and places, and spares all others", async () => {
    for (const name of ["b", "c"]) await put(name);
    const key = await keyFor(house, "organization", "org_b");
    const [gone, kept] = [await addSubscription(house, "org_b"), await addSubscription(house, "org_c")];
    for (const each of [gone, kept]) await addDelivery(house, each, `event_of_${each.id}`);
    assert.equal((await ask(house, "GET /v1/subscriptions", { key })).status, 200);

    assert.equal((await remove("org_b", "org_b")).status, 204);
    assert.equal((await remove("org_b", "org_b")).status, 404);
    assert.ok(!(await ids()).includes("org_b"));
    assert.equal((await ask(house, "GET /v1/subscriptions", { key })).status, 401);
    for (const path of [`/v1/subscriptions/${gone.id}`, "/v1/building-model?organization=org_b"]) {
      assert.equal((await ask(house, `GET ${path}`, { key: operator })).status, 404, path);
    }
    const listed = async (list: string) => (await ask(house, `GET /v1/${list}`, { key: operator })).body.data;
    for (const list of ["events", "deliveries", "subscriptions"]) {
      const organizations = (await listed(list)).map((each: { organization: string }) => each.organization);
      assert.deepEqual([...new Set(organizations)], ["org_c"], list);
    }
    const [entry] = await listed("audit");
    assert.deepEqual([entry.action, entry.object], ["organization.delete", "org_b"]);
  });

  test("lets the id be used again by an organization that starts empty and keeps secrets of its own", async () => {
    await put("d");
    await addSubscription(house, "org_d");
    assert.equal((await remove("org_d", "org_d")).status, 204);
    await put("d");
    const again = await addSubscription(house, "org_d");
    const snapshot = await house.store.registry.snapshot("org_d");
    assert.deepEqual(
      snapshot?.subscriptions.map(({ id }) => id),
      [again.id],
    );
    assert.deepEqual(snapshot?.subscriptions[0]?.signingSecrets, again.signingSecrets);
  });
});

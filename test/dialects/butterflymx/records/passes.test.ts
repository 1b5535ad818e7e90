// Passes that clients make and delete, and who may read their secrets.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { createModelChanges } from "../../../../src/organizations/replace-model.ts";
import { openHouse, principals } from "../fixture.ts";
import { northDocument } from "../place.ts";

const house = await openHouse();
after(() => house.close());

const post = (url: string, body: object, as = "duncan") => house.call("POST", url, { as, body });
const get = async (url: string, as = "duncan") => (await house.call("GET", url, { as })).body.data;

test("a delivery pass is for thirty days and all doors, and its one key has PIN and picture at once", async () => {
  const made = await post("/v4/keychains/delivery_pass", { keychain: { name: "USPS", tenant_id: 377389742 } });
  assert.equal(made.status, 201);
  const { data } = made.body;
  assert.deepEqual(
    [data.type, data.name, data.tenant_id, data.virtual_key_ids.length],
    ["delivery_pass", "USPS", 377389742, 1],
  );
  assert.equal(Date.parse(data.ends_at) - Date.parse(data.starts_at), 30 * 24 * 3_600_000);
  const [key] = await get(`/v4/virtual_keys?q%5Bkeychain_id_eq%5D=${data.id}`);
  assert.match(key.pin_code, /^\d{6}$/);
  const picture = await house.server.inject({ url: new URL(key.qr_code_url).pathname });
  assert.deepEqual([picture.statusCode, picture.headers["content-type"]], [200, "image/png"]);
  assert.equal(picture.rawPayload.subarray(1, 4).toString(), "PNG");
  assert.equal((await house.call("DELETE", `/v4/keychains/${data.id}`, { as: "duncan" })).status, 204);
  assert.equal((await house.server.inject({ url: new URL(key.qr_code_url).pathname })).statusCode, 404);
});

test("a picture's address cannot be made up", async () => {
  const [body, mac] = ["WyJvcmdfbm9ydGgiLCIxIl0", "A".repeat(43)];
  for (const file of [`${body}.${mac}.png`, `${body}.png`, "x.png", `${body}.${mac}x.png`]) {
    assert.equal((await house.server.inject({ url: `/qr/${file}` })).statusCode, 404, file);
  }
});

test("a custom pass has the doors and times asked for, and keys are put on it one by one", async () => {
  const made = await post("/v4/keychains/custom", {
    keychain: {
      name: "Party",
      tenant_id: 377389742,
      starts_at: "2026-11-29T19:41:29.018644+00:00",
      ends_at: "2026-11-30T19:41:29.018644+00:00",
      access_point_ids: [22177636],
    },
  });
  assert.equal(made.status, 201, made.text);
  const { id } = made.body.data;
  assert.deepEqual(made.body.data.access_point_ids, [22177636]);
  assert.equal(made.body.data.starts_at, "2026-11-29T19:41:29Z");
  assert.deepEqual(made.body.data.virtual_key_ids, []);
  const first = await post("/v4/virtual_keys", { virtual_key: { keychain_id: id, name: "Guest" } });
  const second = await post("/v4/virtual_keys", { keychain_id: id });
  assert.deepEqual([first.status, second.status], [201, 201]);
  assert.match(first.body.data.pin_code, /^\d{6}$/);
  assert.equal((await house.call("DELETE", `/v4/virtual_keys/${first.body.data.id}`, { as: "duncan" })).status, 204);
  assert.deepEqual((await get(`/v4/keychains/${id}`)).virtual_key_ids, [second.body.data.id]);
});

test("every fault of a body is named", async () => {
  const keychain = { tenant_id: 37112193, starts_at: "soon", access_point_ids: [21] };
  const { status, body } = await post("/v4/keychains/custom", { keychain });
  assert.equal(status, 422);
  const fields = body.errors.map(({ field }: { field: string }) => field);
  assert.deepEqual(fields, ["tenant_id", "starts_at", "access_point_ids", "name"]);
  const backwards = {
    name: "x",
    tenant_id: 377389742,
    starts_at: "2026-11-30T00:00:00Z",
    ends_at: "2026-11-29T00:00:00Z",
  };
  const { errors } = (await post("/v4/keychains/custom", { keychain: backwards })).body;
  assert.deepEqual(errors[0].code, "end_time_must_be_after_the_start_time");
});

test("a recurring pass keeps its days and hours, and is told what is wrong with them", async () => {
  const when = {
    start_date: "2026-11-29",
    end_date: "2026-12-24",
    time_from: "08:30",
    time_to: "17:00",
    weekdays: ["monday", "friday"],
  };
  const make = (change: object, type = "recurring") =>
    post(`/v4/keychains/${type}`, { keychain: { name: "Cleaner", tenant_id: 377389742, ...when, ...change } });
  const made = await make({});
  assert.equal(made.status, 201, made.text);
  const shown = await get(`/v4/keychains/${made.body.data.id}`);
  for (const [field, value] of Object.entries(when)) assert.deepEqual(shown[field], value, field);
  const custom = await make({}, "custom");
  assert.equal(custom.body.data.weekdays, undefined);
  const wrong: readonly (readonly [object, string])[] = [
    [{ start_date: "2026-02-30" }, "start_date"],
    [{ end_date: "2026-11-28" }, "end_date"],
    [{ time_from: "8" }, "time_from"],
    [{ time_to: "08:30" }, "time_to"],
    [{ weekdays: [] }, "weekdays"],
    [{ weekdays: [1] }, "weekdays"],
    [{ recipients: Array.from({ length: 101 }, () => "x@example.com") }, "recipients"],
  ];
  for (const [change, field] of wrong) {
    const { status, body } = await make(change);
    assert.deepEqual([status, body.errors.map((each: { field: string }) => each.field)], [422, [field]]);
  }
  const full = await make({ recipients: Array.from({ length: 100 }, () => "x@example.com") });
  assert.equal(full.body.data.virtual_key_ids.length, 100);
});

test("nobody makes passes for somebody else, and viewers make none", async () => {
  const keychain = { name: "x", tenant_id: 377389742 };
  assert.equal((await post("/v4/keychains/custom", { keychain }, "alia")).status, 422);
  assert.equal((await post("/v4/keychains/custom", { keychain }, "two_quay")).status, 422);
  assert.equal((await post("/v4/keychains/custom", { keychain }, "viewer")).status, 404);
  assert.equal((await post("/v4/keychains/custom", { keychain }, "one_quay")).status, 201);
});

test("what was made survives the operator's next model, and what was deleted stays deleted", async () => {
  const made = (await post("/v4/keychains/custom", { keychain: { name: "Kept", tenant_id: 377389742 } })).body.data;
  assert.equal((await house.call("DELETE", "/v4/keychains/254331397", { as: "duncan" })).status, 204);
  const models = createModelChanges({
    registry: house.registry,
    clock: { now: () => 0, monotonic: () => 0, after: () => () => {} },
  });
  await models.replace(principals["north"]!, northDocument);
  const ids = (await get("/v4/keychains")).map(({ id }: { id: number }) => id);
  assert.ok(ids.includes(made.id));
  assert.ok(!ids.includes(254331397));
});

test("a PIN is read by the tenant unheard, by the building's key with an entry in the audit, and by a viewer not at all", async () => {
  const pass = (await post("/v4/keychains/delivery_pass", { keychain: { tenant_id: 377389742 } })).body.data;
  const url = `/v4/virtual_keys?q[keychain_id_eq]=${pass.id}`;
  const reads = async () =>
    (await house.store.history.audit({ limit: 100, before: null })).items.filter(
      ({ action }) => action === "virtual_key.read",
    );
  const before = (await reads()).length;
  const [own] = await get(url);
  assert.equal((await reads()).length, before);
  const [managers] = await get(url, "one_quay");
  assert.equal(managers.pin_code, own.pin_code);
  assert.equal((await reads()).length, before + 1);
  assert.equal((await reads())[0]!.actor, "k_one");
  const [viewers] = await get(url, "viewer");
  assert.deepEqual([viewers.pin_code, viewers.qr_code_url], [null, null]);
  const stored = JSON.stringify(await house.registry.snapshot("org_north"));
  // Six digits made by chance may stand within a longer number.
  assert.doesNotMatch(stored, new RegExp(`(?<!\\d)${own.pin_code}(?!\\d)`));
});

test("the audit names the keys whose PINs were given out, and no others", async () => {
  const passes = [];
  for (const name of ["first", "second"]) {
    passes.push((await post("/v4/keychains/delivery_pass", { keychain: { name, tenant_id: 377389742 } })).body.data);
  }
  const [first, second] = passes.map(({ virtual_key_ids: [id] }) => String(id)) as [string, string];
  const readBy = async (url: string) => {
    await get(url, "one_quay");
    const [entry] = (await house.store.history.audit({ limit: 1, before: null })).items;
    return [entry!.action, entry!.object];
  };
  assert.deepEqual(await readBy(`/v4/virtual_keys/${first}`), ["virtual_key.read", first]);
  assert.deepEqual(await readBy(`/v4/virtual_keys?q[keychain_id_eq]=${passes[1].id}`), ["virtual_key.read", second]);
  const all = await get("/v4/virtual_keys", "one_quay");
  const last = String(all.at(-1).id);
  assert.deepEqual(await readBy(`/v4/virtual_keys?per=1&page=${all.length}`), ["virtual_key.read", last]);
});

test("a key that the operator named in letters keeps its name", async () => {
  const document = structuredClone(northDocument);
  Object.assign(document.sites[0]!.buildings![0]!.keychains![0]!, {
    id: "lettered",
    butterflymx_id: 254331398,
    virtual_keys: [{ id: "guest" }],
  });
  const clock = { now: () => 0, monotonic: () => 0, after: () => () => {} };
  await createModelChanges({ registry: house.registry, clock }).replace(principals["north"]!, document);
  assert.equal((await get("/v4/virtual_keys/guest")).id, "guest");
  assert.deepEqual((await get("/v4/keychains/254331398")).virtual_key_ids, ["guest"]);
});

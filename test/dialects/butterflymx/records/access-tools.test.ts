// PINs, fobs and cards of tenants: made, changed and taken away over the API.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { fc } from "../../../fixtures/properties.ts";
import type { Problem } from "../../../../src/errors.ts";
import { systemRandom } from "../../../../src/clock.ts";
import { newPin, pinOf } from "../../../../src/dialects/butterflymx/records/pin.ts";
import { createModelChanges } from "../../../../src/organizations/replace-model.ts";
import { openHouse, principals } from "../fixture.ts";
import { northDocument } from "../place.ts";

const house = await openHouse();
after(() => house.close());
const duncan = 377389742;
const tools = "/v4/access_tools";
const post = (path: string, body: unknown, as = "duncan") => house.call("POST", `${tools}/${path}`, { as, body });
const listed = async (as: string) => (await house.call("GET", tools, { as })).body.data as { id: number }[];
const lastAudit = async () => (await house.store.history.audit({ limit: 1, before: null })).items[0]!;

test("a PIN is made by chance or as wanted, read by its tenant unheard, and kept sealed", async () => {
  const made = await post("pins", { pin: { code: null, tenant_id: duncan } });
  assert.equal(made.status, 201, made.text);
  const { id, code, created_at: _, updated_at: __, ...rest } = made.body.data;
  assert.match(code, /^\d{6}$/);
  assert.deepEqual(rest, { name: null, type: "pin", building_id: 577696272, tenant_id: duncan });
  const { action, actor, object } = await lastAudit();
  assert.deepEqual([action, actor, object], ["access_tool.create", "k_duncan", String(id)]);
  const wanted = await post("pins", { pin: { code: "336901", tenant_id: duncan } }, "one_quay");
  assert.equal(wanted.body.data.code, "336901");
  assert.equal((await lastAudit()).action, "access_tool.read", "the building's key was shown it");
  assert.equal((await post("pins", { code: "4711" })).body.data.code, "4711", "flat, and of the only tenant");
  assert.ok(!JSON.stringify(await house.registry.snapshot("org_north")).includes("336901"));
  const viewed = (await house.call("GET", `${tools}/${id}`, { as: "viewer" })).body.data;
  assert.equal(viewed.code, null);
});

test("a PIN is changed, and what is no PIN is none that can be", async () => {
  const { id } = (await post("pins", { pin: { tenant_id: duncan } })).body.data;
  const put = (number: number, body: unknown, as = "duncan") =>
    house.call("PUT", `${tools}/pins/${number}`, { as, body });
  const changed = await put(id, { pin: { code: "918273" } });
  assert.deepEqual([changed.status, changed.body.data.code], [200, "918273"]);
  assert.equal((await lastAudit()).action, "access_tool.update");
  assert.equal((await house.call("GET", `${tools}/${id}`, { as: "duncan" })).body.data.code, "918273");
  const none = await put(id, { pin: {} });
  assert.deepEqual(none.body.errors, [{ field: "code", code: "blank", message: "can't be blank" }]);
  const tag = (await post("rfid_tags", { rfid_tag: { identifier: "E66CBDF31EAB", tenant_id: duncan } })).body.data;
  assert.equal((await put(tag.id, { pin: { code: "918273" } })).status, 404);
  assert.equal((await put(id, { pin: { code: "918273" } }, "alia")).status, 404);
});

test("a fob has the identifier that is printed on it", async () => {
  const made = await post("rfid_tags", { rfid_tag: { identifier: "E66CBDF31EAB570792CC", tenant_id: duncan } });
  assert.deepEqual([made.status, made.body.data.type, made.body.data.code], [201, "rfid_tag", "E66CBDF31EAB570792CC"]);
  for (const [identifier, code] of [
    ["", "blank"],
    ["no hex", "invalid"],
  ]) {
    const { status, body } = await post("rfid_tags", { rfid_tag: { identifier, tenant_id: duncan } });
    assert.deepEqual([status, body.errors[0].field, body.errors[0].code], [422, "item.identifier", code]);
  }
});

test("every fault of a body is named, and nothing is made", async () => {
  const before = (await listed("north")).length;
  const { status, body } = await post("pins", { pin: { code: "123456", tenant_id: 37112193 } });
  assert.equal(status, 422);
  assert.deepEqual(body.errors, [
    { field: "tenant_id", code: "blank", message: "must exist" },
    { field: "code", code: "low_entropy", message: "isn't strong enough, try a different value" },
  ]);
  assert.equal((await listed("north")).length, before);
});

test("a key of a keychain takes a PIN of six digits that a client wants", async () => {
  const key = (pin_code: string) =>
    house.call("POST", "/v4/virtual_keys", { as: "duncan", body: { keychain_id: 254331397, pin_code } });
  assert.equal((await key("468931")).body.data.pin_code, "468931");
  const short = await key("4711");
  assert.deepEqual([short.status, short.body.errors[0].code], [422, "wrong_length"]);
});

test("what was made survives the operator's next model, and what was deleted stays deleted, with its code", async () => {
  const kept = (await post("pins", { pin: { code: "918273", tenant_id: duncan } })).body.data.id as number;
  const gone = (await post("pins", { pin: { tenant_id: duncan } })).body.data.id as number;
  for (const id of [gone, 61]) {
    const { status } = await house.call("DELETE", `${tools}/${id}`, { as: "one_quay" });
    assert.equal(status, 204);
  }
  assert.equal((await lastAudit()).action, "access_tool.delete");
  assert.equal((await house.registry.pins("org_north", "access_tool", [String(gone)])).size, 0);
  const clock = { now: () => 0, monotonic: () => 0, after: () => () => {} };
  await createModelChanges({ registry: house.registry, clock }).replace(principals["north"]!, northDocument);
  const ids = (await listed("one_quay")).map(({ id }) => id);
  assert.deepEqual([ids.includes(kept), ids.includes(gone), ids.includes(61)], [true, false, false]);
  assert.equal((await house.call("GET", `${tools}/${kept}`, { as: "duncan" })).body.data.code, "918273");
  assert.equal((await house.call("DELETE", `${tools}/${gone}`, { as: "one_quay" })).status, 404);
});

test("PINs that anybody would try are refused, and none of them is made by chance", () => {
  const codesOf = (code: unknown): readonly string[] => {
    const faults: Problem[] = [];
    pinOf({ code }, "code", [4, 6], faults);
    return faults.map((fault) => fault.code);
  };
  for (const weak of ["111111", "123456", "654321", "012345", "987654"])
    assert.deepEqual(codesOf(weak), ["low_entropy"]);
  for (const fine of ["336901", "123457", "112233", "135791", "1234", "", null])
    assert.deepEqual(codesOf(fine), [], String(fine));
  for (const long of ["12345", "1234567"]) assert.deepEqual(codesOf(long), ["wrong_length"]);
  for (const odd of [336901, "33 901", "abcdef", {}]) assert.deepEqual(codesOf(odd), ["invalid"]);
  const runs = [123456, 111111, 918273];
  const random = { ...systemRandom, bytes: () => Buffer.from(runs.shift()!.toString(16).padStart(12, "0"), "hex") };
  assert.equal(newPin(random), "918273");
  fc.assert(
    fc.property(fc.nat(281_474_976_710_655), (number) => {
      let next = number;
      const bytes = () => Buffer.from((next++).toString(16).padStart(12, "0").slice(-12), "hex");
      assert.deepEqual(codesOf(newPin({ ...systemRandom, bytes })), []);
    }),
  );
});

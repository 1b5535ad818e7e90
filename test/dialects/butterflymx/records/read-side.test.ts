// What clients of the vendor read, over the dialect's API on a real store.

import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import { entryOf } from "../../../../src/building/entry-of.ts";
import type { AccessFact, AccessLog, CallFact, CallLog, EntryMethod } from "../../../../src/model/fact.ts";
import { progress } from "../../../contract/samples.ts";
import { accessFact, callFact } from "../../../fixtures/door-facts.ts";
import { openHouse } from "../fixture.ts";
import { north } from "../place.ts";

const house = await openHouse();
after(() => house.close());
const { epoch } = await house.store.ledger.acquire(0, 0);
const at = Date.parse("2026-06-17T10:12:19Z");

const access = (id: number, data: Partial<AccessLog>): AccessFact => accessFact({ id, ...data }, { at: at + id });
const call = (id: number, data: Partial<CallLog>): CallFact => {
  const device = { id: 708353660, name: "Main Entrance" };
  return callFact({ id, guid: `g-${id}`, device, status: "initializing", ...data }, { at: at + id });
};
const methods: readonly EntryMethod[] = ["Swipe to open", { keychain: 254331397 }, { access_tool: 61 }, null];
const entries = [
  access(1, { unit: 843107216, tenant_id: 37112193, name: "Alia Atredis", entry_method: methods[0]! }),
  access(2, { entry_method: methods[1]! }),
  access(3, { entry_method: methods[2]! }),
  access(4, { release_status: "Locked" }),
  call(5, { recipient: { id: 377389742, type: "Tenant" }, unit: { id: 474917539 } }),
  call(6, {}),
];
await house.store.ledger.accept([], progress(epoch, 0, { entries: entries.map((fact) => entryOf(fact, north, at)) }));

const get = async (url: string, as = "one_quay") => (await house.call("GET", url, { as })).body;
const ids = (body: { data: { id: number }[] }) => body.data.map(({ id }) => id);
const logs = "/v4/buildings/577696272/access_logs";
const calls = "/v4/buildings/577696272/calls";

describe("access logs and calls", () => {
  test("come newest first by number, in the vendor's page", async () => {
    const body = await get(`${logs}?page=1&per=2`);
    assert.deepEqual(ids(body), [4, 3]);
    assert.deepEqual(body.page_info, {
      current_page: 1,
      total_pages: 2,
      total_item_count: 4,
      page_item_count: 2,
      page_size: 2,
      next_page: 2,
      prev_page: null,
      first_page: true,
      last_page: false,
    });
    assert.deepEqual(ids(await get(`${logs}?page=2&per=2`)), [2, 1]);
    assert.deepEqual(ids(await get(`${logs}?page=9`)), []);
  });

  test("say every documented field, whatever opened the door", async () => {
    const { data } = await get(logs);
    for (const [index, method] of methods.entries()) {
      const row = data.find(({ id }: { id: number }) => id === index + 1);
      assert.deepEqual(row, { ...entries[index]!.data, entry_method: method });
    }
    const shown = (await get(`${calls}/5`)).data;
    const { provider: _, ...record } = entries[4]!.data as CallLog;
    assert.deepEqual(shown, record);
  });

  test("of tenants are what was granted to them, and a stranger's are not there", async () => {
    assert.deepEqual(ids(await get(logs, "alia")), [3, 1]);
    assert.deepEqual(ids(await get(logs, "duncan")), [2]);
    assert.deepEqual(ids(await get(calls, "alia")), []);
    assert.deepEqual(ids(await get(calls, "duncan")), [5]);
    assert.deepEqual(ids(await get(logs, "north")), [4, 3, 2, 1]);
    assert.deepEqual(ids(await get(logs, "viewer")), [4, 3, 2, 1]);
  });

  test("that a key may not see answer byte for byte like those that are not there", async () => {
    const absent = await house.call("GET", "/v4/buildings/577696272/nothing", { as: "alia" });
    assert.equal(absent.status, 404);
    const hidden = [
      [logs, "two_quay"],
      [logs, "south"],
      [logs, "ingest"],
      [`${logs}/2`, "alia"],
      [`${calls}/5`, "alia"],
      [`${calls}/1`, "one_quay"],
      [`${logs}/77`, "one_quay"],
      ["/v4/buildings/2/access_logs", "alia"],
    ] as const;
    for (const [url, as] of hidden) {
      const answer = await house.call("GET", url, { as });
      assert.deepEqual([answer.status, answer.text], [404, absent.text], `${url} as ${as}`);
    }
    assert.equal((await house.call("GET", logs, { as: null })).status, 401);
  });

  test("are narrowed by the documented filters; one that cannot be read is ignored", async () => {
    const cases: readonly (readonly [string, number[]])[] = [
      ["q%5Blogged_at_gteq%5D=2026-06-17+10:12:19+UTC", [4, 3, 2, 1]],
      ["q%5Blogged_at_gteq%5D=2026-06-17+10:12:20+UTC", []],
      ["q%5Blogged_at_gteq%5D=yesterday", [4, 3, 2, 1]],
      ["q[logged_at_lteq]=2026-06-17T10:12:19.002Z", [2, 1]],
      ["q[release_status]=unlocked", [3, 2, 1]],
      ["q[release_status_in][]=unlocked&q[release_status_in][]=locked", [4, 3, 2, 1]],
      ["q[access_point_in][]=22177636&q[access_point_in][]=842395203", [4, 3, 2, 1]],
      ["q[access_point_in][]=842395203&q[access_point_in][]=22177636", [4, 3, 2, 1]],
      ["q[access_point_in][]=842395203&q[access_point_in][]=lobby", [4, 3, 2, 1]],
      ["q[release_method_in][]=swipe_to_open&q[release_method_in][]=pin", [1]],
      ["q[unit_label_or_user_full_name_or_delivery_authorization_description_start]=alia", [1]],
      ["q[nothing_of_the_kind_eq]=1", [4, 3, 2, 1]],
    ];
    for (const [query, expected] of cases) assert.deepEqual(ids(await get(`${logs}?${query}`)), expected, query);
    assert.deepEqual(ids(await get(`${calls}?q[origin_eq]=708353660`)), [6, 5]);
    assert.deepEqual(ids(await get(`${calls}?q[notification_type_eq]=delivery`)), []);
  });
});

describe("records of the model", () => {
  test("are those of the building for its key, and a tenant's own for theirs", async () => {
    const cases: readonly (readonly [string, string, number[]])[] = [
      ["/v4/buildings", "one_quay", [577696272]],
      ["/v4/buildings", "alia", [577696272]],
      ["/v4/buildings", "ingest", []],
      ["/v4/units", "one_quay", [843107216, 474917539]],
      ["/v4/units", "alia", [843107216]],
      ["/v4/tenants", "one_quay", [37112193, 377389742]],
      ["/v4/tenants", "alia", [37112193]],
      ["/v4/tenants?scope=self", "alia", [37112193]],
      ["/v4/tenants?scope=self", "one_quay", []],
      ["/v4/access_points", "alia", [22177636, 842395203]],
      ["/v4/access_points", "two_quay", [21]],
      ["/v4/devices", "duncan", [708353660]],
      ["/v4/access_tools", "alia", [61]],
      ["/v4/access_tools", "duncan", []],
      ["/v4/keychains", "duncan", [254331397]],
      ["/v4/keychains", "alia", []],
      ["/v4/tenants?q[building_id_eq]=577696272", "north", [37112193, 377389742]],
      ["/v4/tenants?q[building_id_eq]=nonsense", "north", [37112193, 377389742, 23, 25]],
      ["/v4/units?q[label_start]=4", "one_quay", [843107216]],
    ];
    for (const [url, as, expected] of cases) assert.deepEqual(ids(await get(url, as)), expected, `${url} as ${as}`);
  });

  test("have the fields and types that clients read", async () => {
    const tenant = (await get("/v4/tenants/377389742", "duncan")).data;
    assert.deepEqual([tenant.id, tenant.building_id, tenant.email], [377389742, 577696272, "d@example.com"]);
    assert.deepEqual(
      [tenant.unit.id, tenant.unit.label, tenant.building_timezone],
      [474917539, "5A", "America/New_York"],
    );
    const door = (await get("/v4/access_points/22177636")).data;
    assert.deepEqual([door.device_ids, door.open_hours, door.building_id], [[708353660], [], 577696272]);
    const pass = (await get("/v4/keychains/254331397")).data;
    assert.deepEqual([pass.tenant_id, pass.unit_id, pass.starts_at], [377389742, 474917539, null]);
    assert.deepEqual(pass.access_point_ids, [22177636, 842395203]);
    assert.deepEqual((await get("/v4/access_points/22177636/schedules")).data, []);
  });

  test("outside of what a key sees are not there", async () => {
    for (const url of ["/v4/tenants/377389742", "/v4/units/474917539", "/v4/keychains/254331397", "/v4/buildings/2"]) {
      assert.equal((await house.call("GET", url, { as: "alia" })).status, 404, url);
    }
  });

  test("need the organization where an operator asks and there are several", async () => {
    assert.equal((await house.call("GET", "/v4/tenants", { as: "operator" })).status, 400);
    const headers = { "belfry-organization": "org_south" };
    assert.deepEqual(ids((await house.call("GET", "/v4/tenants", { as: "operator", headers })).body), [93]);
  });
});

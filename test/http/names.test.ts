import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { ask, type House, keyFor, modelOf, openHouse } from "./fixture.ts";

let house: House;

before(async () => {
  house = await openHouse();
  const model = modelOf("a");
  const [site] = model.sites;
  const [building] = site!.buildings;
  const [floor] = building!.floors;
  const named = {
    ...building!,
    floors: [{ ...floor!, zones: [{ id: "zone_a", name: "Desk", room_id: "room_a" }] }],
    devices: [{ id: "panel_a", name: "Lobby panel" }],
    tenants: [
      { id: "tenant_a", unit_id: "unit_a", full_name: "Ada Moss" },
      { id: "tenant_b", unit_id: "unit_a", full_name: "Ben Vale" },
      { id: "tenant_gone", unit_id: "unit_a", full_name: "Cy Ash", inactive_after: "2020-01-01T00:00:00Z" },
    ],
  };
  const other = {
    id: "building_other",
    name: "Other house",
    access_points: [{ id: "door_other", name: "Back door" }],
  };
  const body = { ...model, sites: [{ ...site!, buildings: [named, other] }] };
  const key = await keyFor(house, "operator");
  const put = await ask(house, "PUT /v1/building-model", { key, body });
  assert.equal(put.status, 200, JSON.stringify(put.body));
});
after(() => house.close());

const namesFor = async (role: "building" | "tenant", target: string) => {
  const key = await keyFor(house, role, "org_a", target);
  return (await ask(house, "GET /v1/names", { key })).body as {
    timezone: string | null;
    data: readonly { kind: string; id: string; number: number | null; name: string; floor: string | null }[];
  };
};
const said = ({ data }: Awaited<ReturnType<typeof namesFor>>) => data.map(({ kind, name }) => `${kind} ${name}`);

test("a building's key gets the names of everything in its building, and of nothing in another", async () => {
  const names = await namesFor("building", "building_a");
  assert.deepEqual(said(names), [
    "building Building",
    "door Front door",
    "panel Lobby panel",
    "floor 1",
    "room Room",
    "zone Desk",
    "unit 101",
    "tenant Ada Moss",
    "tenant Ben Vale",
    "tenant Cy Ash",
  ]);
  assert.equal(names.timezone, "Europe/Berlin");
  assert.equal(names.data.find(({ id }) => id === "zone_a")!.floor, "floor_a");
  assert.equal(typeof names.data.find(({ id }) => id === "door_a")!.number, "number");
});

test("a tenant's key gets the names of its doors, its unit and its own, and of no other tenant", async () => {
  const names = await namesFor("tenant", "tenant_a");
  assert.deepEqual(said(names), [
    "building Building",
    "door Front door",
    "panel Lobby panel",
    "unit 101",
    "tenant Ada Moss",
  ]);
});

test("the key of a tenant who is no longer active gets no names", async () => {
  assert.deepEqual(await namesFor("tenant", "tenant_gone"), { timezone: null, data: [] });
});

test("a key of the organization gets the names of all its buildings", async () => {
  const key = await keyFor(house, "viewer", "org_a");
  const { body } = await ask(house, "GET /v1/names", { key });
  const { data } = body as Awaited<ReturnType<typeof namesFor>>;
  assert.deepEqual(
    data.filter(({ kind }) => kind === "building" || kind === "door").map(({ name }) => name),
    ["Building", "Other house", "Front door", "Back door"],
  );
});

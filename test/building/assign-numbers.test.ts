import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { ModelDocument } from "../../src/building/document.ts";
import { assignNumbers } from "../../src/building/assign-numbers.ts";
import { placeIdsOf } from "../../src/building/place-ids.ts";
import type { PlaceId } from "../../src/model/place-id.ts";
import { campus, checked, counter } from "./models.ts";

const units = (...records: { id: string; butterflymx_id?: number }[]): ModelDocument =>
  checked({
    organization: { id: "o", name: "O" },
    sites: [
      {
        id: "s",
        name: "S",
        timezone: "UTC",
        buildings: [
          { id: "b", name: "B", butterflymx_id: 1, units: records.map((unit) => ({ label: unit.id, ...unit })) },
        ],
      },
    ],
  });

const numbersIn = (document: ModelDocument): Record<string, number | undefined> =>
  Object.fromEntries(document.sites[0]!.buildings![0]!.units!.map((unit) => [unit.id, unit.butterflymx_id]));

const never = () => Promise.reject(new Error("No fresh number should be needed."));

describe("numbers for ButterflyMX", () => {
  test("stay as given, and an id that is a number is its own", async () => {
    const model = units({ id: "a", butterflymx_id: 7 }, { id: "12" });
    assert.deepEqual(numbersIn(await assignNumbers(model, null, never)), { a: 7, "12": 12 });
  });

  test("stay the same from model to model, also when the new one does not give them", async () => {
    const first = await assignNumbers(units({ id: "a" }, { id: "b" }), null, counter(100));
    const second = await assignNumbers(units({ id: "c" }, { id: "b" }, { id: "a" }), first, counter(200));
    assert.deepEqual(numbersIn(first), { a: 100, b: 101 });
    assert.deepEqual(numbersIn(second), { c: 200, b: 101, a: 100 });
  });

  test("are never another's: not its number, not its id, not one it was given just now", async () => {
    const first = await assignNumbers(units({ id: "a" }), null, counter(5));
    const model = units({ id: "a" }, { id: "b", butterflymx_id: 5 }, { id: "6" }, { id: "c" }, { id: "d" });
    assert.deepEqual(numbersIn(await assignNumbers(model, first, counter(4))), { a: 4, b: 5, "6": 6, c: 7, d: 8 });
  });

  test("are not taken from ids that would not come back the same", async () => {
    const model = units({ id: "007" }, { id: "0" }, { id: "9007199254740993" }, { id: "1e3" });
    const numbers = numbersIn(await assignNumbers(model, null, counter(50)));
    assert.deepEqual(new Set(Object.values(numbers)), new Set([50, 51, 52, 53]));
  });

  test("are at every record that has one and at no other, and change nothing else", async () => {
    const document = checked(campus());
    const numbered = await assignNumbers(document, null, counter(1_000_000));
    const kinds = ["building", "access_point", "device", "unit", "tenant", "keychain", "access_tool"];
    for (const { kind, id, number } of placeIdsOf(numbered)) assert.equal(number !== null, kinds.includes(kind), id);
    const stripped = JSON.parse(
      JSON.stringify(numbered, (key, value: unknown) => (key === "butterflymx_id" ? undefined : value)),
    );
    const before = JSON.parse(
      JSON.stringify(document, (key, value: unknown) => (key === "butterflymx_id" ? undefined : value)),
    );
    assert.deepEqual(stripped, before);
    assert.deepEqual(await assignNumbers(numbered, numbered, never), numbered);
  });
});

describe("places", () => {
  test("are every id of the model with its kind and number, and every MAC address", async () => {
    const places: PlaceId[] = placeIdsOf(await assignNumbers(checked(campus()), null, counter(1_000_000)));
    const counts = Object.groupBy(places, ({ kind }) => kind);
    assert.deepEqual(Object.fromEntries(Object.entries(counts).map(([kind, all]) => [kind, all.length])), {
      site: 1,
      building: 2,
      floor: 2,
      room: 3,
      zone: 1,
      hive: 1,
      sensor: 5,
      mac: 5,
      access_point: 3,
      device: 1,
      unit: 3,
      tenant: 5,
      keychain: 4,
      access_tool: 1,
    });
    assert.deepEqual(
      places.find(({ id }) => id === "tenant_duncan"),
      { kind: "tenant", id: "tenant_duncan", number: 377389742 },
    );
    assert.ok(places.some(({ kind, id }) => kind === "mac" && id === "00-17-0d-cc-bb-04"));
  });
});

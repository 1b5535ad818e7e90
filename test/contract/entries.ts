// Contract of entries: written with the progress of sensing, read newest first by whoever was granted them.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Entry, EntryGrant } from "../../src/model/entry.ts";
import type { EntryFilter } from "../../src/store/history.ts";
import type { Open } from "./index.ts";
import { addOrganization, keepAll, noon, observation, progress } from "./samples.ts";

const entry = (number: number, change: Partial<Entry> = {}): Entry => ({
  organization: "org_one",
  kind: "access",
  number,
  building: "building_1",
  at: noon + number,
  acceptedAt: noon + number,
  sourceId: String(number),
  guid: null,
  status: "Unlocked",
  type: "swipe_to_open",
  origin: "21",
  words: "\n4b\nalia atredis",
  data: JSON.stringify({ id: number }),
  grants: [],
  ...change,
});
const call = (number: number, change: Partial<Entry> = {}): Entry =>
  entry(number, { kind: "call", guid: `g${number}`, status: "initializing", type: "visitor", ...change });
const everything: EntryFilter = { organization: null, kind: null, building: null, tenants: null };
const grant = (tenant: string, unit: string, ground: EntryGrant["ground"]): EntryGrant => ({ tenant, unit, ground });

export function testEntries(open: Open): void {
  describe("entries", () => {
    const begin = async () => {
      const store = await open();
      await addOrganization(store.registry);
      await addOrganization(store.registry, "org_two");
      const { epoch } = await store.ledger.acquire(noon, 0);
      const write = (...entries: Entry[]) => store.ledger.accept([], progress(epoch, 0, { entries }));
      const numbers = async (filter: Partial<EntryFilter>) =>
        (await store.history.entries({ ...everything, ...filter }, 100, 0)).items.map(({ number }) => number);
      return { store, epoch, write, numbers };
    };

    test("every field of an entry comes back, newest first by number whatever its moment", async () => {
      const { store, write } = await begin();
      const written = [entry(1, { at: noon + 9 }), call(2, { organization: "org_two", sourceId: null })];
      await write(...written);
      const page = await store.history.entries(everything, 100, 0);
      const bare = written.toReversed().map(({ grants: _g, words: _w, ...view }) => view);
      assert.deepEqual(page, { items: bare, total: 2 });
    });

    test("pages go on behind one another, and know how many there are in all", async () => {
      const { store, write } = await begin();
      await write(...[1, 2, 3, 4, 5].map((number) => entry(number)));
      const { items, total } = await store.history.entries(everything, 2, 2);
      assert.deepEqual([items.map(({ number }) => number), total], [[3, 2], 5]);
      const first = await store.history.entriesBefore(everything, { limit: 3, before: null });
      const rest = await store.history.entriesBefore(everything, { limit: 3, before: first.before });
      assert.deepEqual(
        [first, rest].map((page) => page.items.map(({ number }) => number)),
        [
          [5, 4, 3],
          [2, 1],
        ],
      );
      assert.deepEqual([first.before, rest.before], [3, null]);
    });

    test("each filter narrows the list", async () => {
      const { write, numbers } = await begin();
      await write(
        entry(1),
        entry(2, { building: "building_2", status: "Locked", type: null, origin: "22", words: "" }),
        call(3),
      );
      const cases: readonly (readonly [Partial<EntryFilter>, number[]])[] = [
        [{ organization: "org_two" }, []],
        [{ organization: "org_one", kind: "access" }, [2, 1]],
        [{ building: "building_2" }, [2]],
        [{ from: noon + 2 }, [3, 2]],
        [{ to: noon + 2 }, [2, 1]],
        [{ statuses: ["unlocked"] }, [1]],
        [{ statuses: ["LOCKED", "initializing"] }, [3, 2]],
        [{ types: ["swipe_to_open", "pin"] }, [1]],
        [{ origins: ["22"] }, [2]],
        [{ origins: ["22", "21"] }, [3, 2, 1]],
        [{ words: "Alia A" }, [3, 1]],
        [{ words: "tredis" }, []],
        [{ guid: "g3" }, [3]],
      ];
      for (const [filter, expected] of cases) assert.deepEqual(await numbers(filter), expected, JSON.stringify(filter));
    });

    test("a tenant reads what was granted, and after a move what names them alone", async () => {
      const { write, numbers } = await begin();
      await write(
        entry(1, { grants: [grant("alia", "unit_1", "self"), grant("mate", "unit_1", "mate")] }),
        entry(2, { grants: [grant("alia", "unit_1", "unit"), grant("mate", "unit_1", "unit")] }),
        entry(3, { grants: [grant("mate", "unit_1", "self"), grant("alia", "unit_1", "mate")] }),
        entry(4),
      );
      const of = (id: string, unit: string, mates: boolean) =>
        numbers({ organization: "org_one", tenants: [{ id, unit, mates }] });
      assert.deepEqual(await of("alia", "unit_1", true), [3, 2, 1]);
      assert.deepEqual(await of("alia", "unit_1", false), [2, 1]);
      assert.deepEqual(await of("alia", "unit_2", true), [1]);
      assert.deepEqual(await of("nobody", "unit_1", true), []);
      const both = ["alia", "mate"].map((id) => ({ id, unit: "unit_2", mates: true }));
      assert.deepEqual(await numbers({ organization: "org_one", tenants: both }), [3, 1]);
      assert.deepEqual(await numbers({ organization: "org_one", tenants: [] }), []);
    });

    test("a call that goes on is the same entry, and keeps its moment and whom it concerned", async () => {
      const { store, write, numbers } = await begin();
      await write(call(1, { grants: [grant("alia", "unit_1", "self")] }));
      await write(
        call(1, { at: noon + 99, status: "opened_door", data: "{}", grants: [grant("mate", "unit_1", "self")] }),
      );
      const [found] = (await store.history.entries(everything, 9, 0)).items;
      assert.deepEqual([found!.status, found!.at, found!.data], ["opened_door", noon + 1, "{}"]);
      assert.deepEqual(
        await numbers({ organization: "org_one", tenants: [{ id: "mate", unit: "unit_1", mates: true }] }),
        [],
      );
    });

    test("a call is found by its GUID before sensing has seen it, and afterwards", async () => {
      const { store, epoch, write } = await begin();
      const { ledger } = store;
      const body = JSON.stringify({ kind: "call", id: null, at: noon, data: { guid: "new" } });
      const [logged] = await ledger.appendObservations([observation({ kind: "call", floor: null, body })]);
      await write(call(7, { organization: "org_two", guid: "old" }));
      assert.deepEqual(await ledger.findCall(null, "new"), ["org_one"]);
      assert.deepEqual(await ledger.findCall("org_two", "new"), []);
      assert.deepEqual(await ledger.findCall(null, "old"), ["org_two"]);
      assert.deepEqual(await ledger.findCall("org_one", "old"), []);
      assert.ok(logged?.status === "accepted");
      await ledger.accept([], progress(epoch, logged.number));
      assert.deepEqual(await ledger.findCall(null, "new"), []);
    });

    test("entries go when they are past their retention, with what they were granted to", async () => {
      const { store, epoch, write, numbers } = await begin();
      const grants = [grant("alia", "unit_1", "self")];
      await write(entry(1, { grants }), entry(2, { grants }));
      const slice = await store.ledger.prune(epoch, { ...keepAll, entries: noon + 2 }, noon, 1_000);
      assert.equal(slice.entries, 1);
      assert.deepEqual(await numbers({}), [2]);
      assert.deepEqual(
        await numbers({ organization: "org_one", tenants: [{ id: "alia", unit: "unit_1", mates: true }] }),
        [2],
      );
    });
  });
}

// Contract of minutes: written with the progress of sensing, replaced when written again, read by the owner and in pages.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Minute, MinuteOf } from "../../src/model/minute.ts";
import type { MinuteQuery } from "../../src/store/history.ts";
import type { Store } from "../../src/store/store.ts";
import type { Open } from "./index.ts";
import { addOrganization, keepAll, minute, noon, progress } from "./samples.ts";

const minuteMs = 60_000;
const hour = 60 * minuteMs;
const day = 24 * hour;

const room: MinuteQuery = {
  organization: "org_one",
  series: "presence",
  subject: "room_1",
  from: 0,
  until: noon + 400 * day,
  limit: 1_000,
  after: null,
};

/** A minute as it is shown of one subject. */
function alone({ organization: _o, series: _s, subject: _b, ...rest }: MinuteOf): Minute {
  return rest;
}

export function testMinutes(open: Open): void {
  describe("minutes", () => {
    const begin = async () => {
      const store = await open();
      await addOrganization(store.registry);
      await addOrganization(store.registry, "org_two");
      const { epoch } = await store.ledger.acquire(noon, 0);
      const write = (...minutes: MinuteOf[]) => store.ledger.accept([], progress(epoch, 1, { minutes }));
      return { store, epoch, write };
    };
    const pages = async ({ history }: Store, query: Partial<MinuteQuery>) => {
      const found: Minute[] = [];
      let after: number | null = null;
      do {
        const page = await history.minutes({ ...room, ...query, after });
        assert.ok(page.items.length <= (query.limit ?? room.limit));
        found.push(...page.items);
        after = page.after;
      } while (after !== null);
      return found;
    };

    test("every field of a minute comes back, for the owner and for the history", async () => {
      const { store, write } = await begin();
      const written = [
        minute(noon, { value: 0, min: 0, max: 0, mean: 0 }),
        minute(noon + minuteMs, { value: 9, min: 1, max: 120, mean: 8.03, observedS: 15, revision: 3 }),
        minute(noon + 3 * minuteMs, { value: 2, out: 5, observedS: 0 }),
      ];
      await write(...written);
      const read = await store.ledger.readMinutes("org_one", "presence", ["room_1"], noon, noon + hour);
      assert.deepEqual(read, written);
      assert.deepEqual(await pages(store, {}), written.map(alone));
    });

    test("a minute written again replaces the one before and no other, in whatever order they come", async () => {
      const { store, write } = await begin();
      const at = (index: number, value: number) => minute(noon + index * minuteMs, { value });
      await write(at(61, 1), at(2, 1), at(0, 1));
      await write(at(1, 1), at(2, 7));
      await write(at(60, 5), at(60, 6));
      const values = (await pages(store, {})).map((each) => [(each.at - noon) / minuteMs, each.value]);
      assert.deepEqual(values, [
        [0, 1],
        [1, 1],
        [2, 7],
        [60, 6],
        [61, 1],
      ]);
    });

    test("organizations, series and subjects are kept apart", async () => {
      const { store, write } = await begin();
      await write(
        minute(noon, { value: 1 }),
        minute(noon, { value: 2, series: "traffic_occupancy" }),
        minute(noon, { value: 3, series: "traffic", out: 4 }),
        minute(noon, { value: 5, subject: "room_2" }),
        minute(noon, { value: 6, organization: "org_two" }),
      );
      const valueOf = async (query: Partial<MinuteQuery>) => (await pages(store, query)).map(({ value }) => value);
      assert.deepEqual(await valueOf({}), [1]);
      assert.deepEqual(await valueOf({ series: "traffic_occupancy" }), [2]);
      assert.deepEqual(await valueOf({ series: "traffic" }), [3]);
      assert.deepEqual(await valueOf({ subject: "room_2" }), [5]);
      assert.deepEqual(await valueOf({ organization: "org_two" }), [6]);
      assert.deepEqual(await valueOf({ organization: "org_two", subject: "room_2" }), []);
      assert.deepEqual(await valueOf({ organization: "org_none" }), []);
    });

    test("the owner reads several subjects in the order given, from a time until another", async () => {
      const { store, write } = await begin();
      const minutes = ["room_1", "room_2"].flatMap((subject) =>
        [-1, 0, 1, 2].map((index) => minute(noon + index * minuteMs, { subject })),
      );
      await write(...minutes);
      const subjects = ["room_2", "room_none", "room_1"];
      const read = await store.ledger.readMinutes("org_one", "presence", subjects, noon, noon + 2 * minuteMs);
      assert.deepEqual(
        read.map(({ subject, at }) => [subject, (at - noon) / minuteMs]),
        [
          ["room_2", 0],
          ["room_2", 1],
          ["room_1", 0],
          ["room_1", 1],
        ],
      );
      const unknown = store.ledger.readMinutes("org_none", "presence", subjects, noon, noon + 1);
      await assert.rejects(unknown, { code: "NOT_FOUND" });
    });

    test("pages of any size meet without gap or overlap, over hours and days", async () => {
      const { store, write } = await begin();
      const indexes = [0, 1, 59, 60, 61, 719, 720, 721, 1440 * 3, 1440 * 3 + 1];
      await write(...indexes.map((index) => minute(noon + index * minuteMs)));
      const seen = async (query: Partial<MinuteQuery>) =>
        (await pages(store, query)).map(({ at }) => (at - noon) / minuteMs);
      for (const limit of [1, 2, 3, 7, 100]) assert.deepEqual(await seen({ limit }), indexes);
      const from = noon + minuteMs;
      assert.deepEqual(await seen({ limit: 2, from, until: noon + 720 * minuteMs }), [1, 59, 60, 61, 719]);
      assert.deepEqual(await seen({ from: noon + 1 }), indexes.slice(1));
      assert.deepEqual(await seen({ until: noon + 1 }), [0]);
      assert.deepEqual(await seen({ from, until: from }), []);
    });

    test("a minute that cannot be stored is refused, and nothing of its call is written", async () => {
      const { store, epoch, write } = await begin();
      const bad: Partial<MinuteOf>[] = [
        { at: noon + 1 },
        { value: 1.5 },
        { max: -1 },
        { mean: 0.333 },
        { observedS: 61 },
      ];
      for (const change of bad) await assert.rejects(write(minute(noon - hour), minute(noon, change)), /minute/);
      const foreign = progress(epoch, 2, { minutes: [minute(noon, { organization: "org_none" })] });
      await assert.rejects(store.ledger.accept([], foreign), { code: "NOT_FOUND" });
      assert.deepEqual(await pages(store, {}), []);
      assert.equal((await store.ledger.readSensingState()).position, 0);
      await write(minute(noon));
      assert.equal((await pages(store, {})).length, 1);
    });

    test("minutes are written once they are committed, and not by an owner that was replaced", async () => {
      const { store, epoch, write } = await begin();
      await store.ledger.acquire(noon, 0);
      await assert.rejects(write(minute(noon)), { name: "OwnershipLost" });
      assert.deepEqual(await pages(store, {}), []);
      assert.ok(epoch.number > 0);
    });

    test("whole days go that are past their retention, in slices, and later ones stay", async () => {
      const { store, epoch, write } = await begin();
      const midnight = noon - 12 * hour;
      const hours = Array.from({ length: 50 }, (_, index) => midnight - 25 * hour + index * hour);
      for (let room_ = 0; room_ < 12; room_++) {
        await write(...hours.map((at) => minute(at, { subject: `room_${room_}` })));
      }
      const prune = async (before: number) => {
        let rows = 0;
        for (let more = true; more; ) {
          const slice = await store.ledger.prune(epoch, { ...keepAll, minutes: before }, noon, 0);
          rows += slice.minuteHours;
          more = slice.more;
        }
        return rows;
      };
      assert.equal(await prune(midnight - day - 1), 0);
      assert.equal(await prune(midnight + day - 1), 25 * 12);
      assert.equal(await prune(midnight + day - 1), 0);
      const left = await pages(store, { subject: "room_3" });
      assert.deepEqual(
        left.map(({ at }) => at),
        hours.slice(25),
      );
    });
  });
}

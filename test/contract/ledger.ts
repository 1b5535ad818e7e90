// Contract of the ledger, first half: the observation log, acceptance, ownership and reading what is due.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { NewEvent } from "../../src/store/acceptance.ts";
import { OwnershipLost } from "../../src/store/ownership.ts";
import type { Open } from "./index.ts";
import {
  accept,
  addOrganization,
  audit,
  event,
  keepAll,
  minute,
  noon,
  observation,
  owe,
  owed,
  progress,
  put,
  readLane,
  refusal,
  settlement,
  subscription,
} from "./samples.ts";

export function testObservationLog(open: Open): void {
  describe("observation log", () => {
    test("it keeps the order of acceptance and reads on from a position", async () => {
      const { ledger, registry } = await open();
      await addOrganization(registry);
      const receipts = await ledger.appendObservations([observation(), observation(), observation()]);
      const positions = receipts.map((receipt) => (receipt.status === "accepted" ? receipt.number : null));
      const logged = await ledger.readObservations(0, 2);
      assert.deepEqual(
        logged.map(({ position }) => position),
        positions.slice(0, 2),
      );
      assert.deepEqual(logged[0], {
        position: positions[0],
        organization: "org_one",
        acceptedAt: noon,
        observation: { kind: "traffic", id: null, at: noon, sensor: "s", in: 1, out: 0 },
      });
      assert.equal((await ledger.readObservations(positions[1]!, 10)).length, 1);
    });

    test("what is behind a position is counted as so many observations, wherever positions lie", async () => {
      const { ledger, registry } = await open();
      await addOrganization(registry);
      assert.equal(await ledger.countObservations(0), 0);
      const receipts = [
        ...(await ledger.appendObservations([observation(), observation()])),
        ...(await ledger.appendObservations([observation()])),
      ];
      const positions = receipts.flatMap((receipt) => (receipt.status === "accepted" ? [receipt.number] : []));
      const counts = await Promise.all([0, ...positions].map((position) => ledger.countObservations(position)));
      assert.deepEqual(counts, [3, 2, 1, 0]);
    });

    test("it keeps the trace that an observation came with", async () => {
      const { ledger, registry } = await open();
      await addOrganization(registry);
      await ledger.appendObservations([observation({ trace: "a trace" }), observation()]);
      const [traced, untraced] = await ledger.readObservations(0, 2);
      assert.equal(traced!.trace, "a trace");
      assert.ok(!("trace" in untraced!));
    });

    test("an id is taken once per organization and kind, also within one batch", async () => {
      const { ledger, registry } = await open();
      await addOrganization(registry);
      await addOrganization(registry, "org_two");
      const input = { id: "a-1", hash: "same" };
      const other = { id: "a-1", hash: "other" };
      const receipts = await ledger.appendObservations([
        observation({ idempotencyKey: input }),
        observation({ idempotencyKey: input }),
        observation({ idempotencyKey: other }),
        observation({ idempotencyKey: other, kind: "motion" }),
        observation({ idempotencyKey: other, organization: "org_two" }),
      ]);
      assert.deepEqual(
        receipts.map(({ status }) => status),
        ["accepted", "duplicate", "reused", "accepted", "accepted"],
      );
      assert.deepEqual(
        (
          await ledger.appendObservations([
            observation({ idempotencyKey: input }),
            observation({ idempotencyKey: other }),
          ])
        ).map(({ status }) => status),
        ["duplicate", "reused"],
      );
      assert.equal((await ledger.readObservations(0, 10)).length, 3);
    });

    test("an observation of an unknown organization is refused with all of its batch", async () => {
      const { ledger, registry } = await open();
      await addOrganization(registry);
      const refused = ledger.appendObservations([observation(), observation({ organization: "org_none" })]);
      await assert.rejects(refused, { code: "NOT_FOUND" });
      assert.deepEqual(await ledger.readObservations(0, 10), []);
    });

    test("a floor's minutes are read again by the moment of sensing", async () => {
      const { ledger, registry } = await open();
      await addOrganization(registry);
      const minute = 60_000;
      const receipts = await ledger.appendObservations([
        observation({ at: noon + minute }),
        observation({ at: noon }),
        observation({ at: noon + minute - 1 }),
        observation({ floor: "floor_2" }),
        observation({ floor: null }),
      ]);
      const positions = receipts.map((receipt) => (receipt.status === "accepted" ? receipt.number : null));
      const read = await ledger.readFloor("org_one", "floor_1", noon, noon + minute, 10);
      assert.deepEqual(
        read.map(({ position }) => position),
        [positions[1], positions[2]],
      );
      const { position } = read[0]!;
      const rest = await ledger.readFloor("org_one", "floor_1", noon, noon + minute, 10, { at: noon, position });
      assert.deepEqual(rest, read.slice(1));
    });
  });
}

export function testAcceptance(open: Open): void {
  describe("acceptance", () => {
    test("an event is written with all it owes, under numbers that only rise", async () => {
      const store = await open();
      await addOrganization(store.registry);
      const deliveries = [owed(11, { variant: 3 }), owed(12)];
      const [first, second] = await accept(store, [event("event_a", { deliveries }), event("event_b", { deliveries })]);
      assert.ok(first?.status === "accepted" && second?.status === "accepted");
      assert.ok(second.number > first.number);
      const numbers = [...first.deliveries, ...second.deliveries];
      assert.deepEqual(
        numbers,
        numbers.toSorted((a, b) => a - b),
      );
      const { epoch } = await store.ledger.acquire(noon, 0);
      const lane = await readLane(store.ledger, epoch, noon, 11, 1);
      assert.deepEqual(lane?.rows, [
        {
          number: first.deliveries[0],
          lane: 11,
          class: "live",
          variant: 3,
          attempts: 0,
          due: noon,
          createdAt: noon,
          event: {
            number: first.number,
            id: "event_a",
            dialect: "butlr",
            type: "ROOM_OCCUPANCY",
            body: '{"id":"event_a","value":1.0}',
            revision: 0,
            previous: null,
          },
          sequence: 1,
        },
      ]);
    });

    test("it is stale when any organization has changed or is unknown, and then writes nothing", async () => {
      const store = await open();
      await addOrganization(store.registry);
      await addOrganization(store.registry, "org_two");
      const revision = await put(store.registry, "org_two", subscription(9, { organization: "org_two" }));
      const events = [event("event_a")];
      const result = await store.ledger.accept(
        [
          { organization: "org_one", revision: 1, events },
          { organization: "org_two", revision: revision - 1, events },
          { organization: "org_none", revision: 0, events },
        ],
        null,
      );
      assert.deepEqual(result, { status: "stale", organizations: ["org_two", "org_none"] });
      assert.equal((await store.history.totals()).events, 0);
    });

    test("a derived event is written once, however often it is folded", async () => {
      const store = await open();
      await addOrganization(store.registry);
      await addOrganization(store.registry, "org_two");
      const key = "ROOM_OCCUPANCY:room_1:0:0";
      const first = await accept(store, [event("event_a", { key }), event("event_b", { key, deliveries: [owed(1)] })]);
      const second = await accept(store, [event("event_c", { key }), event("event_d", { key: "another" })]);
      const foreign = await accept(store, [event("event_e", { key })], "org_two");
      const statuses = [...first, ...second, ...foreign].map(({ status }) => status);
      assert.deepEqual(statuses, ["accepted", "duplicate", "duplicate", "accepted", "accepted"]);
      assert.equal((await store.history.totals()).pending, 0);
    });

    test("a sender's id is taken once per organization and type", async () => {
      const store = await open();
      await addOrganization(store.registry);
      await addOrganization(store.registry, "org_two");
      const input = { id: "event_a", hash: "same" };
      const receipts = await accept(store, [
        event("event_a", { idempotencyKey: input }),
        event("event_a", { idempotencyKey: input }),
        event("event_a", { idempotencyKey: { id: "event_a", hash: "other" } }),
        event("event_a", { idempotencyKey: input, type: "TRAFFIC" }),
      ]);
      const foreign = await accept(store, [event("event_a", { idempotencyKey: input })], "org_two");
      const statuses = [...receipts, ...foreign].map(({ status }) => status);
      assert.deepEqual(statuses, ["accepted", "duplicate", "reused", "accepted", "accepted"]);
    });

    test("a hundred requests with the same event at once make one event", async () => {
      const store = await open();
      await addOrganization(store.registry);
      const input = { id: "event_a", hash: "same" };
      const one = () => accept(store, [event("event_a", { idempotencyKey: input, deliveries: [owed(1)] })]);
      const receipts = (await Promise.all(Array.from({ length: 100 }, one))).flat();
      assert.equal(receipts.filter(({ status }) => status === "accepted").length, 1);
      assert.equal(receipts.filter(({ status }) => status === "duplicate").length, 99);
      const { events, pending } = await store.history.totals();
      assert.deepEqual({ events, pending }, { events: 1, pending: 1 });
    });

    test("a delivery on change is owed only when the value differs from the last one of its subject", async () => {
      const store = await open();
      await addOrganization(store.registry);
      const deliveries = [owed(1, { onChange: true }), owed(2)];
      const values = ["3", "3", "4", "3"];
      const receipts = await accept(
        store,
        values.map((value, index) => event(`event_${index}`, { value, deliveries })),
      );
      const elsewhere = await accept(store, [
        event("event_r", { value: "3", subject: "room_2", deliveries }),
        event("event_t", { value: "3", type: "ROOM_PEAK", deliveries }),
        event("event_n", { value: null, deliveries }),
        event("event_m", { value: null, deliveries }),
      ]);
      const isOwed = [...receipts, ...elsewhere].map((each) => each.status === "accepted" && each.deliveries[0]! > 0);
      assert.deepEqual(isOwed, [true, false, true, true, true, true, true, true]);
      assert.ok([...receipts, ...elsewhere].every((each) => each.status === "accepted" && each.deliveries[1]! > 0));
    });

    test("whoever begins to take an event on change is owed its next value, whatever it was", async () => {
      const store = await open();
      await addOrganization(store.registry);
      const taker = subscription(await store.registry.allocate(1), { filters: null, sendOnValueChange: true });
      const other = subscription(await store.registry.allocate(1), {
        bindings: [{ type: "TRAFFIC", variant: 0, resource: null }],
      });
      let events = 0;
      const isOwed = async (value: string, onChange = true) => {
        const deliveries = [owed(taker.number, { onChange })];
        const [receipt] = await accept(store, [event(`event_${++events}`, { value, deliveries })]);
        return receipt?.status === "accepted" && receipt.deliveries[0]! > 0;
      };
      await put(store.registry, "org_one", taker);
      assert.deepEqual([await isOwed("3"), await isOwed("3")], [true, false]);

      // Neither a new name nor another subscription changes what is taken.
      await put(store.registry, "org_one", { ...taker, name: "Back desk", updatedAt: noon + 1 }, other);
      assert.equal(await isOwed("3"), false);

      // Meanwhile every value goes out, and nobody notes the last one.
      await put(store.registry, "org_one", { ...taker, sendOnValueChange: false });
      assert.equal(await isOwed("4", false), true);
      await put(store.registry, "org_one", taker);
      assert.deepEqual([await isOwed("3"), await isOwed("3")], [true, false]);

      await put(store.registry, "org_one", { ...taker, filters: { room_ids: ["room_1"] } });
      assert.deepEqual([await isOwed("3"), await isOwed("3")], [true, false]);

      await store.registry.change({
        organization: "org_one",
        revision: null,
        remove: [taker.number],
        audit: [audit()],
      });
      await put(store.registry, "org_one", { ...taker, number: await store.registry.allocate(1), id: "webhook_new" });
      assert.equal(await isOwed("3"), true);
    });

    test("a late event is owed whatever its value, and so is the next one", async () => {
      const store = await open();
      await addOrganization(store.registry);
      const deliveries = [owed(1, { onChange: true })];
      const told: readonly [value: string, isLate: boolean][] = [
        ["3", false],
        ["3", false],
        ["3", true],
        ["3", false],
        ["3", false],
        ["4", true],
        ["4", true],
        ["4", false],
      ];
      const receipts = await accept(
        store,
        told.map(([value, isLate], index) => event(`event_${index}`, { value, isLate, deliveries })),
      );
      const isOwed = receipts.map((each) => each.status === "accepted" && each.deliveries[0]! > 0);
      assert.deepEqual(isOwed, [true, false, true, true, false, true, true, true]);
    });

    test("an event repeats earlier ones of its kind and scopes as they were stated last, as new live deliveries", async () => {
      const store = await open();
      await addOrganization(store.registry);
      await addOrganization(store.registry, "org_two");
      const { epoch } = await store.ledger.acquire(noon, 0);
      const key = (at: number, revision: number | "") => `ROOM_OCCUPANCY:room_1:${at}:${revision}`;
      const stated = (id: string, at: number, revision = 0, change: Partial<NewEvent> = {}) =>
        event(id, { at, revision, key: key(at, revision), ...change });
      await accept(store, [
        stated("other_type", 1, 0, { type: "ROOM_PEAK" }),
        stated("other_scopes", 2, 0, { scopes: '{"room":"room_1"}' }),
        stated("other_subject", 3, 0, { subject: "room_1:3" }),
        ...Array.from({ length: 11 }, (_, revision) => stated(`four_${revision}`, 4, revision)),
        stated("five", 5),
      ]);
      await accept(store, [stated("elsewhere", 6)], "org_two");
      const repeats = [1, 2, 3, 4, 5, 6, 7, 50].map((at) => ({ lane: 9, variant: 2, key: key(at, "") }));
      // The correction stands behind it in the call, and what comes with a duplicate is not repeated.
      const batch = [
        stated("eight", 8, 0, { repeats }),
        stated("five_1", 5, 1),
        stated("eight_too", 8, 0, { repeats }),
      ];
      const [receipt, , again] = await accept(store, batch);
      assert.equal(again?.status, "duplicate");
      assert.ok(receipt?.status === "accepted");
      assert.deepEqual(
        receipt.repeats.map((number) => number > 0),
        [false, false, false, true, true, false, false, false],
      );
      const [live] = await store.ledger.readDue(epoch, noon, [{ lane: 9, class: "live", limit: 10 }]);
      assert.deepEqual(
        live!.rows.map(({ number, variant, attempts, due, event: { id, body } }) => [
          number,
          variant,
          attempts,
          due,
          id,
          body,
        ]),
        [
          [receipt.repeats[3], 2, 0, noon, "four_10", '{"id":"four_10","value":1.0}'],
          [receipt.repeats[4], 2, 0, noon, "five_1", '{"id":"five_1","value":1.0}'],
        ],
      );
      assert.equal((await store.history.totals()).events, 18);
    });

    test("the fold's progress is written with its events, and forgets what it is told to forget", async () => {
      const store = await open();
      await addOrganization(store.registry);
      const { epoch } = await store.ledger.acquire(noon, 0);
      assert.deepEqual(await store.ledger.readSensingState(), { position: 0, rereadFrom: 0, subjects: [] });
      const organization = "org_one";
      const subjects = [
        { organization, key: "edge:room_1", value: "true" },
        { organization, key: "total:s", value: "9" },
      ];
      const acceptances = [{ organization, revision: 1, events: [event("event_a", { key: "k" })] }];
      await store.ledger.accept(acceptances, progress(epoch, 7, { subjects }));
      const forgotten = [{ organization, key: "total:s", value: null }];
      const alone = await store.ledger.accept([], progress(epoch, 8, { rereadFrom: 5, subjects: forgotten }));
      assert.deepEqual(alone, { status: "done", receipts: [] });
      const state = { position: 8, rereadFrom: 5, subjects: [subjects[0]] };
      assert.deepEqual(await store.ledger.readSensingState(), state);
      const stale = await store.ledger.accept(
        [{ organization, revision: 5, events: [] }],
        progress(epoch, 9, { subjects, minutes: [minute(noon)] }),
      );
      assert.equal(stale.status, "stale");
      assert.deepEqual(await store.ledger.readSensingState(), state);
      assert.deepEqual(await store.ledger.readMinutes(organization, "presence", ["room_1"], 0, noon + 1), []);
    });
  });
}

export function testOwnership(open: Open): void {
  describe("ownership", () => {
    test("a new owner ends the writing of the one before", async () => {
      const store = await open();
      await addOrganization(store.registry);
      const { ledger } = store;
      const [delivery] = await owe(store, "event_a", [owed(1)]);
      const { epoch } = await ledger.acquire(noon, 0);
      const next = await ledger.acquire(noon, 0);
      assert.ok(next.epoch.number > epoch.number);
      const late: (() => Promise<unknown>)[] = [
        () => ledger.readDue(epoch, noon, []),
        () => ledger.settle(epoch, [settlement(delivery!, 1)]),
        () => ledger.spill(epoch, [delivery!], noon),
        () => ledger.cancel(epoch, 1, noon, 10),
        () => ledger.prune(epoch, keepAll, noon, 10),
        () => ledger.accept([{ organization: "org_one", revision: 1, events: [event("b")] }], progress(epoch, 1)),
      ];
      for (const verb of late) await assert.rejects(verb(), OwnershipLost);
      assert.equal((await store.history.delivery(delivery!))?.state, "pending");
      assert.equal((await store.history.totals()).events, 1);
    });

    test("whoever becomes the owner finds everything owed, unstarted work first and at once", async () => {
      const store = await open();
      await addOrganization(store.registry);
      const { ledger } = store;
      await ledger.acquire(noon, 0);
      await owe(store, "event_a", [owed(1, { spilled: false }), owed(2)]);
      await owe(store, "event_b", [owed(1, { spilled: false })]);
      const { epoch, lanes } = await ledger.acquire(noon + 10, 60_000);
      assert.deepEqual(lanes, [
        { lane: 1, class: "live", nextDue: noon },
        { lane: 2, class: "live", nextDue: noon },
      ]);
      const [one, two] = await ledger.readDue(epoch, noon + 10, [
        { lane: 1, class: "live", limit: 5 },
        { lane: 2, class: "live", limit: 5 },
      ]);
      assert.deepEqual([one?.rows.length, two?.rows.length], [2, 1]);
    });

    test("a first attempt is due at once also when the clock was set back since its event came", async () => {
      const store = await open();
      await addOrganization(store.registry);
      const { ledger } = store;
      await ledger.acquire(noon, 0);
      const [delivery] = await owe(store, "event_a", [owed(1)]);
      const yesterday = noon - 86_400_000;
      const { epoch, lanes } = await ledger.acquire(yesterday, 60_000);
      assert.deepEqual(lanes, [{ lane: 1, class: "live", nextDue: yesterday }]);
      const lane = await readLane(ledger, epoch, yesterday, 1, 5);
      assert.deepEqual(
        lane?.rows.map(({ number }) => number),
        [delivery],
      );
    });

    test("overdue retries are spread evenly, the others keep their time", async () => {
      const store = await open();
      await addOrganization(store.registry);
      const { ledger } = store;
      const { epoch } = await ledger.acquire(noon, 0);
      const numbers: number[] = [];
      for (const id of ["a", "b", "c", "d", "later"]) numbers.push(...(await owe(store, `event_${id}`, [owed(1)])));
      const retryAt = (index: number) => (index < 4 ? noon + 1_000 : noon + 9_000);
      await ledger.settle(
        epoch,
        numbers.map((number, index) => settlement(number, 1, { outcome: refusal, next: { due: retryAt(index) } })),
      );
      await ledger.release(epoch);
      const next = await ledger.acquire(noon + 5_000, 4_003);
      const lane = await readLane(ledger, next.epoch, noon + 20_000, 1, 9);
      assert.deepEqual(
        lane?.rows.map(({ number, due }) => [number, due - noon]),
        numbers.map((number, index) => [number, index < 4 ? 5_000 + Math.floor((index * 4_003) / 4) : 9_000]),
      );
    });

    test("a lane is read by due time, then number, only what is due, and says when it must be read again", async () => {
      const store = await open();
      await addOrganization(store.registry);
      const { ledger } = store;
      const { epoch } = await ledger.acquire(noon, 0);
      const numbers: number[] = [];
      for (const id of ["a", "b", "c"]) numbers.push(...(await owe(store, `event_${id}`, [owed(1)])));
      const [a, b, c] = numbers as [number, number, number];
      await ledger.spill(epoch, [a], noon + 50);
      await ledger.spill(epoch, [c], noon + 90);
      const take = async (now: number, limit: number) => {
        const lane = await readLane(ledger, epoch, now, 1, limit);
        return { numbers: lane?.rows.map(({ number }) => number), nextDue: lane?.nextDue };
      };
      assert.deepEqual(await take(noon + 60, 9), { numbers: [b, a], nextDue: noon + 90 });
      assert.deepEqual(await take(noon + 60, 1), { numbers: [b], nextDue: noon + 50 });
      assert.deepEqual(await take(noon + 99, 9), { numbers: [b, a, c], nextDue: null });
      assert.deepEqual(await take(noon + 99, 9), { numbers: [b, a, c], nextDue: null });
      const empty = await readLane(ledger, epoch, noon, 404, 1);
      assert.deepEqual(empty, { rows: [], nextDue: null });
    });

    test("a read of large bodies is cut, and says that there is more", async () => {
      const store = await open();
      await addOrganization(store.registry);
      const { ledger } = store;
      const { epoch } = await ledger.acquire(noon, 0);
      const body = "x".repeat(5 * 1024 * 1024);
      for (const id of ["a", "b", "c", "d", "e"]) await owe(store, `event_${id}`, [owed(1), owed(2)], { body });
      const [one, two] = await ledger.readDue(epoch, noon, [
        { lane: 1, class: "live", limit: 9 },
        { lane: 2, class: "live", limit: 9 },
      ]);
      const count = (one?.rows.length ?? 0) + (two?.rows.length ?? 0);
      assert.ok(count >= 1 && count < 10, String(count));
      for (const lane of [one, two]) assert.equal(lane!.rows.length === 5 ? null : noon, lane!.nextDue);
    });

    test("a delivery has the trace that its event came with, and its resend too", async () => {
      const store = await open();
      await addOrganization(store.registry);
      const { ledger } = store;
      const { epoch } = await ledger.acquire(noon, 0);
      const [traced] = await owe(store, "event_a", [owed(1)], { trace: "a trace" });
      await owe(store, "event_b", [owed(1)]);
      await ledger.resend(traced!, noon);
      const [live, again] = await ledger.readDue(epoch, noon, [
        { lane: 1, class: "live", limit: 9 },
        { lane: 1, class: "retry", limit: 9 },
      ]);
      assert.deepEqual(
        [...live!.rows, ...again!.rows].map(({ event }) => ("trace" in event ? event.trace : "absent")),
        ["a trace", "absent", "a trace"],
      );
    });

    test("what the caller keeps in memory is not read from the disk until it is parked", async () => {
      const store = await open();
      await addOrganization(store.registry);
      const { ledger } = store;
      const { epoch } = await ledger.acquire(noon, 0);
      const [delivery] = await owe(store, "event_a", [owed(1, { spilled: false })]);
      const reads = [{ lane: 1, class: "live", limit: 9 }] as const;
      assert.deepEqual(await ledger.readDue(epoch, noon, reads), [
        { lane: 1, class: "live", rows: [], nextDue: null, moved: 0, superseded: 0, skipped: [] },
      ]);
      await ledger.spill(epoch, [delivery!], noon + 5);
      const [lane] = await ledger.readDue(epoch, noon + 5, reads);
      assert.deepEqual(
        lane?.rows.map(({ number, due }) => [number, due]),
        [[delivery, noon + 5]],
      );
    });
  });
}

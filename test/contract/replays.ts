// Contract of replay jobs: a slice and the position of its job are one write, and what a job added can be told from the rest.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Replay } from "../../src/model/replay.ts";
import type { Epoch } from "../../src/store/shards.ts";
import type { Store } from "../../src/store/store.ts";
import type { NewReplay } from "../../src/store/replays.ts";
import type { Open } from "./index.ts";
import {
  accept,
  addOrganization,
  audit,
  event,
  keepAll,
  noon,
  owed,
  put,
  readLane,
  settlement,
  subscription,
} from "./samples.ts";

const hour = 3_600_000;
const later = noon + 1e9;

const job = (lane: number, change: Partial<NewReplay> = {}): NewReplay => ({
  id: "replay_1",
  organization: "org_one",
  lane,
  perSecond: 10,
  createdAt: noon + hour,
  createdBy: "key_test",
  from: noon,
  to: noon + hour,
  types: null,
  spaces: null,
  endings: null,
  ...change,
});

type Opened = Store & { readonly epoch: Epoch; readonly lane: number };

export function testReplays(open: Open): void {
  describe("replays", () => {
    const begin = async (): Promise<Opened> => {
      const store = await open();
      await addOrganization(store.registry);
      const lane = await store.registry.allocate(1);
      await put(store.registry, "org_one", subscription(lane));
      const { epoch } = await store.ledger.acquire(noon, 0);
      return { ...store, epoch, lane };
    };
    const add = (store: Opened, change: Partial<NewReplay> = {}): Promise<Replay> =>
      store.replays.addReplay(job(store.lane, change), audit("replay.create", change.id ?? "replay_1"));
    /** Events that nobody was owed, at these times. */
    const happened = async (store: Opened, ...times: number[]): Promise<readonly number[]> => {
      const events = times.map((acceptedAt, index) => event(`event_${acceptedAt}_${index}`, { acceptedAt }));
      return (await accept(store, events)).map((receipt) => (receipt.status === "accepted" ? receipt.number : 0));
    };
    const slice = (replay: Replay, position: number, events: readonly number[], isLast = false) => ({
      job: replay.number,
      after: replay.position,
      position,
      scannedUntil: noon,
      deliveries: events.map((number) => ({ event: number, variant: 0 })),
      isLast,
    });
    const rowsOf = async ({ ledger, epoch, lane }: Opened) =>
      (await readLane(ledger, epoch, later, lane, 100)).rows.map((row) => [row.event.number, row.class, row.replay]);

    test("a job looks at the events of its time and at no others", async () => {
      const store = await begin();
      const numbers = await happened(store, noon - 2 * hour, noon + 60, noon + 2 * hour);
      const replay = await add(store);
      assert.deepEqual(
        [replay.state, replay.added, replay.position, replay.endedAt, replay.subscription],
        ["running", 0, replay.start, null, `webhook_${store.lane}`],
      );
      assert.deepEqual([replay.start, replay.upTo], [numbers[0], numbers[1]]);
      assert.deepEqual(await store.replays.openReplays(), [replay]);
      assert.deepEqual(await store.replays.replayJob("replay_1", "org_one"), replay);
      assert.equal(await store.replays.replayJob("replay_1", "org_two"), null);
      assert.equal((await store.history.audit({ limit: 1, before: null })).items[0]?.action, "replay.create");
    });

    test("a slice adds its deliveries and moves the job, and the same slice again does nothing", async () => {
      const store = await begin();
      const [a, b, c] = await happened(store, noon, noon + 1, noon + 2);
      const replay = await add(store);
      const first = slice(replay, b!, [a!, b!]);
      const done = await store.replays.advanceReplay(store.epoch, first, noon + hour);
      assert.deepEqual([done?.deliveries.length, done?.replay.added, done?.replay.position], [2, 2, b]);
      assert.equal(done!.deliveries[1], done!.deliveries[0]! + 1);
      assert.equal(await store.replays.advanceReplay(store.epoch, first, noon + hour), null);
      const last = await store.replays.advanceReplay(store.epoch, slice(done!.replay, c!, [c!], true), noon + hour + 5);
      assert.deepEqual([last?.replay.state, last?.replay.endedAt, last?.replay.added], ["done", noon + hour + 5, 3]);
      assert.deepEqual(
        await rowsOf(store),
        [a, b, c].map((number) => [number, "replay", "replay_1"]),
      );
      assert.deepEqual(await store.replays.openReplays(), []);
    });

    test("the deliveries of one job are listed, newest first, by state and page by page, and no others", async () => {
      const store = await begin();
      const [a, b, c] = await happened(store, noon, noon + 1, noon + 2);
      const [one, two] = [await add(store), await add(store, { id: "replay_2" })];
      const begun = await store.replays.advanceReplay(store.epoch, slice(one, b!, [a!, b!]), noon);
      await store.replays.advanceReplay(store.epoch, slice(two, b!, [a!, b!]), noon);
      await store.replays.advanceReplay(store.epoch, slice(begun!.replay, c!, [c!], true), noon);
      const all = { organization: "org_one", subscription: null, state: null, since: null, before: null, limit: 10 };
      const listed = async (replay: string, more: object = {}) => store.history.deliveries({ ...all, replay, ...more });
      const eventsOf = async (replay: string, more: object = {}) =>
        (await listed(replay, more)).items.map(({ event: of }) => of.split("_").at(-1));
      const { items } = await listed("replay_1");
      assert.deepEqual(
        items.map(({ number }) => number),
        items.map(({ number }) => number).toSorted((x, y) => y - x),
      );
      assert.deepEqual(await eventsOf("replay_1"), ["2", "1", "0"]);
      assert.deepEqual(await eventsOf("replay_2"), ["1", "0"]);
      assert.deepEqual(await eventsOf("replay_none"), []);
      assert.deepEqual(await eventsOf("replay_1", { organization: "org_two" }), []);
      const page = await listed("replay_1", { limit: 2 });
      assert.deepEqual(
        page.items.map(({ number }) => number),
        items.slice(0, 2).map(({ number }) => number),
      );
      assert.deepEqual(
        (await listed("replay_1", { before: page.before })).items.map(({ number }) => number),
        [items[2]!.number],
      );
      const { rows } = await readLane(store.ledger, store.epoch, later, store.lane, 1);
      await store.ledger.settle(store.epoch, [
        settlement(rows[0]!.number, store.lane, { next: { state: "delivered" } }),
      ]);
      assert.deepEqual(await eventsOf("replay_1", { state: "delivered" }), ["0"]);
      assert.deepEqual(await eventsOf("replay_1", { state: "pending" }), ["2", "1"]);
    });

    test("each delivery names the job that added it, also under the next owner, and after it has failed", async () => {
      const store = await begin();
      const [a, b] = await happened(store, noon, noon + 1);
      const [one, two] = [await add(store), await add(store, { id: "replay_2" })];
      await store.replays.advanceReplay(store.epoch, slice(one, a!, [a!]), noon);
      await store.ledger.replay([{ event: a!, lane: store.lane, variant: 0 }], noon);
      await store.replays.advanceReplay(store.epoch, slice(two, b!, [a!, b!]), noon);
      const expected = [
        [a, "replay", "replay_1"],
        [a, "replay", undefined],
        [a, "replay", "replay_2"],
        [b, "replay", "replay_2"],
      ];
      assert.deepEqual(await rowsOf(store), expected);
      const [first] = (await readLane(store.ledger, store.epoch, later, store.lane, 1)).rows;
      await store.ledger.settle(store.epoch, [settlement(first!.number, store.lane, { next: { due: noon } })]);
      await store.ledger.markStarted(store.epoch, [first!.number]);
      const next = await store.ledger.acquire(noon, 0);
      assert.deepEqual(
        next.marked.map(({ replay }) => replay),
        ["replay_1"],
      );
      assert.deepEqual(await rowsOf({ ...store, epoch: next.epoch }), expected);
    });

    test("an event that is gone is passed over", async () => {
      const store = await begin();
      const [a] = await happened(store, noon);
      const replay = await add(store);
      const done = await store.replays.advanceReplay(store.epoch, slice(replay, a!, [a!, a! + 100]), noon);
      assert.deepEqual([done?.deliveries.map((number) => number > 0), done?.replay.added], [[true, false], 1]);
    });

    test("the job of a removed subscription is cancelled, and says why", async () => {
      const store = await begin();
      const [a] = await happened(store, noon);
      const replay = await add(store);
      const removal = { organization: "org_one", revision: null, remove: [store.lane], audit: [audit()] };
      await store.registry.change(removal);
      const done = await store.replays.advanceReplay(store.epoch, slice(replay, a!, [a!]), noon);
      assert.deepEqual(
        [done?.deliveries, done?.replay.state, done?.replay.reason, done?.replay.subscription],
        [[0], "cancelled", "The subscription was removed.", `webhook_${store.lane}`],
      );
      assert.equal((await store.history.totals()).pending, 0);
      await assert.rejects(add(store, { id: "replay_2" }), { code: "NOT_FOUND" });
    });

    test("a cancelled job adds nothing more, and cancels what it added and nothing else", async () => {
      const store = await begin();
      const [a, b] = await happened(store, noon, noon + 1);
      await accept(store, [event("event_live", { deliveries: [owed(store.lane)] })]);
      const [one, other] = [await add(store), await add(store, { id: "replay_2" })];
      const moved = (await store.replays.advanceReplay(store.epoch, slice(one, b!, [a!, b!]), noon))!.replay;
      await store.replays.advanceReplay(store.epoch, slice(other, b!, [a!]), noon);
      const cancel = () =>
        store.replays.cancelReplay("replay_1", "org_one", "Somebody did.", audit("replay.cancel", "replay_1"));
      const cancelling = await cancel();
      assert.deepEqual(
        [cancelling?.state, cancelling?.reason, cancelling?.endedAt],
        ["cancelling", "Somebody did.", null],
      );
      assert.equal(await store.replays.advanceReplay(store.epoch, slice(moved, b! + 1, [b!]), noon), null);
      const step = () => store.replays.cancelReplayed(store.epoch, one.number, noon + hour, 1);
      assert.deepEqual([(await step())?.state, (await step())?.state], ["cancelling", "cancelling"]);
      const ended = await step();
      assert.deepEqual([ended?.state, ended?.reason, ended?.endedAt], ["cancelled", "Somebody did.", noon + hour]);
      assert.equal(await step(), null);
      assert.deepEqual((await rowsOf(store)).map(([, of, by]) => [of, by]).toSorted(), [
        ["live", undefined],
        ["replay", "replay_2"],
      ]);
      const said = (await store.history.audit({ limit: 1, before: null })).items.map(({ action }) => action);
      assert.equal((await cancel())?.state, "cancelled");
      const after = (await store.history.audit({ limit: 1, before: null })).items.map(({ action }) => action);
      assert.deepEqual([said, after], [["replay.cancel"], ["replay.cancel"]], "what is at its end stays as it is");
    });

    test("only the owner moves a job", async () => {
      const store = await begin();
      const [a] = await happened(store, noon);
      const replay = await add(store);
      await store.ledger.acquire(noon, 0);
      await assert.rejects(store.replays.advanceReplay(store.epoch, slice(replay, a!, [a!]), noon), /OwnershipLost/);
      await assert.rejects(store.replays.cancelReplayed(store.epoch, replay.number, noon, 1), /OwnershipLost/);
    });

    test("jobs are listed newest first, by organization and lane, and too many at once are refused", async () => {
      const store = await begin();
      for (let each = 0; each < 20; each++) await add(store, { id: `replay_${each}` });
      await assert.rejects(add(store, { id: "replay_more" }), { code: "CONFLICT" });
      const list = (change: object) =>
        store.replays.replayJobs({ organization: "org_one", lanes: null, limit: 2, before: null, ...change });
      const first = await list({});
      assert.deepEqual(
        first.items.map(({ id }) => id),
        ["replay_19", "replay_18"],
      );
      assert.equal((await list({ before: first.before })).items[0]?.id, "replay_17");
      assert.deepEqual((await list({ lanes: [store.lane + 1] })).items, []);
      assert.deepEqual((await list({ organization: "org_two" })).items, []);
    });

    test("a job goes with its events, and with its organization", async () => {
      const store = await begin();
      const [a] = await happened(store, noon);
      const replay = await add(store);
      await store.replays.advanceReplay(store.epoch, slice(replay, a!, [a!], true), noon + 5);
      const prune = async (events: number) => {
        while ((await store.ledger.prune(store.epoch, { ...keepAll, events }, noon, 50)).more);
      };
      await prune(noon + 5);
      assert.equal((await store.replays.replayJob("replay_1", null))?.state, "done");
      await prune(noon + 6);
      assert.equal(await store.replays.replayJob("replay_1", null), null);
      await add(store, { id: "replay_2" });
      await store.registry.removeOrganization("org_one", audit());
      assert.equal(await store.replays.replayJob("replay_2", null), null);
      assert.deepEqual(await store.replays.openReplays(), []);
    });

    test("kept events are read page by page, those of one organization, dialect, type and time", async () => {
      const store = await begin();
      await addOrganization(store.registry, "org_two");
      const [before, a, b] = await happened(store, noon - hour, noon, noon + 1);
      await accept(store, [event("event_other", { acceptedAt: noon })], "org_two");
      const more = await accept(store, [event("event_type", { type: "TRAFFIC" }), event("event_c", { scopes: "{}" })]);
      const last = more.map((receipt) => (receipt.status === "accepted" ? receipt.number : 0)).at(-1)!;
      const query = {
        organization: "org_one",
        dialect: "butlr" as const,
        types: ["ROOM_OCCUPANCY"],
        after: before! - 1,
        upTo: last,
        from: noon,
        to: noon + hour,
        bodies: false,
        limit: 2,
      };
      const first = await store.history.keptEvents(query);
      assert.deepEqual(
        first.events.map(({ number, body, scopes }) => [number, body, scopes]),
        [
          [a, null, null],
          [b, null, null],
        ],
      );
      assert.deepEqual([first.reached, first.reachedAt], [b, noon + 1]);
      const rest = await store.history.keptEvents({ ...query, after: first.reached, bodies: true });
      assert.deepEqual(
        rest.events.map(({ number, scopes, body }) => [number, scopes, body === null]),
        [[last, "{}", false]],
      );
      assert.equal(rest.reached, last);
    });

    test("how deliveries of a lane ended is read in their order, each with its event", async () => {
      const store = await begin();
      const given = [
        event("event_a", { deliveries: [owed(store.lane)] }),
        event("event_b", { deliveries: [owed(store.lane)] }),
      ];
      const receipts = await accept(store, given);
      const [a, b] = receipts.map((each) => (each.status === "accepted" ? each : null));
      await store.ledger.settle(store.epoch, [
        settlement(a!.deliveries[0]!, store.lane, { next: { state: "exhausted" } }),
      ]);
      const again = await store.ledger.resend(a!.deliveries[0]!, noon);
      await store.ledger.settle(store.epoch, [settlement(again!.number, store.lane)]);
      const { deliveriesAfter } = await store.history.eventRange("org_one", noon, noon + 1);
      const page = await store.history.endedDeliveries({
        organization: "org_one",
        lane: store.lane,
        after: deliveriesAfter,
      });
      assert.deepEqual(page, {
        deliveries: [
          { event: a!.number, ending: "exhausted" },
          { event: b!.number, ending: null },
          { event: a!.number, ending: "delivered" },
        ],
        reached: null,
      });
    });
  });
}

// Contract of organizations that keep what they have for a time of their own: whatever order things happen in, each loses exactly
// what is past its time, and nobody loses anything of another's.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { fc } from "../fixtures/properties.ts";
import type { OwnRetention } from "../../src/model/retention.ts";
import type { Epoch } from "../../src/store/shards.ts";
import type { Store } from "../../src/store/store.ts";
import type { Open } from "./index.ts";
import {
  addOrganization,
  audit,
  event,
  keepAll,
  minute,
  noon,
  observation,
  owed,
  progress,
  put,
  settlement,
  subscription,
} from "./samples.ts";

const hour = 3_600_000;
const day = 24 * hour;
const organizations = ["org_one", "org_two", "org_three"] as const;
type Name = (typeof organizations)[number];

async function begin(open: Open) {
  const store = await open();
  for (const [index, id] of organizations.entries()) {
    await addOrganization(store.registry, id);
    await put(store.registry, id, subscription(index + 1, { organization: id, id: `webhook_${index + 1}` }));
  }
  const { epoch } = await store.ledger.acquire(noon, 0);
  return { store, epoch };
}

const keep = ({ registry }: Store, organization: Name, retention: OwnRetention) =>
  registry.change({ organization, revision: null, retention, audit: [audit()] });

/** Events at these times, each owed once. Returns the numbers of the deliveries. */
async function accept(store: Store, organization: Name, events: readonly { id: string; at: number }[]) {
  const revision = (await store.registry.snapshot(organization))!.organization.revision;
  const lane = organizations.indexOf(organization) + 1;
  const rows = events.map(({ id, at }) => event(id, { at, acceptedAt: at, deliveries: [owed(lane)] }));
  const result = await store.ledger.accept([{ organization, revision, events: rows }], null);
  if (result.status !== "done") throw new Error(result.status);
  return result.receipts.map((receipt) => (receipt.status === "accepted" ? receipt.deliveries[0]! : 0));
}

async function prune({ ledger }: Store, epoch: Epoch, now: number, usualMs: number) {
  const before = {
    ...keepAll,
    events: now - usualMs,
    observations: now - usualMs,
    entries: now - usualMs,
    minutes: now - usualMs,
  };
  let [expired, slices] = [0, 0];
  const lanes = new Set<number>();
  for (let more = true; more; slices++) {
    const slice = await ledger.prune(epoch, before, now, 0);
    expired += slice.expired;
    for (const lane of slice.lanes) lanes.add(lane);
    more = slice.more;
  }
  return { expired, lanes: [...lanes], slices };
}

const idsOf = async ({ history }: Store, organization: Name) =>
  (await history.events({ organization, type: null, since: null, limit: 1_000, before: null })).items.map(
    ({ id }) => id,
  );

interface Known {
  readonly id: string;
  readonly organization: Name;
  readonly at: number;
  readonly delivery: number;
  readonly isDone: boolean;
}

const step = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant("accept" as const),
      who: fc.constantFrom(...organizations),
      count: fc.integer({ min: 1, max: 6 }),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("wait" as const), hours: fc.integer({ min: 1, max: 30 }) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant("keep" as const),
      who: fc.constantFrom(...organizations),
      days: fc.option(fc.integer({ min: 1, max: 5 })),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("resend" as const), index: fc.nat() }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("prune" as const) }) },
);

export function testOwnRetention(open: Open): void {
  describe("retentions of their own", () => {
    test("whatever is kept for how long, and changed when, exactly what is past its organization's time goes", async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 30 }), async (steps) => {
          const { store, epoch } = await begin(open);
          const usual = 3 * day;
          const own = new Map<Name, number>();
          const gone: Known[] = [];
          let kept: Known[] = [];
          let [now, made] = [noon, 0];
          for (const act of [...steps, { do: "prune" as const }]) {
            if (act.do === "wait") now += act.hours * hour;
            else if (act.do === "keep") {
              const retention = act.days === null ? {} : { events: act.days * day };
              await keep(store, act.who, retention);
              if (act.days === null) own.delete(act.who);
              else own.set(act.who, act.days * day);
            } else if (act.do === "accept") {
              const events = Array.from({ length: act.count }, () => ({ id: `event_${++made}`, at: now }));
              const deliveries = await accept(store, act.who, events);
              for (const [index, { id }] of events.entries()) {
                const [delivery, isDone] = [deliveries[index]!, index % 2 === 0];
                kept.push({ id, organization: act.who, at: now, delivery, isDone });
                if (isDone)
                  await store.ledger.settle(epoch, [settlement(delivery, organizations.indexOf(act.who) + 1)]);
              }
            } else if (act.do === "resend") {
              if (kept.length > 0) await store.ledger.resend(kept[act.index % kept.length]!.delivery, now);
            } else {
              await prune(store, epoch, now, usual);
              const isOld = ({ organization, at }: Known) => at < now - (own.get(organization) ?? usual);
              gone.push(...kept.filter(isOld));
              kept = kept.filter((each) => !isOld(each));
              for (const name of organizations) {
                const expected = kept.filter(({ organization }) => organization === name).map(({ id }) => id);
                assert.deepEqual(await idsOf(store, name), expected.toReversed());
              }
              for (const { delivery } of gone) {
                assert.equal(await store.history.delivery(delivery), null);
                assert.deepEqual(await store.history.attempts(delivery), []);
              }
              for (const { delivery, isDone } of kept) {
                const found = await store.history.delivery(delivery);
                assert.equal(found?.state, isDone ? "delivered" : "pending");
              }
            }
          }
        }),
        { numRuns: 10 },
      );
    });

    test("a thousand events among as many of others go slice by slice, with what is owed of them and what was resent", async () => {
      const { store, epoch } = await begin(open);
      await keep(store, "org_one", { events: day });
      const [ours, theirs]: [number[], number[]] = [[], []];
      for (let index = 0; index < 4; index++) {
        const batch = (name: string) =>
          Array.from({ length: 250 }, (_, each) => ({ id: `${name}_${index}_${each}`, at: noon }));
        ours.push(...(await accept(store, "org_one", batch("ours"))));
        theirs.push(...(await accept(store, "org_two", batch("theirs"))));
      }
      await store.ledger.settle(
        epoch,
        ours.slice(0, 600).map((number) => settlement(number, 1)),
      );
      await store.ledger.settle(
        epoch,
        theirs.slice(0, 600).map((number) => settlement(number, 2)),
      );
      await store.ledger.resend(ours[0]!, noon);
      assert.deepEqual((await prune(store, epoch, noon + day, 7 * day)).expired, 0, "nothing is older than a day");
      const { expired, lanes } = await prune(store, epoch, noon + day + 1, 7 * day);
      assert.deepEqual([expired, lanes], [401, [1]]);
      assert.deepEqual(await idsOf(store, "org_one"), []);
      assert.equal((await idsOf(store, "org_two")).length, 1_000);
      const { pending, attempts } = await store.history.totals();
      assert.deepEqual([pending, attempts], [400, 600]);
    });

    test("minutes, entries and observations of one organization go at its own time, and stay for a longer one", async () => {
      const { store, epoch } = await begin(open);
      const { ledger, history } = store;
      await keep(store, "org_one", { minutes: day, entries: hour, observations: hour });
      await keep(store, "org_three", { minutes: 90 * day, entries: 90 * day, observations: 90 * day });
      const entries = organizations.map((organization, index) => ({
        organization,
        kind: "access" as const,
        number: index + 1,
        building: "b",
        at: noon,
        acceptedAt: noon,
        sourceId: null,
        guid: null,
        status: "Unlocked",
        type: "swipe_to_open",
        origin: null,
        words: "",
        data: "{}",
        grants: [],
      }));
      const minutes = organizations.map((organization) => minute(noon, { organization }));
      const logged = await ledger.appendObservations(
        organizations.map((organization) => observation({ organization })),
      );
      const last = logged.at(-1);
      assert.ok(last?.status === "accepted");
      await ledger.accept([], progress(epoch, last.number, { entries, minutes }));
      const left = async () => {
        const found: Record<string, number[]> = {};
        for (const organization of organizations) {
          const filter = { organization, kind: null, building: null, tenants: null };
          const query = { organization, series: "presence" as const, subject: "room_1", from: 0, until: noon + day };
          const page = await history.minutes({ ...query, after: null, limit: 10 });
          found[organization] = [(await history.entries(filter, 9, 0)).total, page.items.length];
        }
        const seen = (await ledger.readObservations(0, 9)).map((each) => each.organization);
        return { ...found, seen };
      };
      await prune(store, epoch, noon + hour, 30 * day);
      assert.deepEqual(await left(), { org_one: [1, 1], org_two: [1, 1], org_three: [1, 1], seen: [...organizations] });
      await prune(store, epoch, noon + 2 * day, 30 * day);
      assert.deepEqual(await left(), {
        org_one: [0, 0],
        org_two: [1, 1],
        org_three: [1, 1],
        seen: ["org_two", "org_three"],
      });
      await prune(store, epoch, noon + 32 * day, 30 * day);
      assert.deepEqual(await left(), { org_one: [0, 0], org_two: [0, 0], org_three: [1, 1], seen: ["org_three"] });
      await prune(store, epoch, noon + 92 * day, 30 * day);
      assert.deepEqual(await left(), { org_one: [0, 0], org_two: [0, 0], org_three: [0, 0], seen: [] });
    });
  });
}

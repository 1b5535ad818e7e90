// Owners on PostgreSQL: several stores over one database, and what becomes of what they write when they lose their shards, their
// connections, or both.

import assert from "node:assert/strict";
import { after, afterEach, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { systemClock } from "../../../src/clock.ts";
import { OwnershipLost } from "../../../src/store/ownership.ts";
import { openPostgres } from "../../../src/store/postgres/open.ts";
import type { Epoch } from "../../../src/store/shards.ts";
import type { Store } from "../../../src/store/store.ts";
import { addOrganization, event, owed, progress, refusal, settlement } from "../../contract/samples.ts";
import { openOwedRows, orderedLock, organizationIn, type OwedRows } from "../../fixtures/owed-rows.ts";
import { type Postgres, startPostgres, withoutPostgres } from "../../fixtures/postgres.ts";
import { templateOf } from "../../fixtures/test-store.ts";

const masterKey = new Uint8Array(32).fill(7);

describe("owners on PostgreSQL", { skip: withoutPostgres }, () => {
  let postgres: Postgres;
  let template: string;
  let url: string;
  let rows: OwedRows;
  const opened: { close(): Promise<void> }[] = [];

  const open = async (): Promise<Store> => {
    const store = await openPostgres({ url, masterKey, clock: systemClock, connections: 4 });
    opened.push(store);
    return store;
  };

  before(async () => {
    postgres = await startPostgres();
    template = await templateOf(postgres);
  });
  const fresh = async (): Promise<void> => {
    url = await postgres.create(template);
    rows = await openOwedRows(url);
    opened.push(rows);
  };
  afterEach(async () => {
    for (const each of opened.splice(0).toReversed()) await each.close();
  });
  after(() => postgres?.stop());

  const left = async (): Promise<number> =>
    (await rows.query<{ n: number }>("select count(*) as n from delivery"))[0]!.n;
  const stored = async (): Promise<number> =>
    (await rows.query<{ n: number }>("select count(*) as n from attempt"))[0]!.n;
  const begin = async (): Promise<{ store: Store; epoch: Epoch }> => {
    await fresh();
    const store = await open();
    return { store, epoch: (await store.ledger.acquire(Date.now(), 0)).epoch };
  };

  test("a settlement that waits while another node takes over writes nothing", async () => {
    const { store, epoch } = await begin();
    const numbers = await rows.owe(3);
    // Its first row is locked: it waits in the middle.
    const blocker = await rows.begin();
    await blocker.query("select 1 from delivery where number = $1 for update", [numbers[0]]);
    const settling = store.ledger.settle(
      epoch,
      numbers.map((number) => settlement(number, 1)),
    );
    await untilWaiting(rows, 1);
    const other = await open();
    const acquiring = other.ledger.acquire(Date.now(), 0);
    await untilWaiting(rows, 2);
    const late = assert.rejects(store.ledger.settle(epoch, [settlement(numbers[1]!, 1)]), OwnershipLost);
    await blocker.query("rollback");
    await blocker.end();
    await settling;
    const { epoch: next } = await acquiring;
    assert.deepEqual([await left(), await stored()], [0, 3], "what was at work was not interrupted");
    await late;
    const [more] = await rows.owe(1);
    await assert.rejects(store.ledger.settle(epoch, [settlement(more!, 1)]), OwnershipLost);
    assert.deepEqual([await left(), await stored()], [1, 3]);
    await other.ledger.settle(next, [settlement(more!, 1)]);
    assert.equal(await left(), 0);
  });

  test("every operation of an owner that lost one of its shards is refused, and those of other owners beside it are not", async () => {
    await fresh();
    const [one, other] = [await open(), await open()];
    const first = (await one.ledger.acquire(Date.now(), 0, undefined, [1, 2])).epoch;
    const beside = (await one.ledger.acquire(Date.now(), 0, undefined, [3])).epoch;
    await other.ledger.acquire(Date.now(), 0, undefined, [2, 4]);
    const [mine] = await rows.owe(1, { organization: organizationIn(1), lane: 1 });
    const [kept] = await rows.owe(1, { organization: organizationIn(3), lane: 3 });
    const refused = [
      () => one.ledger.settle(first, [settlement(mine!, 1)]),
      () => one.ledger.spill(first, [mine!], 5),
      () => one.ledger.remember(first, []),
      () => one.ledger.readDue(first, Date.now(), [{ lane: 1, class: "live", limit: 9 }]),
      () => one.ledger.readDue(first, Date.now(), []),
      () => one.ledger.readArrivals(first, 0),
      () => one.ledger.markStarted(first, [mine!]),
      () => one.ledger.clearMark(first, [mine!]),
      () => one.ledger.hasten(first, 1, "live", 0, 9),
      () => one.ledger.hastenOne(first, mine!, 0),
      () => one.ledger.cancel(first, 1, 0, 9),
      () => one.ledger.release(first),
    ];
    const answers = await Promise.allSettled([
      one.ledger.settle(beside, [settlement(kept!, 3)]),
      ...refused.map((call) => call()),
    ]);
    assert.deepEqual(
      answers.map((answer) => (answer.status === "fulfilled" ? "done" : answer.reason?.name)),
      ["done", ...refused.map(() => "OwnershipLost")],
    );
    assert.deepEqual([await left(), await stored()], [1, 1]);
  });

  test("shards change hands without those beside them", async () => {
    await fresh();
    const [one, other] = [await open(), await open()];
    const [a, b] = [organizationIn(10), organizationIn(20)];
    await one.ledger.acquire(Date.now(), 0);
    await rows.owe(2, { organization: a, lane: 10, location: 0, due: 7 });
    await rows.owe(3, { organization: b, lane: 20, location: 0, due: 7 });
    const taken = await other.ledger.acquire(Date.now(), 0, undefined, [10]);
    assert.deepEqual(taken.lanes, [{ lane: 10, class: "live", nextDue: 7 }]);
    assert.equal(taken.afterCrash, true, "its owner never released it");
    assert.deepEqual(await rows.query("select location, count(*) as n from delivery group by 1 order by 1"), [
      { location: 0, n: 3 },
      { location: 1, n: 2 },
    ]);
    await other.ledger.release(taken.epoch);
    assert.equal((await other.ledger.acquire(Date.now(), 0, undefined, [10])).afterCrash, false);
    assert.equal((await other.ledger.acquire(Date.now(), 0, undefined, [10, 11])).afterCrash, true, "of one of them");
  });

  test("two nodes that take the same shards at once are owners one after the other", async () => {
    await fresh();
    const stores = [await open(), await open(), await open()];
    const taken = await Promise.allSettled(
      stores.flatMap(({ ledger }) => [0, 1, 2].map(() => ledger.acquire(Date.now(), 0, undefined, [1, 2, 3]))),
    );
    const epochs = taken.flatMap((each) => {
      if (each.status === "fulfilled") return each.value.epoch;
      assert.ok(each.reason instanceof OwnershipLost, "another one was faster than its answer");
      return [];
    });
    const last = Math.max(...epochs.map(({ number }) => number));
    for (const epoch of epochs) {
      const reading = stores[0]!.ledger.readDue(epoch, 0, [{ lane: 1, class: "live", limit: 1 }]);
      if (epoch.number === last) await reading;
      else await assert.rejects(reading, OwnershipLost);
    }
    const [{ n } = { n: 0 }] = await rows.query<{ n: number }>("select max(epoch) as n from shard");
    assert.equal(last, n);
  });

  test("a node reads what others accepted for its shards, whatever was delivered meanwhile", async () => {
    await fresh();
    const store = await open();
    const { epoch, upTo } = await store.ledger.acquire(Date.now(), 0, undefined, [1]);
    const mine = { organization: organizationIn(1), lane: 1 };
    assert.deepEqual(await store.ledger.readArrivals(epoch, upTo), { lanes: [], upTo });
    await rows.owe(1, { ...mine, due: 9 });
    await rows.owe(1, { ...mine, due: 8 });
    await rows.owe(1, { ...mine, due: 3, location: 0 });
    const foreign = await rows.owe(1, { organization: organizationIn(2), lane: 2, due: 1 });
    const first = await store.ledger.readArrivals(epoch, upTo);
    assert.deepEqual(first, { lanes: [{ lane: 1, class: "live", nextDue: 8 }], upTo: foreign[0] });
    assert.deepEqual(await store.ledger.readArrivals(epoch, first.upTo), { lanes: [], upTo: first.upTo });
    const gone = await rows.owe(5, mine);
    await store.ledger.settle(
      epoch,
      gone.map((number) => settlement(number, 1)),
    );
    await store.ledger.acquire(Date.now(), 0, undefined, [3]);
    assert.deepEqual(await store.ledger.readArrivals(epoch, first.upTo), { lanes: [], upTo: gone.at(-1) });
  });

  test("a number that was given out and is not committed yet is not passed over", async () => {
    await fresh();
    const store = await open();
    const { epoch, upTo } = await store.ledger.acquire(Date.now(), 0);
    const writer = await rows.begin();
    await writer.query("select pg_advisory_xact_lock($1)", [orderedLock]);
    const { first } = (await writer.query("select take_numbers('delivery_number', $1, 1) as first", [upTo + 10_000]))
      .rows[0];
    assert.deepEqual(await store.ledger.readArrivals(epoch, upTo), { lanes: [], upTo });
    await writer.query("insert into delivery values ($1, 1, 1, 1, 77, 0, 0, 0, 4, 1, 0, 0, null)", [first]);
    assert.deepEqual(await store.ledger.readArrivals(epoch, upTo), { lanes: [], upTo });
    await writer.query("commit");
    await writer.end();
    assert.deepEqual(await store.ledger.readArrivals(epoch, upTo), {
      lanes: [{ lane: 77, class: "live", nextDue: 4 }],
      upTo: Number(first),
    });
  });

  test("what is accepted for the memory of an owner that is none any more, or is just being replaced, waits for nobody, and is found by the next one", async () => {
    await fresh();
    const [one, other] = [await open(), await open()];
    const organization = organizationIn(1);
    await addOrganization(one.registry, organization);
    const { revision } = (await one.registry.snapshot(organization))!.organization;
    const accept = async (id: string): Promise<number> => {
      const events = [event(id, { deliveries: [owed(1, { spilled: false })] })];
      const result = await one.ledger.accept([{ organization, revision, events }], null);
      const [receipt] = result.status === "done" ? result.receipts : [];
      assert.ok(receipt?.status === "accepted");
      return receipt.deliveries[0]!;
    };
    const places = async () =>
      (await rows.query<{ location: number }>("select location from delivery order by number")).map(
        (row) => row.location,
      );
    await accept("event_unowned");
    const owner = await one.ledger.acquire(Date.now(), 0, undefined, [1]);
    await accept("event_owned");
    assert.deepEqual(await places(), [1, 0]);

    // Another node is about to take the shard over: it has the lock, and is held up behind it.
    const blocker = await rows.begin();
    await blocker.query("select 1 from delivery for update");
    const taking = other.ledger.acquire(Date.now(), 0, undefined, [1]);
    await untilWaiting(rows, 1);
    const between = await accept("event_between");
    assert.deepEqual(await places(), [1, 0, 1], "it did not wait");
    await assert.rejects(one.ledger.accept([], progress(owner.epoch, 0)), OwnershipLost, "nor did this");
    await blocker.query("rollback");
    await blocker.end();
    const next = await taking;
    const after = await accept("event_after");
    assert.deepEqual(await places(), [1, 1, 1, 1]);
    assert.ok(next.upTo < between);
    const { lanes, upTo } = await other.ledger.readArrivals(next.epoch, next.upTo);
    assert.deepEqual([lanes.map(({ lane }) => lane), upTo], [[1], after]);
    await assert.rejects(one.ledger.readArrivals(owner.epoch, owner.upTo), OwnershipLost);
  });

  test("back-ends that are terminated between and within settlements cost nothing", async (context) => {
    const { store, epoch } = await begin();
    const numbers = await rows.owe(2_000, { location: 0 });
    let isOver = false;
    context.after(() => (isOver = true));
    const killing = (async () => {
      for (let count = 0; count < 60 && !isOver; count++) {
        await sleep(10);
        await rows.query(
          "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()" +
            " and application_name = 'belfry' order by random() limit 1",
        );
      }
    })();
    let failures = 0;
    const settle = async (some: readonly number[]): Promise<void> => {
      for (;;) {
        try {
          return await store.ledger.settle(
            epoch,
            some.map((number) => settlement(number, 1)),
          );
        } catch {
          failures++;
          await sleep(1);
        }
      }
    };
    const slices = Array.from({ length: 100 }, (_, index) => numbers.slice(index * 20, index * 20 + 20));
    for (let index = 0; index < slices.length; index += 4)
      await Promise.all(slices.slice(index, index + 4).map(settle));
    isOver = true;
    await killing;
    assert.deepEqual([await left(), await stored()], [0, 2_000]);
    assert.ok(failures > 0, "none was hit");
  });

  test("a thousand outcomes are as many statements as one, and a commit takes what several owners have", async (context) => {
    await fresh();
    const store = await open();
    const epochs: Epoch[] = [];
    for (const shard of [1, 2, 3, 4])
      epochs.push((await store.ledger.acquire(Date.now(), 0, undefined, [shard])).epoch);
    const queries = context.mock.method(pg.Client.prototype, "query");
    const settle = async (count: number): Promise<{ commits: number; statements: number }> => {
      const numbers = await rows.owe(count * 4);
      queries.mock.resetCalls();
      await Promise.all(
        epochs.map((epoch, index) =>
          store.ledger.settle(
            epoch,
            numbers
              .slice(index * count, (index + 1) * count)
              .map((number, place) =>
                settlement(number, 1, place % 3 === 0 ? { outcome: refusal, next: { due: 5 } } : {}),
              ),
          ),
        ),
      );
      const statements = queries.mock.callCount();
      // Whoever else writes to the server, as autovacuum does, is not counted.
      const [found] = await rows.query<{ commits: number }>(
        "select count(distinct xmin::text) as commits from attempt where delivery = any($1)",
        [numbers],
      );
      return { commits: found!.commits, statements };
    };
    // Begin, the fence, all outcomes, commit.
    const few = { commits: 1, statements: 4 };
    assert.deepEqual(await settle(1), few);
    assert.deepEqual(await settle(250), few);
  });

  test("of a delivery that a group settles more than once the first end counts, and later attempts stand beside it", async () => {
    const { store, epoch } = await begin();
    const [one, two] = await rows.owe(2);
    const fail = (delivery: number, attempt: number) =>
      settlement(delivery, 1, { attempt, outcome: refusal, next: { due: 50 + attempt } });
    await store.ledger.settle(epoch, [
      fail(one!, 1),
      settlement(one!, 1, { attempt: 2 }),
      fail(one!, 3),
      fail(two!, 1),
      fail(two!, 2),
    ]);
    assert.deepEqual(await rows.query("select n, state from attempt where delivery = $1 order by n", [one]), [
      { n: 1, state: null },
      { n: 2, state: 0 },
      { n: 3, state: null },
    ]);
    assert.deepEqual(await rows.query("select number, attempts, due, class, location from delivery"), [
      { number: two, attempts: 2, due: 52, class: 1, location: 1 },
    ]);
  });
});

async function untilWaiting(rows: OwedRows, count: number): Promise<void> {
  for (;;) {
    const [found] = await rows.query<{ n: number }>(
      "select count(*) as n from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'",
    );
    if (found!.n >= count) return;
    await sleep(10);
  }
}

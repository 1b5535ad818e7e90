// Lanes in order on PostgreSQL while other nodes end deliveries of them, and after transactions of their owner have failed.

import assert from "node:assert/strict";
import { after, afterEach, before, describe, test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { systemClock } from "../../../src/clock.ts";
import { deliveryClasses } from "../../../src/model/delivery.ts";
import { openPostgres } from "../../../src/store/postgres/open.ts";
import { type Epoch, shardCount, shardOf } from "../../../src/store/shards.ts";
import type { Store } from "../../../src/store/store.ts";
import {
  accept,
  addOrganization,
  audit,
  event,
  noon,
  owe,
  owed,
  put,
  refusal,
  settlement,
  subscription,
} from "../../contract/samples.ts";
import { openOwedRows, type OwedRows } from "../../fixtures/owed-rows.ts";
import { type Postgres, startPostgres, withoutPostgres } from "../../fixtures/postgres.ts";
import { templateOf } from "../../fixtures/test-store.ts";
import { until } from "../../fixtures/until.ts";

const masterKey = new Uint8Array(32).fill(7);
const later = noon + 1e9;
const states = { ROOM_OCCUPANCY: "occupancy" };
const others = Array.from({ length: shardCount }, (_, shard) => shard).filter((shard) => shard !== shardOf("org_one"));

describe("lines on PostgreSQL", { skip: withoutPostgres }, () => {
  let postgres: Postgres;
  let template: string;
  let rows: OwedRows;
  const opened: { close(): Promise<void> }[] = [];

  before(async () => {
    postgres = await startPostgres();
    template = await templateOf(postgres);
  });
  afterEach(async () => {
    for (const each of opened.splice(0).toReversed()) await each.close();
  });
  after(() => postgres?.stop());

  /** A store that owns org_one, and another one over the same database that owns all other shards. */
  const begin = async () => {
    const url = await postgres.create(template);
    const open = async (): Promise<Store> => {
      const store = await openPostgres({ url, masterKey, clock: systemClock, connections: 4 });
      opened.push(store);
      return store;
    };
    const [store, other] = [await open(), await open()];
    opened.push((rows = await openOwedRows(url)));
    await addOrganization(store.registry);
    const { epoch } = await store.ledger.acquire(noon, 0, undefined, [shardOf("org_one")]);
    const { epoch: otherEpoch } = await other.ledger.acquire(noon, 0, undefined, others);
    return { ...store, epoch, other, otherEpoch };
  };
  const read = async (
    { ledger }: Pick<Store, "ledger">,
    epoch: Epoch,
    { lane = 1, inOrder = true, latest = false, limit = 100, now = later } = {},
  ): Promise<readonly number[]> => {
    for (;;) {
      const modes = { inOrder, latest: latest ? { states, underWay: [] } : null };
      const asked = deliveryClasses.map((each) => ({ lane, class: each, limit, ...modes }));
      const answers = await ledger.readDue(epoch, now, asked);
      if (answers.every(({ moved }) => moved === 0)) {
        return answers.flatMap(({ rows: found }) => found.map(({ number }) => number));
      }
    }
  };
  const untilWaiting = () =>
    until("somebody waits for a lock", async () => {
      const [found] = await rows.query<{ n: number }>(
        "select count(*) as n from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()",
      );
      return found!.n > 0;
    });
  const about = async (store: Store, subject: string, ...ids: string[]) => {
    const made: number[] = [];
    for (const id of ids) made.push(...(await owe(store, id, [owed(1)], { subject })));
    return made;
  };
  const end = (delivery: number) => settlement(delivery, 1);
  /** Ends the connections of the stores under the work, which is done again where it failed. */
  const lose = async (work: () => Promise<unknown>) => {
    const ended = await rows.query<{ pid: number }>(
      "select pid, pg_terminate_backend(pid) from pg_stat_activity where application_name = 'belfry'" +
        " and datname = current_database()",
    );
    const failed = await work().then(
      () => false,
      () => true,
    );
    // Each takes its time to end. Whatever is asked until then may get one that is not gone yet, and fail as well.
    const pids = ended.map(({ pid }) => pid);
    const left = "select 1 from pg_stat_activity where pid = any($1)";
    await until("the connections to be gone", async () => (await rows.query(left, [pids])).length === 0);
    for (let turns = 0; turns < 3; turns++) await turn();
    if (failed) await work();
  };

  test("an owner that begins hears of lines in its own shards alone, whatever else its process owns or has owned", async () => {
    const store = await begin();
    const { ledger, epoch, other, otherEpoch } = store;
    await about(store, "room_1", "a", "b");
    await read(store, epoch);
    await other.ledger.release(otherEpoch);
    const beside = await ledger.acquire(noon, 0, undefined, [others[0]!]);
    assert.deepEqual(beside.lanes, []);
    await ledger.release(epoch);
    const given = await other.ledger.acquire(noon, 0, undefined, [shardOf("org_one")]);
    assert.notDeepEqual(given.lanes, []);
    assert.deepEqual((await ledger.acquire(noon, 0, undefined, [others[1]!])).lanes, []);
  });

  test("a head that another node withdraws lets the next go, and only that", async () => {
    const store = await begin();
    await put(store.registry, "org_one", subscription(1));
    const scopes = (tenant: string) => ({ scopes: JSON.stringify({ selves: [tenant] }) });
    const [one] = await owe(store, "a", [owed(1)], scopes("tenant_2"));
    const rest = [];
    for (const id of ["b", "c", "d"]) rest.push(...(await owe(store, id, [owed(1)], scopes("tenant_1"))));
    assert.deepEqual(await read(store, store.epoch), [one]);
    const withdraw = [{ lane: 1, tenant: "tenant_1", reason: "tenant_moved" as const }];
    await store.registry.change({ organization: "org_one", revision: null, withdraw, audit: [audit()] });
    const { withdrawals } = (await store.registry.snapshot("org_one"))!;
    const numbers = withdrawals.map(({ number }) => number);
    assert.equal(await store.other.ledger.withdraw(store.otherEpoch, numbers, 0, noon), null);
    assert.deepEqual(await read(store, store.epoch), [rest[0]]);
    await store.ledger.settle(store.epoch, [end(rest[0]!)]);
    assert.deepEqual(await read(store, store.epoch), [rest[1]]);
  });

  test("a head that another node ends holds nobody up who came after it was read", async () => {
    const store = await begin();
    await put(store.registry, "org_one", subscription(1));
    const [one] = await about(store, "room_1", "a");
    assert.deepEqual(await read(store, store.epoch), [one]);
    const withdraw = [{ lane: 1, tenant: "tenant_1", reason: "tenant_left" as const }];
    await store.registry.change({ organization: "org_one", revision: null, withdraw, audit: [audit()] });
    const numbers = (await store.registry.snapshot("org_one"))!.withdrawals.map(({ number }) => number);
    assert.equal(await store.other.ledger.withdraw(store.otherEpoch, numbers, 0, noon), null);
    const [two, three] = await about(store, "room_1", "b", "c");
    assert.deepEqual(await read(store, store.epoch), [two]);
    await store.ledger.settle(store.epoch, [end(two!)]);
    assert.deepEqual(await read(store, store.epoch), [three]);
  });

  test("nobody is set aside behind a head that ends at the same moment", async () => {
    const store = await begin();
    const [one] = await about(store, "room_1", "a");
    assert.deepEqual(await read(store, store.epoch), [one]);
    const [next] = await about(store, "room_1", "b");
    const foreign = await rows.begin();
    await foreign.query("delete from delivery where number = $1", [one]);
    const reading = read(store, store.epoch);
    await untilWaiting();
    await foreign.query("commit");
    await foreign.end();
    assert.deepEqual(await reading, [next]);
  });

  test("a resend of another node waits behind the resend before it", async () => {
    const store = await begin();
    const [one] = await about(store, "room_1", "a");
    const first = (await store.other.ledger.resend(one!, noon))!.number;
    assert.deepEqual(await read(store, store.epoch), [one, first]);
    const second = (await store.other.ledger.resend(one!, noon))!.number;
    assert.deepEqual(await read(store, store.epoch), [one, first]);
    await store.ledger.settle(store.epoch, [end(first)]);
    assert.deepEqual(await read(store, store.epoch), [one, second]);
  });

  test("the order stands after the connections were lost, and heads that were let through still hold their lines", async () => {
    const store = await begin();
    const [one, two, three] = await about(store, "room_1", "a", "b", "c");
    const [alone] = await about(store, "room_2", "d");
    assert.deepEqual(await read(store, store.epoch), [one, alone]);
    await lose(() => store.ledger.settle(store.epoch, [end(one!)]));
    const [late] = await about(store, "room_2", "e");
    assert.deepEqual(new Set(await read(store, store.epoch)), new Set([two, alone]));
    await store.ledger.settle(store.epoch, [end(two!), end(alone!)]);
    assert.deepEqual(new Set(await read(store, store.epoch)), new Set([three, late]));
  });

  test("what was read stays alone after the connections were lost, whatever is due before it", async () => {
    const store = await begin();
    const [one] = await about(store, "room_1", "a");
    assert.deepEqual(await read(store, store.epoch), [one]);
    await lose(() => store.ledger.markStarted(store.epoch, [one!]));
    const [two] = await owe(store, "b", [owed(1)], { acceptedAt: noon - 5_000 });
    assert.deepEqual(await read(store, store.epoch, { limit: 1 }), [one]);
    await store.ledger.settle(store.epoch, [end(one!)]);
    assert.deepEqual(await read(store, store.epoch), [two]);
  });

  test("an owner that begins again in a shard forgets what it had read there, and what others read stays alone", async () => {
    const store = await begin();
    const { ledger, registry, epoch, other } = store;
    const [one] = await about(store, "room_1", "a");
    assert.deepEqual(await read(store, epoch), [one]);
    const beside = Array.from({ length: 1_000 }, (_, number) => `org_${number}`).find(
      (name) => shardOf(name) !== shardOf("org_one"),
    )!;
    await addOrganization(registry, beside);
    const shards = [shardOf(beside)];
    const owedBeside = async (id: string, acceptedAt: number) => {
      const given = event(id, { acceptedAt, deliveries: [owed(2)] });
      const [receipt] = await accept(store, [given], beside);
      assert.ok(receipt?.status === "accepted");
      return receipt.deliveries[0]!;
    };
    const first = await owedBeside("b", noon + 1);
    const second = await owedBeside("c", noon);
    const early = async (of: Pick<Store, "ledger">, owner: Epoch) => {
      const asked = { lane: 2, class: "live" as const, limit: 100, inOrder: true };
      return (await of.ledger.readDue(owner, noon, [asked]))[0]!.rows.map(({ number }) => number);
    };
    let owner = (await ledger.acquire(noon, 0, undefined, shards)).epoch;
    await rows.query("update delivery set due = $1 where number = $2", [later, first]);
    assert.deepEqual(await early(store, owner), [second]);
    // Another node tries it, and it fails there.
    const { epoch: elsewhere } = await other.ledger.acquire(noon, 0, undefined, shards);
    const failed = settlement(second, 2, { outcome: refusal, next: { due: later + 5, inOrder: true } });
    await other.ledger.settle(elsewhere, [failed]);
    owner = (await ledger.acquire(noon, 0, undefined, shards)).epoch;
    assert.deepEqual(await read(store, owner, { lane: 2 }), [first], "it was accepted first, and nothing is under way");
    const [two] = await owe(store, "d", [owed(1)], { acceptedAt: noon - 5_000 });
    assert.deepEqual(await read(store, epoch, { limit: 1 }), [one]);
    await ledger.settle(epoch, [end(one!)]);
    assert.deepEqual(await read(store, epoch), [two]);
  });

  test("what a failing transaction settled is not taken for settled", async () => {
    const store = await begin();
    const [one, two] = await about(store, "room_1", "a", "b");
    assert.deepEqual(await read(store, store.epoch), [one]);
    // Whoever waits for that row longer than the lock timeout gives up; terminating is faster.
    const blocker = await rows.begin();
    await blocker.query("select 1 from delivery where number = $1 for update", [two]);
    const settling = store.ledger.settle(store.epoch, [end(one!)]).then(
      () => "written",
      () => "failed",
    );
    await untilWaiting();
    await lose(async () => void (await settling));
    await blocker.query("rollback");
    await blocker.end();
    assert.equal(await settling, "failed");
    assert.deepEqual(await read(store, store.epoch), [one]);
    await store.ledger.settle(store.epoch, [end(one!)]);
    assert.deepEqual(await read(store, store.epoch), [two]);
  });

  test("the next owner finds the heads that the one before let through and that failed", async () => {
    const store = await begin();
    const [one, two] = await about(store, "room_1", "a", "b");
    assert.deepEqual(await read(store, store.epoch), [one]);
    const failed = settlement(one!, 1, { outcome: refusal, next: { due: later + 5, inOrder: true } });
    await store.ledger.settle(store.epoch, [failed]);
    await store.ledger.release(store.epoch);
    const { epoch, lanes } = await store.other.ledger.acquire(noon, 0, undefined, [shardOf("org_one")]);
    assert.ok(lanes.some(({ lane }) => lane === 1));
    assert.deepEqual(await read(store.other, epoch), []);
    await assert.rejects(read(store, store.epoch), /OwnershipLost/);
    await store.other.ledger.settle(epoch, [settlement(one!, 1, { attempt: 2 })]);
    assert.deepEqual(await read(store.other, epoch), [two]);
  });

  test("states that another node accepts supersede older ones, also where its clock is behind", async () => {
    const store = await begin();
    const say = (from: Store, id: string, change: object) => owe(from, id, [owed(1)], change);
    const [one] = await say(store, "a", { at: noon });
    assert.deepEqual(await read(store, store.epoch, { inOrder: false, latest: true }), [one]);
    const [two] = await say(store.other, "b", { at: noon + 1, acceptedAt: noon - 5_000 });
    assert.deepEqual(await read(store, store.epoch, { inOrder: false, latest: true }), [two]);
    const [three] = await say(store.other, "c", { at: noon + 2, acceptedAt: noon - 2_500 });
    assert.deepEqual(await read(store, store.epoch, { inOrder: false, latest: true }), [three]);
  });

  const latest = { inOrder: false, latest: true, now: noon + 5 };
  /** What one read answers, all of which may be sent. `work` is written between its look at what is out of date and its read of what may
   * go: the look ends `outdated`, whose row is locked until then. */
  const readAround = async (store: Store & { epoch: Epoch }, outdated: number, work: () => Promise<unknown>) => {
    const blocker = await rows.begin();
    await blocker.query("select 1 from delivery where number = $1 for update", [outdated]);
    const asked = { lane: 1, class: "live" as const, limit: 100, latest: { states, underWay: [] } };
    const reading = store.ledger.readDue(store.epoch, noon, [asked]);
    await untilWaiting();
    await work();
    await blocker.query("rollback");
    await blocker.end();
    return (await reading)[0]!.rows.map(({ number }) => number);
  };
  const say = async (from: Store, id: string, change: object) => (await owe(from, id, [owed(1)], change))[0]!;
  const stateOf = async (store: Store, delivery: number) => (await store.history.delivery(delivery))?.state;
  /** A store with two states of room_2, the first of which is out of date. */
  const beginWithOutdated = async () => {
    const store = await begin();
    const outdated = await say(store, "a", { subject: "room_2" });
    const other = await say(store, "b", { subject: "room_2", at: noon + 1 });
    return { store, outdated, other };
  };

  test("states that are accepted while others are looked at are superseded like all, whatever was sent meanwhile", async () => {
    const { store, outdated, other } = await beginWithOutdated();
    const early: number[] = [];
    const found = await readAround(store, outdated, async () => {
      for (const [id, at] of Object.entries({ c: noon, d: noon + 1 }))
        early.push(await say(store.other, id, { subject: "room_1", at }));
    });
    const failed = found.filter((number) => number !== other);
    await store.ledger.settle(
      store.epoch,
      failed.map((number) => settlement(number, 1, { outcome: refusal, next: { due: noon + 5 } })),
    );
    const newest = await say(store, "e", { subject: "room_1", at: noon + 2 });
    assert.deepEqual(await read(store, store.epoch, latest), [other, newest]);
    for (const each of early) assert.equal(await stateOf(store, each), "superseded");
  });

  test("a state does not go out after a newer one that was accepted while it was looked at and was due before it", async () => {
    const { store, outdated, other } = await beginWithOutdated();
    const older = await say(store, "c", { subject: "room_1", at: noon });
    let newer = 0;
    const sent = await readAround(store, outdated, async () => {
      newer = await say(store.other, "d", { subject: "room_1", at: noon + 1, acceptedAt: noon - 5_000 });
    });
    await store.ledger.settle(store.epoch, sent.map(end));
    sent.push(...(await read(store, store.epoch, latest)));
    assert.deepEqual(
      sent.filter((number) => number !== other),
      [older, newer],
    );
  });

  test("a state that nobody looks at, since the clock of who accepted it is far behind, is sent in its turn", async () => {
    const { store, outdated, other } = await beginWithOutdated();
    let far = 0;
    const found = await readAround(store, outdated, async () => {
      far = await say(store.other, "c", { subject: "room_1", acceptedAt: noon - 3_600_000 });
    });
    assert.deepEqual(found, [far, other]);
    assert.deepEqual(await read(store, store.epoch, latest), [far, other]);
  });

  test("many lanes in order are read and settled together, and leave no row of a line behind", async () => {
    const store = await begin();
    const lanes = Array.from({ length: 40 }, (_, index) => index + 1);
    const made = new Map<number, number[]>(lanes.map((lane) => [lane, []]));
    const given = ["a", "b", "c"].map((id) => event(id, { deliveries: lanes.map((lane) => owed(lane)) }));
    for (const receipt of await accept(store, given)) {
      assert.ok(receipt.status === "accepted");
      receipt.deliveries.forEach((number, index) => made.get(lanes[index]!)!.push(number));
    }
    const asked = lanes.map((lane) => ({ lane, class: "live" as const, limit: 10, inOrder: true }));
    for (let place = 0; place < 3; place++) {
      for (;;) {
        const answers = await store.ledger.readDue(store.epoch, later, asked);
        if (answers.some(({ moved }) => moved > 0)) continue;
        const found = answers.map(({ rows: due }) => due.map(({ number }) => number));
        assert.deepEqual(
          found,
          lanes.map((lane) => [made.get(lane)![place]]),
        );
        break;
      }
      const ends = lanes.map((lane) => settlement(made.get(lane)![place]!, lane));
      await store.ledger.settle(store.epoch, ends);
    }
    const [left] = await rows.query<{ lines: number; behind: number }>(
      "select (select count(*) from line) as lines, (select count(*) from behind) as behind",
    );
    assert.deepEqual(left, { lines: 0, behind: 0 });
  });
});

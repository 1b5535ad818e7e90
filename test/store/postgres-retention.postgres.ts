// Retention on PostgreSQL, where it differs from the embedded store: partitions go whole, what is large waits for its end, several
// processes prune one database, and each ends only what is owed in its own shards.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import pg from "pg";
import { leastNumber } from "../../src/store/postgres/numbers.ts";
import { openPostgres } from "../../src/store/postgres/open.ts";
import type { NewEvent } from "../../src/store/acceptance.ts";
import type { EraseCursor, PruneBefore } from "../../src/store/removal.ts";
import { type Epoch, shardOf } from "../../src/store/shards.ts";
import type { Store } from "../../src/store/store.ts";
import {
  accept,
  addOrganization,
  audit,
  event,
  keepAll,
  observation,
  owe,
  owed,
  progress,
  put,
  settlement,
  subscription,
} from "../contract/samples.ts";
import { type Postgres, startPostgres, withoutPostgres } from "../fixtures/postgres.ts";
import { templateOf } from "../fixtures/test-store.ts";
import { createSteeredClock, type SteeredClock } from "../fixtures/steered-clock.ts";

const hour = 3_600_000;
const masterKey = new Uint8Array(32).fill(7);
const only = { skip: withoutPostgres };

let postgres: Postgres;
let template: string;
before(async () => {
  if (withoutPostgres !== false) return;
  postgres = await startPostgres();
  template = await templateOf(postgres);
});
after(() => postgres?.stop());

interface Bench {
  readonly url: string;
  readonly clock: SteeredClock;
  readonly store: Store;
  open(): Promise<Store>;
  query(sql: string, values?: readonly unknown[]): Promise<readonly Record<string, unknown>[]>;
  partitions(table: string): Promise<number>;
}

async function withStore(work: (bench: Bench) => Promise<void>): Promise<void> {
  const url = await postgres.create(template);
  const clock = createSteeredClock();
  const opened: Store[] = [];
  const open = async (): Promise<Store> => {
    const store = await openPostgres({ url, masterKey, clock, connections: 4, partitionMs: hour });
    opened.push(store);
    return store;
  };
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const query: Bench["query"] = async (sql, values = []) => (await client.query(sql, values as unknown[])).rows;
    const partitions = async (table: string): Promise<number> =>
      Number(
        (await query("select count(*) as n from pg_inherits where inhparent = $1::text::regclass", [table]))[0]!["n"],
      );
    await work({ url, clock, store: await open(), open, query, partitions });
  } finally {
    for (const store of opened) await store.close();
    await client.end();
  }
}

async function pruneAll(store: Store, epoch: Epoch, before: Partial<PruneBefore>, now: number) {
  const sum = { events: 0, observations: 0, expired: 0 };
  for (let more = true; more; ) {
    const slice = await store.ledger.prune(epoch, { ...keepAll, ...before }, now, 5);
    sum.events += slice.events;
    sum.observations += slice.observations;
    sum.expired += slice.expired;
    more = slice.more;
  }
  return sum;
}

test("events go with their partition, and so do their attempts and the observations", only, () =>
  withStore(async ({ clock, store, query, partitions }) => {
    await addOrganization(store.registry);
    const { epoch } = await store.ledger.acquire(clock.now(), 0);
    const numbers: number[] = [];
    for (let step = 0; step < 4; step++) {
      const acceptedAt = clock.now();
      const [done] = await owe(store, `event_${step}`, [owed(1)], { acceptedAt });
      numbers.push(...(await owe(store, `open_${step}`, [owed(1)], { acceptedAt })));
      await store.ledger.settle(epoch, [settlement(done!, 1, { startedAt: acceptedAt })]);
      const [logged] = await store.ledger.appendObservations([observation({ acceptedAt })]);
      if (step < 3) await store.ledger.accept([], progress(epoch, (logged as { number: number }).number));
      clock.advance(hour);
    }
    const now = clock.now();
    assert.ok((await partitions("event")) >= 5);
    const sum = await pruneAll(store, epoch, { events: now - 2 * hour, observations: now - 1 }, now);
    assert.deepEqual(sum, { events: 4, observations: 3, expired: 2 });
    for (const table of ["event", "attempt"]) {
      const [least] = await query(
        `select min(split_part(inhrelid::regclass::text, '_', 2)::bigint) as first from pg_inherits where inhparent = '${table}'::regclass`,
      );
      assert.equal(Number(least!["first"]), leastNumber(Math.floor((now - 2 * hour) / hour) * hour), table);
    }
    assert.deepEqual(await store.history.attempts(numbers[0]! - 1), []);
    assert.equal((await store.history.totals()).pending, 2);
    // The last observation was never folded.
    assert.equal((await store.ledger.readObservations(0, 9)).length, 1);
  }),
);

test("a large partition in which the retention ends waits for its own end, a small one does not", only, () =>
  withStore(async ({ clock, store, query }) => {
    await addOrganization(store.registry);
    const { epoch } = await store.ledger.acquire(clock.now(), 0);
    const acceptedAt = clock.now();
    await accept(store, [event("small", { acceptedAt })]);
    clock.advance(hour);
    await accept(store, [event("large", { acceptedAt: clock.now() })]);
    const [first] = await query("select number from event where id = 'large'");
    await query(
      "insert into event (number, organization, kind, id, subject, at, accepted_at, revision, body)" +
        " select $1::bigint + n, 1, 1, 'e' || n, 's', 0, $2, 0, repeat('x', 1900) from generate_series(1, 12000) n",
      [first!["number"], clock.now()],
    );
    clock.advance(hour / 4);
    const now = clock.now();
    assert.equal((await pruneAll(store, epoch, { events: now - 1 }, now)).events, 1);
    clock.advance(hour);
    await accept(store, [event("young", { acceptedAt: clock.now() })]);
    assert.equal((await pruneAll(store, epoch, { events: clock.now() - hour / 4 }, clock.now())).events, 12_001);
    assert.deepEqual(
      (await query("select id from event")).map(({ id }) => id),
      ["young"],
    );
  }),
);

test("each owner ends what is owed in its shards, and a partition stays until all have", only, () =>
  withStore(async ({ clock, store, open, partitions }) => {
    const other = await open();
    const names = ["org_one", "org_two"];
    const [mine, theirs] = names.map(shardOf) as [number, number];
    assert.notEqual(mine, theirs);
    for (const name of names) await addOrganization(store.registry, name);
    const { epoch } = await store.ledger.acquire(clock.now(), 0, undefined, [mine]);
    const { epoch: otherEpoch } = await other.ledger.acquire(clock.now(), 0, undefined, [theirs]);
    const acceptedAt = clock.now();
    for (const [index, name] of names.entries()) {
      await accept(store, [event(`event_${name}`, { acceptedAt, deliveries: [owed(index + 1)] })], name);
    }
    clock.advance(3 * hour);
    const now = clock.now();
    const before = { ...keepAll, events: now - hour };
    const count = await partitions("event");
    const first = await store.ledger.prune(epoch, before, now, 1_000);
    assert.deepEqual([first.expired, first.lanes, first.events], [1, [1], 0]);
    assert.equal(await partitions("event"), count);
    const both = await Promise.all([
      other.ledger.prune(otherEpoch, before, now, 1_000),
      store.ledger.prune(epoch, before, now, 1_000),
    ]);
    assert.deepEqual([both[0].expired, both[0].lanes, both[1].expired], [1, [2], 0]);
    await store.ledger.prune(epoch, before, now, 1_000);
    assert.ok((await partitions("event")) < count);
    assert.equal((await store.history.totals()).pending, 0);
  }),
);

test("pruning goes on while somebody reads the events and does not end, and the partition goes later", only, () =>
  withStore(async ({ url, clock, store, partitions }) => {
    await addOrganization(store.registry);
    const { epoch } = await store.ledger.acquire(clock.now(), 0);
    await owe(store, "event_old", [owed(1)], { acceptedAt: clock.now() });
    const reader = new pg.Client({ connectionString: url });
    await reader.connect();
    await reader.query("begin");
    await reader.query("select count(*) from event");
    clock.advance(3 * hour);
    const before = { ...keepAll, events: clock.now() - hour };
    const pruned = await store.ledger.prune(epoch, before, clock.now(), 20_000);
    assert.deepEqual([pruned.expired, pruned.more], [1, false]);
    assert.equal((await store.history.totals()).events, 0, "nobody else sees it any more");
    await owe(store, "event_new", [owed(1)], { acceptedAt: clock.now() });
    await reader.end();
    const left = await partitions("event");
    await store.ledger.prune(epoch, before, clock.now(), 20_000);
    assert.ok((await partitions("event")) < left);
    assert.equal((await store.history.totals()).events, 1);
  }),
);

test("nothing of a removed organization is left in any table, and nothing of others goes", only, () =>
  withStore(async ({ clock, store, query }) => {
    for (const name of ["org_one", "org_two"]) await addOrganization(store.registry, name);
    const { epoch } = await store.ledger.acquire(clock.now(), 0);
    for (const [index, name] of ["org_one", "org_two"].entries()) {
      const acceptedAt = clock.now();
      const receipts = await accept(
        store,
        Array.from({ length: 50 }, (_, each) =>
          event(`${name}_${each}`, { acceptedAt, deliveries: [owed(index + 1)] }),
        ),
        name,
      );
      const numbers = receipts.flatMap((each) => (each.status === "accepted" ? each.deliveries : []));
      await store.ledger.settle(
        epoch,
        numbers.slice(0, 20).map((number) => settlement(number, index + 1, { startedAt: acceptedAt })),
      );
      await store.ledger.appendObservations([observation({ organization: name, acceptedAt })]);
    }
    assert.equal(await store.registry.removeOrganization("org_one", audit("organization.delete", "org_one")), true);
    while (await store.registry.eraseRemoved());
    const tables = await query(
      "select c.relname as name from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attname = 'organization'" +
        " where c.relkind = 'r' and c.relname not in ('audit')",
    );
    for (const name of tables.map((each) => each["name"] as string)) {
      const [found] = await query(`select count(*) as n from ${name} where organization = 1`);
      assert.equal(Number(found!["n"]), 0, name);
    }
    assert.equal((await query("select 1 from removed_organization")).length, 0);
    const { events, pending, attempts } = await store.history.totals();
    assert.deepEqual([events, pending, attempts], [50, 30, 20]);
  }),
);

test("a person is erased wherever they are named, with what was owed and answered, and nobody else is", only, () =>
  withStore(async ({ clock, store, query }) => {
    await addOrganization(store.registry);
    const lane = await store.registry.allocate(1);
    await put(store.registry, "org_one", subscription(lane));
    const { epoch } = await store.ledger.acquire(clock.now(), 0);
    const acceptedAt = clock.now();
    const told = (tenant: string, id: string): NewEvent =>
      event(id, {
        dialect: "butterflymx",
        type: "access_log.create",
        acceptedAt,
        body: JSON.stringify({ event: { data: { id: tenant.length, tenant_id: tenant, name: "\u0000" } } }),
        deliveries: [owed(lane)],
      });
    const seen = (tenant: string) =>
      observation({
        kind: "access",
        floor: null,
        acceptedAt,
        body: JSON.stringify({ kind: "access", id: null, at: acceptedAt, data: { tenant_id: tenant } }),
      });
    const receipts = await accept(
      store,
      ["alia", "neighbour"].flatMap((who) => [told(who, `${who}_1`), told(who, `${who}_2`)]),
    );
    const done = receipts.flatMap((each, index) =>
      each.status === "accepted" && index % 2 === 0 ? [settlement(each.deliveries[0]!, lane)] : [],
    );
    await store.ledger.settle(epoch, done);
    const logged = await store.ledger.appendObservations([seen("alia"), seen("mate")]);
    const entries = ["alia", "neighbour"].map((tenant, index) => ({
      organization: "org_one",
      kind: "call" as const,
      number: index + 1,
      building: "b",
      at: acceptedAt,
      acceptedAt,
      sourceId: null,
      guid: `guid_${tenant}`,
      status: "initialized",
      type: null,
      origin: null,
      words: tenant,
      data: JSON.stringify({ name: tenant }),
      grants: [{ tenant, unit: "u", ground: "self" as const }],
    }));
    const subjects = ["alia", "neighbour"].map((who) => ({
      organization: "org_one",
      key: `call:guid_${who}`,
      value: "{}",
    }));
    const last = logged.at(-1);
    assert.ok(last?.status === "accepted");
    await store.ledger.accept([], progress(epoch, last.number, { entries, subjects }));
    const of = { organization: "org_one", id: "alia", name: "Alia" };
    const person = { ...of, references: ["alia"], keychains: [], accessTools: [] };
    for (let cursor: EraseCursor | null | undefined; cursor !== null; ) {
      cursor = await store.ledger.erasePerson(person, cursor ?? null);
    }
    assert.equal(await store.ledger.emptyWal(), true);
    const rows: string[] = [];
    for (const table of ["event", "observation", "entry", "entry_tenant", "subject", "delivery", "attempt"]) {
      const found = await query(`select r::text as text from ${table} r`);
      rows.push(`${table} ${found.length}`);
      assert.ok(!found.some(({ text }) => /alia/i.test(String(text))), table);
    }
    assert.deepEqual(rows, [
      "event 2",
      "observation 1",
      "entry 1",
      "entry_tenant 1",
      "subject 1",
      "delivery 1",
      "attempt 1",
    ]);
  }),
);

test(
  "an organization's shorter time takes its rows out of every partition that is past it, in one round, and only once",
  only,
  () =>
    withStore(async ({ clock, store, query }) => {
      for (const name of ["org_one", "org_two"]) await addOrganization(store.registry, name);
      const { epoch } = await store.ledger.acquire(clock.now(), 0);
      for (let hours = 0; hours < 3; hours++) {
        const acceptedAt = clock.now();
        for (const [index, name] of ["org_one", "org_two"].entries()) {
          const told = event(`${name}_${hours}`, { acceptedAt, deliveries: [owed(index + 1)] });
          const [receipt] = await accept(store, [told], name);
          assert.ok(receipt?.status === "accepted");
          await store.ledger.settle(epoch, [settlement(receipt.deliveries[0]!, index + 1, { startedAt: acceptedAt })]);
        }
        clock.advance(hour);
      }
      const now = clock.now();
      await store.registry.change({
        organization: "org_one",
        revision: null,
        retention: { events: hour },
        audit: [audit()],
      });
      assert.equal((await pruneAll(store, epoch, { events: now - 24 * hour }, now)).events, 2);
      const left = async (table: string) => (await query(`select 1 from ${table} where organization = 1`)).length;
      assert.deepEqual([await left("event"), await left("attempt")], [1, 1]);
      assert.deepEqual(
        [(await query("select 1 from event")).length, (await query("select 1 from attempt")).length],
        [4, 4],
      );
      const [swept] = await query("select value from meta where name = 'swept'");
      const { partitions } = JSON.parse(swept!["value"] as string) as { partitions: Record<string, number> };
      assert.deepEqual(Object.values(partitions), [hour, hour]);
    }),
);

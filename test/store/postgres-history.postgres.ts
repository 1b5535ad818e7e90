// The history on PostgreSQL over two hundred thousand rows in eight partitions. No read looks at a whole table that grows: each
// statement is planned as it is when PostgreSQL knows the values, and as it is when it must suit any. Pages tell each row once.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import pg from "pg";
import { systemClock } from "../../src/clock.ts";
import { hourMs } from "../../src/store/minute-hours.ts";
import type { DeliveryQuery, DeliveryView, EventView, ExpiringSlice, Page } from "../../src/store/history.ts";
import type { EndedPage } from "../../src/store/replay-reads.ts";
import { type HistoryOperations, sliceBodies } from "../../src/store/history-operations.ts";
import { planning, type Session } from "../../src/store/postgres/database.ts";
import { leastNumber } from "../../src/store/postgres/numbers.ts";
import { openPostgres } from "../../src/store/postgres/open.ts";
import { createHistoryReads } from "../../src/store/postgres/statements/history-reads.ts";
import type { Reads } from "../../src/store/postgres/statements/history-context.ts";
import { type Postgres, startPostgres, withoutPostgres } from "../fixtures/postgres.ts";

const begin = Date.UTC(2026, 5, 17);
const [partitions, ofPartition] = [8, 12_500];
const end = begin + partitions * hourMs;
const stepMs = hourMs / ofPartition;

describe("the history on PostgreSQL, over many rows", { skip: withoutPostgres }, () => {
  let postgres: Postgres;
  let client: pg.Client;
  let reads: Reads<keyof HistoryOperations>;
  const asked = new Map<string, readonly unknown[]>();

  before(async () => {
    postgres = await startPostgres();
    const url = await postgres.create();
    const masterKey = new Uint8Array(32).fill(7);
    await (await openPostgres({ url, masterKey, clock: systemClock, connections: 2 })).close();
    client = new pg.Client({ connectionString: url, options: planning, types });
    await client.connect();
    await client.query(rowsOf());
    reads = createHistoryReads({ session: noting(client, asked), clock: systemClock });
  });
  after(async () => {
    await client?.end();
    await postgres?.stop();
  });

  /** Every plan of what the read has asked. */
  async function plansOf(read: () => Promise<unknown>): Promise<readonly (readonly [string, Plan])[]> {
    asked.clear();
    await read();
    const plans: (readonly [string, Plan])[] = [];
    for (const [sql, values] of asked) {
      if (sql.startsWith("explain")) continue;
      for (const mode of ["force_custom_plan", "force_generic_plan"] as const) {
        await client.query(`set plan_cache_mode = ${mode}`);
        await client.query(`prepare plan as ${sql}`);
        const given = values.length === 0 ? "" : `(${values.map(literal).join(", ")})`;
        const found = await client.query(`explain (analyze, buffers, format json, timing off) execute plan${given}`);
        await client.query("deallocate plan; reset plan_cache_mode");
        plans.push([`${mode}: ${sql}`, found.rows[0]["QUERY PLAN"][0].Plan as Plan]);
      }
    }
    return plans;
  }

  const any: DeliveryQuery = {
    organization: null,
    subscription: null,
    state: null,
    since: null,
    limit: 20,
    before: null,
  };
  const middle = begin + 4 * hourMs;
  const entries = { organization: "org_2", kind: null, building: null, tenants: null } as const;
  const cases: Readonly<Record<string, () => Promise<unknown>>> = {
    events: () => reads.events({ organization: null, type: null, since: null, limit: 20, before: null }),
    "events of an organization": () =>
      reads.events({
        organization: "org_2",
        type: "none",
        since: middle,
        until: middle + 60_000,
        limit: 20,
        before: null,
      }),
    event: () => reads.event(null, "event_77"),
    "event of an organization": () => reads.event("org_2", "event_77"),
    deliveries: () => reads.deliveries(any),
    "deliveries of an organization": () => reads.deliveries({ ...any, organization: "org_2" }),
    "deliveries of a large organization": () => reads.deliveries({ ...any, organization: "org_1" }),
    "deliveries of a subscription": () => reads.deliveries({ ...any, subscription: "webhook_207" }),
    "deliveries of a time": () => reads.deliveries({ ...any, since: middle, until: middle + 60_000 }),
    "deliveries that are owed": () => reads.deliveries({ ...any, state: "pending" }),
    "deliveries of a subscription that are owed": () =>
      reads.deliveries({ ...any, state: "held", subscription: "webhook_207" }),
    "deliveries of a large organization that are owed": () =>
      reads.deliveries({ ...any, state: "pending", organization: "org_1" }),
    "deliveries that failed": () => reads.deliveries({ ...any, state: "exhausted" }),
    "deliveries of a subscription that failed": () =>
      reads.deliveries({ ...any, state: "exhausted", subscription: "webhook_207" }),
    "deliveries of a large organization that failed": () =>
      reads.deliveries({ ...any, state: "exhausted", organization: "org_1" }),
    "deliveries of an event": () => reads.deliveries({ ...any, event: "event_77" }),
    "deliveries of a replay": () => reads.deliveries({ ...any, replay: "replay_1" }),
    delivery: () => reads.delivery(numberOf(77)),
    "delivery of an organization": () => reads.delivery(numberOf(80), "org_2"),
    sentText: () => reads.sentText(numberOf(77)),
    attempts: () => reads.attempts(numberOf(77)),
    derived: () => reads.derived("org_2", ["key_77", "key_78"]),
    eventRange: () => reads.eventRange(middle, middle + 60_000),
    keptEvents: () =>
      reads.keptEvents({
        organization: "org_2",
        dialect: "butlr",
        types: ["ROOM_OCCUPANCY"],
        bodies: true,
        limit: 100,
        after: leastNumber(middle),
        upTo: Number.MAX_SAFE_INTEGER,
        from: middle,
        to: end,
      }),
    endedDeliveries: () => reads.endedDeliveries({ organization: "org_2", lane: 207, after: numberOf(77) }),
    numbered: () => reads.numbered({ organization: "org_2", lane: 207, after: 3, limit: 20 }),
    figures: () => reads.figures({ organization: null, lanes: [207, 1], from: begin, until: end }),
    expiring: () => reads.expiring(middle, 0),
    minutes: () =>
      reads.minutes({
        organization: "org_2",
        series: "presence",
        subject: "room_1",
        from: 0,
        until: end,
        limit: 9,
        after: null,
      }),
    entries: () => reads.entries({ ...entries, building: "building_1" }, 20, 0),
    "entries of a tenant": () =>
      reads.entries({ ...entries, tenants: [{ id: "tenant_1", unit: "unit_1", mates: true }] }, 20, 0),
    "entries before": () => reads.entriesBefore({ ...entries, words: "nobody" }, { limit: 20, before: null }),
    "an entry": () => reads.entries({ ...entries, number: 88 }, 1, 0),
    "a call": () => reads.entries({ ...entries, guid: "guid_44" }, 1, 0),
    audit: () => reads.audit({ limit: 20, before: null }),
    checkAudit: () => reads.checkAudit(null),
    totals: () => reads.totals(),
    pending: () => reads.pending(),
    classStorage: async () => {
      for (const kind of ["events", "observations", "entries", "minutes"] as const)
        await reads.classStorage(kind, "org_2");
    },
    fileBytes: () => reads.fileBytes(),
  };

  for (const [name, read] of Object.entries(cases)) {
    test(`${name}: no table is looked at from end to end`, async () => {
      for (const [sql, plan] of await plansOf(read)) {
        const nodes = nodesOf(plan);
        const whole = nodes.filter((node) => node["Node Type"] === "Seq Scan" && growing.test(node["Relation Name"]!));
        assert.deepEqual(
          whole.map((node) => node["Relation Name"]),
          [],
          sql,
        );
        const looked = nodes.reduce((sum, node) => sum + rowsLookedAt(node), 0);
        assert.ok(looked < 12_000, `${looked} rows: ${sql}`);
      }
    });
  }

  /** Numbers of events, and of the deliveries made with them, of those that fit. */
  const numbersOf = (fits: (n: number) => boolean): number[] =>
    Array.from({ length: partitions * ofPartition }, (_, n) => n)
      .filter(fits)
      .map(numberOf);
  const ofTwo = (n: number): boolean => n % 40 === 8;
  const isOwed = (n: number): boolean => n % 20 === 0 || n % 400 === 8;
  const hasFailed = (n: number): boolean => n % 200 === 7 || n % 200 === 48;

  async function allPages(query: Partial<DeliveryQuery>): Promise<number[]> {
    const numbers: number[] = [];
    let before: number | null = null;
    do {
      const page: Page<DeliveryView> = await reads.deliveries({ ...any, ...query, limit: 1_000, before });
      numbers.push(...page.items.map(({ number }) => number));
      before = page.before;
    } while (before !== null);
    return numbers;
  }

  test("pages of deliveries tell each once, the newest first, whatever list they go down", async () => {
    const lists: readonly (readonly [Partial<DeliveryQuery>, (n: number) => boolean])[] = [
      [{ organization: "org_2" }, ofTwo],
      [{ subscription: "webhook_207" }, ofTwo],
      [{ subscription: "webhook_207", state: "pending" }, (n) => ofTwo(n) && isOwed(n)],
      [{ organization: "org_2", state: "exhausted" }, (n) => ofTwo(n) && hasFailed(n)],
      [{ organization: "org_1", state: "exhausted" }, (n) => n % 200 === 7],
      [{ state: "exhausted" }, hasFailed],
      [{ organization: "org_1", state: "pending" }, (n) => n % 20 === 0],
      [{ state: "pending" }, isOwed],
      [
        { since: middle, until: middle + 600_000 },
        (n) => n >= ofPartition * 4 && n < ofPartition * 4 + 600_000 / stepMs,
      ],
      [{ event: "event_77" }, (n) => n === 77],
      [{ replay: "replay_1" }, (n) => n >= 1_000 && n <= 3_000],
    ];
    for (const [query, fits] of lists) {
      assert.deepEqual(await allPages(query), numbersOf(fits).toReversed(), JSON.stringify(query));
    }
  });

  test("numbers, kept events and ends of a lane go on from page to page without gap", async () => {
    const [sequences, kept, ended]: [number[], number[], number[]] = [[], [], []];
    for (let after = 0, last = 1; after < last; ) {
      const page = await reads.numbered({ organization: "org_2", lane: 207, after, limit: 700 });
      sequences.push(...page.items.map((item) => ("through" in item ? NaN : item.sequence)));
      ({ reached: after, last } = page);
    }
    const query = { organization: "org_2", dialect: "butlr", types: ["ROOM_OCCUPANCY"], from: begin, to: end } as const;
    const upTo = numberOf(partitions * ofPartition - 1);
    for (let after = 0; after < upTo; ) {
      const page = await reads.keptEvents({ ...query, after, upTo, bodies: false, limit: 700 });
      kept.push(...page.events.map(({ number }) => number));
      after = page.reached;
    }
    for (let after: number | null = 0; after !== null; ) {
      const page: EndedPage = await reads.endedDeliveries({ organization: "org_2", lane: 207, after });
      ended.push(...page.deliveries.map(({ event }) => event));
      after = page.reached;
    }
    const all = numbersOf(ofTwo);
    assert.deepEqual(
      sequences,
      all.map((_, index) => index + 1),
    );
    assert.deepEqual([kept, ended], [all, all]);
  });

  /** Attempts of deliveries of a lane: of the n-th numbers from `from` to `to`, each of the event of a time before it, ms. */
  const insertTried = (lane: number, from: number, to: number, beforeMs: number, code: number, tries = 1) =>
    client.query(
      `insert into attempt select d, n, 1, d - ${beforeMs * 4_096}::bigint, ${lane}, 0, ${begin} + i * ${stepMs} + n, 0, 12, ${code}, 200, null, null, 2,` +
        ` case when n = ${tries} then 0 end, i + 1 from (select i, ${numberOf(0) + lane} + i::bigint * ${stepMs * 4_096} as d` +
        ` from generate_series(${from}, ${to}) i) s, generate_series(1, ${tries}) n`,
    );

  test("a page of numbers reads no more of its lane, however many follow", async () => {
    const lane = 304;
    await client.query("begin");
    try {
      await insertTried(lane, 0, 79_999, 0, 0);
      await client.query(
        `insert into sequence_run (lane, first, last, organization, delivery, last_delivery, event) select ${lane}, i + 1, i + 1, 1, d, d, d` +
          ` from (select i, ${numberOf(0) + lane} + i::bigint * ${stepMs * 4_096} as d from generate_series(0, 79999) i) s`,
      );
      const plans = await plansOf(() => reads.numbered({ organization: "org_1", lane, after: 0, limit: 10 }));
      for (const [sql, plan] of plans) {
        const blocks = plan["Shared Hit Blocks"] + plan["Shared Read Blocks"];
        assert.ok(blocks < 250, `${blocks} blocks: ${sql}`);
      }
    } finally {
      await client.query("rollback");
    }
  });

  test("a slice of events holds no more bodies than it may, over however many steps they are found", async () => {
    // A kind of its own, few of each step, as large as half of what a slice may have.
    await client.query("begin");
    try {
      await client.query("insert into kind (dialect, name) values ('butlr', 'LARGE')");
      const size = sliceBodies / 2;
      const large = Array.from({ length: 6 }, (_, index) => numberOf(partitions * ofPartition - 1 - index * 2_500));
      await client.query(
        "update event set kind = (select number from kind where name = 'LARGE'), body = repeat('x', $2) where number = any($1)",
        [large, size],
      );
      const slow = createHistoryReads({ session: noting(client, asked), clock: { monotonic: () => 0 } });
      const found: number[] = [];
      for (let before: number | null = null; ; ) {
        const query = { organization: null, type: "LARGE", since: null, limit: 20, before };
        const page: Page<EventView> = await slow.events(query);
        assert.ok(page.items.length <= 2, `${page.items.length} bodies of ${size}`);
        found.push(...page.items.map(({ number }) => number));
        before = page.before;
        if (before === null) break;
      }
      assert.deepEqual(found, large);
    } finally {
      await client.query("rollback");
    }
  });

  test("what will expire is told by lane, and events and deliveries of a time by their numbers", async () => {
    const expiring = new Map<number, number>();
    for (let after: number | null = 0; after !== null; ) {
      const slice: ExpiringSlice = await reads.expiring(middle, after);
      for (const { lane, deliveries } of slice.lanes) expiring.set(lane, (expiring.get(lane) ?? 0) + deliveries);
      after = slice.after;
    }
    const half = (partitions / 2) * ofPartition;
    assert.deepEqual(
      [...expiring].toSorted(([a], [b]) => a - b),
      [...[0, 20, 40, 60, 80].map((lane) => [lane, half / 100]), [207, half / 400]],
    );
    const { start, upTo, deliveriesAfter, keptFrom } = await reads.eventRange(middle, middle + 60_000);
    const slack = 60_000 / stepMs;
    const at = ofPartition * 4;
    const near = (n: number): number => numberOf(Math.floor(n));
    assert.ok(Math.abs(start - near(at - slack)) <= numberOf(2) - numberOf(0));
    assert.ok(Math.abs(upTo - near(at + 2 * slack)) <= numberOf(2) - numberOf(0));
    assert.ok(deliveriesAfter < numberOf(Math.ceil(at - slack)) && deliveriesAfter > near(at - slack - 2));
    assert.equal(keptFrom, begin);
  });

  test("figures of a busy lane are a sample of all its hours, those of a quiet one are whole", async () => {
    const [busy, quiet] = await reads.figures({ organization: null, lanes: [207, 7], from: begin, until: end });
    const ended = numbersOf((n) => ofTwo(n) && !isOwed(n)).length;
    assert.deepEqual([busy!.isSample, quiet!.isSample, busy!.sequence], [true, false, numbersOf(ofTwo).length]);
    assert.equal(busy!.hours.length, partitions);
    assert.ok(busy!.attempts <= ended && busy!.attempts > 400);
    assert.equal(busy!.onDisk, numbersOf((n) => ofTwo(n) && isOwed(n)).length);
    assert.equal(quiet!.attempts, numbersOf((n) => n % 100 === 7).length);
    assert.equal(quiet!.delivered, quiet!.attempts / 2);
  });

  test("figures have replays of older events in them, of a busy lane too, and no retries keep deliveries out", async () => {
    const dayMs = 24 * hourMs;
    const days = [leastNumber(begin - 3 * dayMs), leastNumber(begin)];
    const last = partitions * ofPartition - 1;
    const [quiet, busy, busyWithinHours] = [301, 302, 303];
    await client.query("begin");
    try {
      await client.query(
        `create table attempt_older partition of attempt for values from (${days[0]}) to (${days[1]})`,
      );
      await insertTried(quiet, last - 49, last, 2 * dayMs, 1);
      await insertTried(quiet, last - 449, last - 50, 0, 0, 3);
      for (const lane of [busy, busyWithinHours]) await insertTried(lane, last - 9_999, last - 100, 0, 0);
      // In a quarter of an hour of their own, behind which 64 newer ones come.
      await insertTried(busy, last - 20_000, last - 19_900, 2 * dayMs, 1);
      await insertTried(busyWithinHours, last - 20_000, last - 19_900, 3 * hourMs, 1);
      const found = await reads.figures({
        organization: null,
        lanes: [quiet, busy, busyWithinHours],
        from: begin,
        until: end,
      });
      const replayed = found.map(({ attempts, delivered, isSample }) => ({ count: attempts - delivered, isSample }));
      assert.deepEqual([found[0]!.attempts, replayed[0]], [50 + 400 * 3, { count: 50, isSample: false }]);
      for (const { count, isSample } of replayed.slice(1)) assert.ok(isSample && count >= 16, String(count));
    } finally {
      await client.query("rollback");
    }
  });

  test("storage is estimated from samples, near what is there", async () => {
    const [all, theirs] = [await reads.classStorage("events", null), await reads.classStorage("events", "org_2")];
    const rows = partitions * ofPartition;
    assert.ok(Math.abs(all.rows - rows) < rows / 5, `${all.rows} rows`);
    assert.ok(Math.abs(theirs.rows - rows / 40) < rows / 100, `${theirs.rows} rows`);
    assert.ok(theirs.bytes > all.bytes / 80 && theirs.bytes < all.bytes / 20);
    assert.ok((await reads.fileBytes()).file > all.bytes);
    // As PostgreSQL does by itself after a while.
    await client.query("analyze event");
    const totals = await reads.totals();
    assert.ok(Math.abs(totals.events - rows) < rows / 20, `${totals.events} events`);
    assert.equal(totals.pending, numbersOf(isOwed).length);
  });
});

const growing = /^(event|attempt|delivery|observation|entry|minute_hour)(_\d+)?$/;
/** As database.ts reads them: int8 fits. */
const types: pg.CustomTypesConfig = {
  getTypeParser: (oid, format) => (oid === pg.types.builtins.INT8 ? Number : pg.types.getTypeParser(oid, format)),
};

interface Plan {
  readonly "Node Type": string;
  readonly "Relation Name"?: string;
  readonly "Actual Rows": number;
  readonly "Actual Loops": number;
  readonly "Rows Removed by Filter"?: number;
  readonly "Shared Hit Blocks": number;
  readonly "Shared Read Blocks": number;
  readonly Plans?: readonly Plan[];
}

const nodesOf = (plan: Plan): readonly Plan[] => [plan, ...(plan.Plans ?? []).flatMap(nodesOf)];

function rowsLookedAt(node: Plan): number {
  if (node["Relation Name"] === undefined || !growing.test(node["Relation Name"])) return 0;
  return (node["Actual Rows"] + (node["Rows Removed by Filter"] ?? 0)) * node["Actual Loops"];
}

function noting(client: pg.Client, asked: Map<string, readonly unknown[]>): Session {
  const query = async (sql: string, values: readonly unknown[] = []) => {
    asked.set(sql, values);
    return await client.query(sql, values as unknown[]);
  };
  return {
    rows: async (sql, values) => (await query(sql, values)).rows,
    row: async (sql, values) => (await query(sql, values)).rows[0],
    run: async (sql, values) => (await query(sql, values)).rowCount ?? 0,
  };
}

function literal(value: unknown): string {
  if (value === null || value === undefined) return "null";
  if (Array.isArray(value)) return pg.escapeLiteral(`{${value.map((each) => JSON.stringify(each)).join(",")}}`);
  return pg.escapeLiteral(typeof value === "string" ? value : JSON.stringify(value));
}

/** Of the n-th event, and of its delivery. */
const numberOf = (n: number): number => leastNumber(begin + n * stepMs);

/** Organization 1 has a hundred lanes and most of the events, 2 to 9 have one each. One delivery in twenty is still owed. */
function rowsOf(): string {
  const all = partitions * ofPartition;
  const first = numberOf(0);
  const step = stepMs * 4_096;
  const number = `(${first} + n::bigint * ${step})`;
  const at = `(${begin} + n::bigint * ${stepMs})`;
  const organization = "case when n % 10 < 8 then 1 else 2 + n % 8 end";
  const lane = "case when n % 10 < 8 then n % 100 else 207 + n % 8 end";
  const isEnded = "n % 20 <> 0 and n % 400 <> 8";
  const tables = (["event", "attempt", "observation"] as const).flatMap((table) =>
    Array.from({ length: partitions }, (_, hour) => {
      const from = leastNumber(begin + hour * hourMs);
      return `create table ${table}_${from} partition of ${table} for values from (${from}) to (${leastNumber(begin + (hour + 1) * hourMs)})`;
    }),
  );
  const rows = `from generate_series(0, ${all - 1}) n`;
  return [
    ...tables,
    "insert into organization (id, name, revision, data_key) select 'org_' || n, '', 1, '' from generate_series(1, 9) n",
    "insert into kind (dialect, name) values ('butlr', 'ROOM_OCCUPANCY')",
    "insert into subscription (number, organization, id, state, record) select n, 1, 'webhook_' || n, 'active', '{}' from generate_series(0, 99) n",
    "insert into subscription (number, organization, id, state, record) select 207 + n, 2 + n, 'webhook_' || (207 + n), 'active', '{}' from generate_series(0, 7) n",
    `insert into event select ${number}, ${organization}, 1, 'event_' || n, 'room_' || n % 50, ${at}, ${at}, 0, null, '{}',` +
      ` case when n % 2 = 0 then 'key_' || n end, '{"value":' || n || '}', null ${rows}`,
    `insert into attempt select ${number}, 1, ${organization}, ${number}, ${lane}, 0, ${at} + 20, 20, 12, case when n % 200 in (7, 48) then 1 else 0 end,` +
      ` 200, null, null, 2, case when n % 200 in (7, 48) then 1 else 0 end, n / 40 + 1 ${rows} where ${isEnded}`,
    `insert into delivery select ${number}, ${organization}, 0, ${number}, ${lane}, 0, 0, ${at}, ${at}, 1, 0, 0, n / 40 + 1 ${rows} where not (${isEnded})`,
    `insert into sequence_run (lane, first, last, organization, delivery, last_delivery, event) select 207, n / 40 + 1, n / 40 + 1, 2, ${number}, ${number}, ${number} ${rows} where n % 40 = 8`,
    `insert into observation (position, organization, shard, kind, floor, at, accepted_at, body) select ${number}, 1, 0, 1, 'floor', ${at}, ${at}, '{}' ${rows} where n % 8 = 0`,
    "insert into entry (number, organization, kind, building, at, accepted_at, guid, status, words, data)" +
      ` select n, ${organization}, n / 4 % 4, 'building_' || n % 50, ${at}, ${at}, case when n % 8 = 4 then 'guid_' || n end, 'open', 'somebody', '{}' ${rows} where n % 8 = 0`,
    "insert into entry_tenant select 2, 'tenant_1', 0, n, 'unit_1', 0 from generate_series(8, 8000, 40) n",
    "insert into replay (organization, id, lane, state, criteria, per_second, start, up_to, position, added, created_at, created_by)" +
      " values (2, 'replay_1', 207, 'done', '{}', 1, 0, 0, 0, 0, 0, '')",
    `insert into replayed select ${numberOf(1000)}, ${numberOf(3000)}, 2, 1`,
  ].join(";");
}

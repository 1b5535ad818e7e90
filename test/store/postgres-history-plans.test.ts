// No read of the history looks at a whole table that grows: over a few hundred thousand rows in eight partitions, each statement is
// planned as it is when PostgreSQL knows the values, and as it is when it must suit any.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import pg from "pg";
import { systemClock } from "../../src/clock.ts";
import { hourMs } from "../../src/store/minute-hours.ts";
import type { DeliveryQuery } from "../../src/store/history.ts";
import type { HistoryOperations } from "../../src/store/history-operations.ts";
import type { Session } from "../../src/store/postgres/database.ts";
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
    client = new pg.Client({ connectionString: url, types });
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
        const found = await client.query(`explain (analyze, format json, timing off) execute plan${given}`);
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
        ...{ organization: "org_2", dialect: "butlr", types: ["ROOM_OCCUPANCY"], bodies: true, limit: 100 },
        ...{ after: leastNumber(middle), upTo: Number.MAX_SAFE_INTEGER, from: middle, to: end },
      }),
    endedDeliveries: () => reads.endedDeliveries({ organization: "org_2", lane: 207, after: numberOf(77) }),
    numbered: () => reads.numbered({ organization: "org_2", lane: 207, after: 3, limit: 20 }),
    figures: () => reads.figures({ organization: null, lanes: [207, 1], from: begin, until: end }),
    expiring: () => reads.expiring(middle, 0),
    minutes: () =>
      reads.minutes({
        ...{ organization: "org_2", series: "presence", subject: "room_1" },
        from: 0,
        until: end,
        limit: 9,
        after: null,
      }),
    entries: () => reads.entries({ ...entries, building: "building_1" }, 20, 0),
    "entries of a tenant": () =>
      reads.entries({ ...entries, tenants: [{ id: "tenant_1", unit: "unit_1", mates: true }] }, 20, 0),
    "entries before": () => reads.entriesBefore({ ...entries, words: "nobody" }, { limit: 20, before: null }),
    "an entry": () => reads.entries({ ...entries, number: 77 }, 1, 0),
    "a call": () => reads.entries({ ...entries, guid: "guid_77" }, 1, 0),
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
        assert.ok(looked < 100_000, `${looked} rows: ${sql}`);
      }
    });
  }
});

const growing = /^(event|attempt|delivery|observation|entry|minute_hour)(_\d+)?$/;
const types = {
  getTypeParser: ((oid: number) =>
    oid === 20 ? Number : pg.types.getTypeParser(oid)) as typeof pg.types.getTypeParser,
};

interface Plan {
  readonly "Node Type": string;
  readonly "Relation Name"?: string;
  readonly "Actual Rows": number;
  readonly "Actual Loops": number;
  readonly "Rows Removed by Filter"?: number;
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
  return pg.escapeLiteral(String(value));
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
    `insert into attempt select ${number}, 1, ${organization}, ${number}, ${lane}, 0, ${at} + 20, 20, 12, case when n % 200 = 7 then 1 else 0 end,` +
      ` 200, null, null, 2, case when n % 200 = 7 then 1 else 0 end, n / 10 + 1 ${rows} where n % 20 <> 0`,
    `insert into delivery select ${number}, ${organization}, 0, ${number}, ${lane}, 0, 0, ${at}, ${at}, 1, 0, 0, n / 10 + 1 ${rows} where n % 20 = 0`,
    `insert into sequence_run (lane, first, last, organization, delivery, last_delivery, event) select 207, n / 10 + 1, n / 10 + 1, 2, ${number}, ${number}, ${number} ${rows} where n % 40 = 8`,
    `insert into observation (position, organization, shard, kind, floor, at, accepted_at, body) select ${number}, 1, 0, 1, 'floor', ${at}, ${at}, '{}' ${rows} where n % 2 = 0`,
    "insert into entry (number, organization, kind, building, at, accepted_at, guid, status, words, data)" +
      ` select n, ${organization}, n % 4, 'building_' || n % 50, ${at}, ${at}, case when n % 2 = 1 then 'guid_' || n end, 'open', 'somebody', '{}' ${rows} where n % 4 <> 0`,
    "insert into entry_tenant select 2, 'tenant_1', 0, n, 'unit_1', 0 from generate_series(8, 8000, 40) n",
    "insert into replay (organization, id, lane, state, criteria, per_second, start, up_to, position, added, created_at, created_by)" +
      " values (2, 'replay_1', 207, 'done', '{}', 1, 0, 0, 0, 0, 0, '')",
    `insert into replayed select ${numberOf(1000)}, ${numberOf(3000)}, 2, 1`,
  ].join(";");
}

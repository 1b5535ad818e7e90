// No operation of the ledger looks at more rows than it is about, however many there are: every plan that PostgreSQL ran is in its log,
// with the rows that it looked at. `npm run test:plans` makes a million events; here there are fewer.

import assert from "node:assert/strict";
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { systemClock } from "../../../src/clock.ts";
import { createPartition } from "../../../src/store/postgres/partition-list.ts";
import { leastNumber } from "../../../src/store/postgres/numbers.ts";
import { openPostgres } from "../../../src/store/postgres/open.ts";
import { type Epoch, shardCount, shardOf } from "../../../src/store/shards.ts";
import type { Store } from "../../../src/store/store.ts";
import {
  accept,
  addOrganization,
  event,
  keepAll,
  minute,
  noon,
  observation,
  owed,
  progress,
  put,
  readsOf,
  refusal,
  settlement,
  subscription,
} from "../../contract/samples.ts";
import { ask, type Postgres, startPostgres, withoutPostgres } from "../../fixtures/postgres.ts";

const rows = Number(process.env["BELFRY_PLAN_ROWS"] ?? 20_000);
/** Rows that a statement may look at; an operation here is about some hundreds or a slice of 2,000. */
const most = 10_000;
/** A new owner looks at all that is owed, once. */
const looksAtAll = ["another owner"];
const masterKey = new Uint8Array(32).fill(7);
const hourMs = 3_600_000;
const [hours, lanes] = [8, 50];
const now = Math.floor(Date.now() / hourMs) * hourMs;
const began = now - hours * hourMs;

interface Plan {
  readonly "Relation Name"?: string;
  readonly "Actual Rows": number;
  readonly "Actual Loops": number;
  readonly "Rows Removed by Filter"?: number;
  readonly "Rows Removed by Index Recheck"?: number;
  readonly Plans?: readonly Plan[];
}

describe(`plans of the ledger over ${rows} events`, { skip: withoutPostgres }, () => {
  let postgres: Postgres;
  let url: string;
  let store: Store;
  let epoch: Epoch;
  let log: string;
  let read = 0;

  const open = (): Promise<Store> =>
    openPostgres({ url, masterKey, clock: systemClock, connections: 4, partitionMs: hourMs });

  before(async () => {
    postgres = await startPostgres({
      settings: {
        shared_preload_libraries: "auto_explain",
        "auto_explain.log_min_duration": -1,
        "auto_explain.log_analyze": "on",
        "auto_explain.log_timing": "off",
        "auto_explain.log_nested_statements": "on",
        "auto_explain.log_format": "json",
        logging_collector: "on",
        log_directory: "log",
        log_filename: "plans.log",
        max_wal_size: "4GB",
        maintenance_work_mem: "256MB",
      },
    });
    url = await postgres.create();
    store = await open();
    await addOrganization(store.registry);
    for (let lane = 1; lane <= lanes; lane++) await put(store.registry, "org_one", subscription(lane));
    await store.close();
    await ask(url, rowsOf());
    await ask(url, "vacuum analyze");
    const [{ directory } = { directory: "" }] = await ask<{ directory: string }>(
      url,
      "select current_setting('data_directory') as directory",
    );
    log = join(directory, "log/plans.log");
    const { pathname } = new URL(url);
    await ask(url, `alter database ${pathname.slice(1)} set auto_explain.log_min_duration = 0`);
    store = await open();
    ({ epoch } = await store.ledger.acquire(Date.now(), 0));
    read = statSync(log).size;
  });
  after(async () => {
    await store?.close();
    await postgres?.stop();
  });

  let marks = 0;

  /** What was logged since the last time: texts of statements with the rows that their plans looked at. The log is written by another
   * process: whatever came before a mark is in it once the mark is. */
  async function looked(): Promise<readonly { readonly sql: string; readonly rows: number; readonly at: string }[]> {
    const mark = `mark_${++marks}`;
    await ask(url, `select '${mark}'`);
    let bytes = Buffer.alloc(0);
    for (let tries = 0; !bytes.includes(`${mark}'`) || bytes.at(-1) !== 10; tries++) {
      assert.ok(tries < 500, "the log says nothing");
      await pause(10);
      bytes = readFileSync(log).subarray(read);
    }
    read += bytes.length;
    const found = bytes.toString("utf8").matchAll(/ {2}plan:\n((?:\t.*\n)+)/g);
    const statements = [...found].map(([, json]) => {
      const { Plan: plan, "Query Text": sql } = JSON.parse(json!.replaceAll(/^\t/gm, "")) as {
        Plan: Plan;
        "Query Text": string;
      };
      return { sql, ...rowsIn(plan) };
    });
    return statements.filter(({ sql }) => !sql.includes("mark_"));
  }

  async function judge(what: string): Promise<void> {
    const statements = await looked();
    assert.ok(statements.length > 0, `${what}: nothing was logged`);
    const wide = statements.filter(({ rows: count }) => count > most);
    assert.deepEqual(
      wide.map(({ sql, rows: count, at }) => `${count} rows of ${at}: ${sql}`),
      [],
      what,
    );
  }

  const laneNumbers = Array.from({ length: lanes }, (_, index) => index + 1);
  const operations: Readonly<Record<string, () => Promise<unknown>>> = {
    "a hundred events with ids, half of them known": () =>
      accept(
        store,
        Array.from({ length: 100 }, (_, index) =>
          event(`new_${index}`, {
            acceptedAt: Date.now(),
            key: `key_${index < 50 ? index : `new_${index}`}`,
            idempotencyKey: { id: String(index < 50 ? index : 1e9 + index), hash: "h" },
            deliveries: [owed((index % lanes) + 1, { spilled: index % 2 === 0 })],
          }),
        ),
      ),
    "a hundred observations": () =>
      store.ledger.appendObservations(
        Array.from({ length: 100 }, (_, index) =>
          observation({
            acceptedAt: Date.now(),
            idempotencyKey: { id: String(index < 50 ? index : 1e9 + index), hash: "h" },
          }),
        ),
      ),
    "what waits to be folded": () => store.ledger.countObservations(leastNumber(now - hourMs), [1, 2, 3]),
    "what waits to be folded of all": () => store.ledger.countObservations(leastNumber(began)),
    "what waits to be folded of all shards but the one that has it": () => {
      const others = Array.from({ length: shardCount }, (_, shard) => shard).filter(
        (each) => each !== shardOf("org_one"),
      );
      return store.ledger.countObservations(leastNumber(began), others);
    },
    "a page of the log": () => store.ledger.readObservations(leastNumber(now - hourMs), 200),
    "a page of the log of some shards": () =>
      store.ledger.readObservations(leastNumber(now - hourMs), 200, { shards: [1, 2, 3], isFolded: false }),
    "a floor": () => store.ledger.readFloor("org_one", "floor_1", now - hourMs, now - hourMs + 1_000, 100),
    "a call": () => store.ledger.findCall("org_one", "guid_8"),
    "what sensing concludes": () =>
      store.ledger.accept([], progress(epoch, 0, { minutes: [minute(noon)], entries: [] })),
    "state of sensing": () => store.ledger.readSensingState(),
    "what is due": () =>
      store.ledger.readDue(
        epoch,
        Date.now(),
        laneNumbers.flatMap((lane) => readsOf(lane, 20)),
      ),
    "what is due in order": () =>
      store.ledger.readDue(
        epoch,
        Date.now(),
        laneNumbers.slice(0, 5).flatMap((lane) => readsOf(lane, 20).map((each) => ({ ...each, inOrder: true }))),
      ),
    arrivals: () => store.ledger.readArrivals(epoch, leastNumber(Date.now())),
    "marks before attempts": async () => {
      const started = await due();
      await store.ledger.markStarted(epoch, started.slice(0, 20));
      await store.ledger.clearMark(epoch, started.slice(0, 20));
    },
    "two hundred outcomes": async () => {
      const ended = await due();
      const of = ended.slice(0, 200).map((delivery, index) =>
        settlement(delivery, 1, {
          startedAt: Date.now(),
          ...(index % 4 === 0 ? { outcome: refusal, next: { due: Date.now() + 5_000 } } : {}),
        }),
      );
      await store.ledger.settle(epoch, of);
    },
    "what goes to the disk": async () => store.ledger.spill(epoch, (await due()).slice(0, 100), Date.now() + 1_000),
    "a lane that is hurried": () => store.ledger.hasten(epoch, 2, "retry", Date.now(), 100),
    "a delivery that is hurried": async () => store.ledger.hastenOne(epoch, (await due())[0]!, Date.now()),
    "a lane that ends": () => store.ledger.cancel(epoch, 3, Date.now(), 200),
    "a resend": async () => {
      const [ended] = await ask<{ delivery: number }>(url, "select delivery::float8 as delivery from attempt limit 1");
      await store.ledger.resend(ended!.delivery, Date.now());
    },
    "a replay": async () => {
      const events = await ask<{ event: number }>(url, "select number::float8 as event from event limit 100");
      await store.ledger.replay(
        events.map(({ event: number }) => ({ event: number, lane: 4, variant: 0 })),
        Date.now(),
      );
    },
    "last numbers of lanes": () => store.ledger.lastSequences(laneNumbers),
    "a page of deliveries of a lane": () =>
      store.history.deliveries({
        organization: "org_one",
        subscription: "webhook_5",
        state: null,
        since: null,
        limit: 50,
        before: null,
      }),
    "another owner": async () => ({ epoch } = await store.ledger.acquire(Date.now(), 0)),
    "pruning where nothing is old": () => store.ledger.prune(epoch, keepAll, Date.now(), 50),
  };

  const due = async (): Promise<readonly number[]> => {
    const read = await store.ledger.readDue(epoch, Date.now(), readsOf(1, 400));
    return read.flatMap(({ rows: found }) => found.map(({ number }) => number));
  };

  for (const [what, run] of Object.entries(operations)) {
    test(what, async () => {
      await looked();
      await run();
      if (!looksAtAll.includes(what)) await judge(what);
    });
  }
});

function rowsIn(plan: Plan): { readonly rows: number; readonly at: string } {
  let [sum, widest, at] = [0, -1, ""];
  const walk = (node: Plan): void => {
    const name = node["Relation Name"];
    if (name !== undefined) {
      const skipped = (node["Rows Removed by Filter"] ?? 0) + (node["Rows Removed by Index Recheck"] ?? 0);
      const count = (node["Actual Rows"] + skipped) * node["Actual Loops"];
      sum += count;
      if (count > widest) [widest, at] = [count, name];
    }
    node.Plans?.forEach(walk);
  };
  walk(plan);
  return { rows: Math.round(sum), at };
}

/** Hours of traffic of one organization before now: everything delivered but a tenth, which is owed. */
function rowsOf(): string {
  const tables = (["event", "attempt", "observation"] as const).flatMap((table) =>
    Array.from({ length: hours - 1 }, (_, hour) => {
      const at = began + hour * hourMs;
      return createPartition(table, leastNumber(at), leastNumber(at + hourMs));
    }),
  );
  const span = (hours - 1) * hourMs;
  const number = `(${leastNumber(began)} + (n::numeric * ${span * 4_096} / ${rows})::bigint)`;
  const at = `(${began} + n::bigint * ${span} / ${rows})`;
  const all = `from generate_series(0, ${rows - 1}) n`;
  const lane = `1 + n % ${lanes}`;
  const day = Math.floor(now / 86_400_000);
  return [
    ...tables.map((text) => text.replace(/;$/, "")),
    createPartition("idempotency_key", day - 1, day).replace(/;$/, ""),
    "insert into kind (dialect, name) values ('', 'traffic'), ('butlr', 'ROOM_OCCUPANCY') on conflict do nothing",
    `insert into idempotency_key select ${day - 1}, 1, k.number, n::text, 'h' ${all}, kind k`,
    `insert into event (number, organization, kind, id, subject, at, accepted_at, revision, key, body) select ${number}, 1, 1,` +
      ` 'event_' || n, 'room_' || n % 500, ${at}, ${at}, 0, 'key_' || n, '{}' ${all}`,
    `insert into attempt select ${number}, 1, 1, ${number}, ${lane}, 0, ${at} + 20, 20, 12, 0, 200, null, null, 2, 0, n / ${lanes} + 1 ${all}` +
      " where n % 10 <> 0",
    `insert into delivery select ${number}, 1, g.shard, ${number}, 1 + n / 10 % ${lanes}, 0, 0, ${at}, ${at}, 1, 0, n / 100 % 2, n / ${lanes} + 1` +
      ` ${all}, organization g where n % 10 = 0`,
    `insert into sequence_run (lane, first, last, organization, delivery, last_delivery, event) select ${lane}, n, n, 1, ${number}, ${number}, ${number}` +
      ` ${all} where n % 5 = 0`,
    `insert into observation (position, organization, shard, kind, floor, at, accepted_at, body, guid) select ${number}, 1, g.shard, 1, 'floor_' || n % 9,` +
      ` ${at}, ${at}, '{}', case when n % 8 = 0 then 'guid_' || n end ${all}, organization g`,
    "insert into entry (number, organization, kind, building, at, accepted_at, guid, status, words, data)" +
      ` select ${number}, 1, n % 2, 'building_' || n % 50, ${at}, ${at}, case when n % 2 = 1 then 'call_' || n end, 'open', 'somebody', '{}' ${all} where n % 4 = 0`,
    `select setval('event_number', greatest((select last_value from event_number), ${leastNumber(now)}))`,
  ].join(";");
}

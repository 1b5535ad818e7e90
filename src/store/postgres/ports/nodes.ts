// The port of nodes, on PostgreSQL. Hints are sent outside of any transaction that writes: NOTIFY in it takes a lock of the whole
// database at its commit.

import type { Clock } from "../../../clock.ts";
import type {
  AnsweredCall,
  Cluster,
  NodeRecord,
  NodeStore,
  Observed,
  Progress,
  SliceRecord,
  WaitingCall,
} from "../../nodes.ts";
import type { Database } from "../database.ts";
import { createListener } from "../listener.ts";

const renew =
  "insert into node (id, role, version) values ($1, $2, $3)" +
  " on conflict (id) do update set renewed_at = clock_timestamp(), role = excluded.role";
const nodes =
  "select id, role, version, leaving, greatest(extract(epoch from clock_timestamp() - renewed_at) * 1000, 0)::float8" +
  ` as "silentMs" from node where renewed_at > clock_timestamp() - interval '1 hour'`;
const slices = "select number as slice, node from slice order by number";
const claim =
  "update slice s set node = $1 where s.number = any($2::smallint[]) and (s.node is null or s.node = $1 or not exists" +
  " (select from node n where n.id = s.node and n.renewed_at > clock_timestamp() - $3 * interval '1 ms'))" +
  " returning s.number as slice";
const progress =
  'select (select last_value from delivery_number) as deliveries, (select last_value from observation_number) as "observations",' +
  " (select last_value from call_number_seq) as calls";
const observed =
  "select shard, max(position) as position from observation where position > $1 and position <= 9223372036854775807" +
  " group by shard";
const waiting =
  "select number, slice, node, name, argument from call where answer is null and (node = $1 or slice = any($2::smallint[]))" +
  " and number <> all($3::bigint[]) order by number limit 256";
const answer =
  "update call c set answer = a.answer from unnest($1::bigint[], $2::text[]) a (number, answer) where c.number = a.number";
const takeAnswers = "delete from call where number = any($1::bigint[]) and answer is not null returning number, answer";

/** Names the lock of what one process does at a time. */
const aloneLock = 0x616c6f6e;
export const channel = "belfry";

export function createNodeStore(database: Database, clock: Clock): NodeStore {
  const { session } = database;
  return {
    async renew({ id, role, version }) {
      await session.run(renew, [id, role, version]);
    },
    async cluster(): Promise<Cluster> {
      return {
        nodes: await session.rows<NodeRecord>(nodes),
        slices: await session.rows<SliceRecord>(slices),
      };
    },
    async claim(node, wanted, goneMs) {
      const taken = await session.rows<{ slice: number }>(claim, [node, wanted, goneMs]);
      return taken.map(({ slice }) => slice);
    },
    async give(node, given) {
      await session.run("update slice set node = null where node = $1 and number = any($2::smallint[])", [node, given]);
    },
    async leave(node) {
      await session.run("update node set leaving = true where id = $1", [node]);
    },
    async forget(node) {
      await session.run("update slice set node = null where node = $1", [node]);
      await session.run("delete from node where id = $1 or renewed_at < clock_timestamp() - interval '1 day'", [node]);
    },
    async unsafeSettings() {
      const off =
        "select name from pg_settings where name in ('fsync', 'synchronous_commit', 'full_page_writes') and setting = 'off'";
      return (await session.rows<{ name: string }>(off)).map(({ name }) => name);
    },
    async alone(work) {
      const client = await database.connect();
      try {
        await client.query("select pg_advisory_lock($1)", [aloneLock]);
        return await work();
      } finally {
        await client.end();
      }
    },
    observed: (after) => session.rows<Observed>(observed, [after]),
    progress: async () => (await session.row<Progress>(progress))!,
    async ask({ to, name, argument }) {
      const asked = await session.row<{ number: number }>(
        "insert into call (slice, node, name, argument) values ($1, $2, $3, $4) returning number",
        ["slice" in to ? to.slice : null, "node" in to ? to.node : null, name, argument],
      );
      return asked!.number;
    },
    async waitingCalls(node, owned, known) {
      const rows = await session.rows<CallRow>(waiting, [node, owned, known]);
      return rows.map(
        ({ number, slice, node: to, name, argument }): WaitingCall => ({
          number,
          to: slice === null ? { node: to! } : { slice },
          name,
          argument,
        }),
      );
    },
    async answer(calls) {
      await session.run(answer, [calls.map(({ number }) => number), calls.map((each) => each.answer)]);
    },
    takeAnswers: (calls) => session.rows<AnsweredCall>(takeAnswers, [calls]),
    async forgetCalls() {
      await session.run("delete from call where asked_at < clock_timestamp() - interval '1 minute'");
    },
    async hint(text) {
      await session.rows("select pg_notify($1, $2)", [channel, text]);
    },
    listen: (onHint) => createListener(database, clock, channel, onHint),
  };
}

interface CallRow {
  readonly number: number;
  readonly slice: number | null;
  readonly node: string | null;
  readonly name: string;
  readonly argument: string;
}

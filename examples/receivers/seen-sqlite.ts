// Which events were handled, kept in SQLite: survives a restart and holds for all processes that share the file. Copy it.
//
//   const database = new DatabaseSync("events.sqlite");
//   const receiver = createReceiver({ secret, seen: sqliteSeen(database) });

import { randomUUID } from "node:crypto";
import type { DatabaseSync } from "node:sqlite";
import type { Seen } from "@belfry/receiver";

export interface SqliteSeenOptions {
  /** How long an id is remembered, ms. Default 4 days: longer than Belfry retries. */
  readonly keepMs?: number;
  /** A handler that runs longer than this, ms, counts as crashed, and the next attempt may begin. Default a minute. */
  readonly claimMs?: number;
  readonly now?: () => number;
}

export function sqliteSeen(database: DatabaseSync, options: SqliteSeenOptions = {}): Seen {
  const { keepMs = 4 * 24 * 3600 * 1000, claimMs = 60_000, now = Date.now } = options;
  database.exec(`
    create table if not exists seen (id text primary key, claim text, until integer not null) without rowid;
    create index if not exists seen_until on seen (until);
    create table if not exists seen_numbers (one integer primary key check (one = 1), text text not null)`);
  // A claim of nobody (null) is done. An id whose time is over counts as never seen.
  const take = database.prepare(`
    insert into seen (id, claim, until) values (?, ?, ?)
    on conflict (id) do update set claim = excluded.claim, until = excluded.until where until <= ?`);
  const find = database.prepare("select claim from seen where id = ?");
  const keep = database.prepare("update seen set claim = null, until = ? where id = ? and claim = ?");
  const release = database.prepare("delete from seen where id = ? and claim = ?");
  const forget = database.prepare("delete from seen where until <= ?");
  const readNumbers = database.prepare("select text from seen_numbers");
  const writeNumbers = database.prepare("insert or replace into seen_numbers values (1, ?)");
  let forgetAt = 0;

  return {
    claim(id) {
      const time = now();
      if (time >= forgetAt) {
        forget.run(time);
        forgetAt = time + 60_000;
      }
      const claim = randomUUID();
      if (take.run(id, claim, time + claimMs, time).changes === 0)
        return find.get(id)?.["claim"] === null ? "done" : "running";
      return { keep: () => keep.run(now() + keepMs, id, claim), release: () => release.run(id, claim) };
    },
    // For onGap. Each subscription needs a file of its own.
    numbers: {
      read: () => readNumbers.get()?.["text"] as string | undefined,
      write: (numbers) => writeNumbers.run(numbers),
    },
  };
}

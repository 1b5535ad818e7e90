// A consumer that loses nothing and counts nothing twice: each event and what follows from it are written in one
// transaction, and only then is the sender answered. Then the database itself knows duplicates and order, across restarts.
//
//   SIGNING_SECRET=whsec_… node store-sqlite.ts

import { createServer } from "node:http";
import { DatabaseSync } from "node:sqlite";
import { createReceiver, type Received, type ReceiverOptions, type Receiver, stateOf } from "@belfry/receiver";
import { nodeHandler } from "@belfry/receiver/node";

export function createStore(file: string): (event: Received) => void {
  const database = new DatabaseSync(file);
  database.exec(`
    pragma journal_mode = wal;
    create table if not exists event (id text primary key, name text not null, body text not null) without rowid;
    create table if not exists state (
      key text not null, at integer not null, rank text not null, value text, primary key (key, at)
    ) without rowid`);
  const addEvent = database.prepare("insert into event values (?, ?, ?) on conflict do nothing");
  // A statement that comes late loses against the better one about the same moment.
  const putState = database.prepare(`
    insert into state values (?, ?, ?, ?)
    on conflict (key, at) do update set rank = excluded.rank, value = excluded.value where excluded.rank >= rank`);

  return (event) => {
    database.exec("begin immediate");
    try {
      const isNew = addEvent.run(event.id, event.name, Buffer.from(event.body).toString()).changes === 1;
      const state = isNew ? stateOf(event) : null;
      // What it is like now: select value from state where key = ? order by at desc limit 1
      if (state !== null) putState.run(state.key, state.at, state.rank, valueOf(event));
      database.exec("commit");
    } catch (error) {
      database.exec("rollback");
      throw error;
    }
  };
}

function valueOf({ name, payload }: Received): string {
  return JSON.stringify("data" in payload ? payload.data : name === "PIR_MOTION");
}

export function createStoringReceiver(options: ReceiverOptions, file: string): Receiver {
  const store = createStore(file);
  return createReceiver(options)
    .on(["ROOM_OCCUPANCY", "ZONE_OCCUPANCY", "FLOOR_OCCUPANCY", "PIR_MOTION", "PIR_NO_MOTION", "TRAFFIC"], store)
    .on(["access_log.create", "door_release.create", "call.create"], store);
}

if (import.meta.main) {
  const receiver = createStoringReceiver({ secret: process.env["SIGNING_SECRET"] }, "events.sqlite");
  createServer(nodeHandler(receiver)).listen(8080);
}

// How long a live event waits in a lane of which a bulk replay waits: its receiver takes 100 ms for each request, so that the
// lane starts some forty a second and one start can be told from the next. Beside it the same lane without replays.

import { systemClock } from "../../src/clock.ts";
import { loadMasterKey } from "../../src/store/master-key.ts";
import type { ReplayedDelivery } from "../../src/store/owed.ts";
import { openSqliteInProcess } from "../../src/store/sqlite/open.ts";
import { idDigits } from "./events.ts";
import { median, moment, pause, round } from "./figures.ts";
import { offer } from "./load.ts";
import type { Figures } from "./options.ts";
import { makePlace } from "./places.ts";
import { type Receiver, startReceiver } from "./receiver.ts";
import { type Server, startServer } from "./server.ts";
import { makeTenants, type Tenant } from "./tenants.ts";

const answerMs = 100;
/** Between two live events, ms: no multiple of the time of an answer. */
const gapMs = 137;
/** Replays in one transaction. */
const slice = 10_000;

interface Waits {
  /** From the request to the server until the attempt arrived, ms. */
  readonly ms: readonly number[];
  /** Its place among the requests of the lane since then: 1 is the next. */
  readonly starts: readonly number[];
}

export async function measureBehindReplays(replays: number, lives: number): Promise<Figures> {
  const receiver = await startReceiver({ block: 2 });
  const data = makePlace();
  let server = await startServer({ data, caFile: receiver.caFile });
  const tenants = await makeTenants(server, receiver.origins);
  await receiver.delay(answerMs);
  const alone = await sendLives(server, receiver, tenants, 1, lives);
  await server.drained();
  await server.stop();
  await owe(data, tenants[0]!.organization, replays);
  server = await startServer({ data, caFile: receiver.caFile });
  // The lane is at its full width.
  await pause(1_000);
  const beside = await sendLives(server, receiver, tenants, lives + 1, lives);
  if ((await server.pending()) < replays / 2) throw new Error("The replays ended before the live events did.");
  return {
    replays_waiting: replays,
    live_starts: median(beside.starts),
    live_starts_most: Math.max(...beside.starts),
    live_ms: round(median(beside.ms), 2),
    live_ms_without: round(median(alone.ms), 2),
  };
}

/** Owes the first event of the store so many times more to its lane, as a bulk replay does; no server runs. */
async function owe(data: string, organization: string, count: number): Promise<void> {
  const store = await openSqliteInProcess({
    directory: data,
    masterKey: loadMasterKey(undefined, data),
    clock: systemClock,
  });
  const snapshot = await store.registry.snapshot(organization);
  const id = `event_${"1".padStart(idDigits, "0")}`;
  const event = await store.history.event(organization, id);
  if (snapshot === null || event === null) throw new Error("The first event is not there.");
  const row: ReplayedDelivery = { event: event.number, lane: snapshot.subscriptions[0]!.number, variant: 0 };
  for (let made = 0; made < count; made += slice) {
    const rows = Array.from({ length: Math.min(slice, count - made) }, () => row);
    await store.ledger.replay(rows, Date.now());
  }
  await store.close();
}

async function sendLives(
  server: Server,
  receiver: Receiver,
  tenants: readonly Tenant[],
  first: number,
  count: number,
): Promise<Waits> {
  const [ms, starts]: [number[], number[]] = [[], []];
  for (let event = first; event < first + count; event++) {
    await receiver.expect(event, 1);
    const sent = moment();
    await offer({ url: server.url, tenants, events: 1, first: event, batch: 1, connections: 1 });
    await receiver.complete(1);
    ms.push((await receiver.arrivals())[0]! - sent);
    starts.push((await receiver.seen()).place);
    await pause(gapMs);
  }
  return { ms, starts };
}

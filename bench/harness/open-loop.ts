// Events at a fixed rate, whatever the answers: each request at its own time, not when the one before it was answered.

import { eventText } from "./events.ts";
import { moment, pause } from "./figures.ts";
import { type Connection, openConnection, requestText } from "./http-client.ts";
import type { Tenant } from "./tenants.ts";

export interface OpenLoop {
  readonly url: string;
  readonly tenants: readonly Tenant[];
  readonly first: number;
  readonly events: number;
  /** Events per second. */
  readonly rate: number;
  /** So many events in each request, of as many tenants, sent with the operator's key; without it single ones. */
  readonly batch?: { readonly events: number; readonly key: string } | undefined;
}

/** When each event was due to be sent and when it was answered, monotonic ms, by index. */
export interface Sent {
  readonly due: Float64Array;
  readonly answered: Float64Array;
}

/** Connections at most: fewer than wait in line at a server that stands still for a moment. */
const most = 256;
/** One that was idle for longer may be closed by the server at the very moment in which it is used. */
const longestIdleMs = 5_000;

export async function sendSteadily({ url, tenants, first, events, rate, batch }: OpenLoop): Promise<Sent> {
  const free: { readonly connection: Connection; readonly since: number }[] = [];
  const all = new Set<Connection>();
  let opening = 0;
  const [due, answered] = [new Float64Array(events), new Float64Array(events)];
  const under: Promise<void>[] = [];
  let failure: unknown;
  const path = `${url}/v1/events?dialect=butlr`;
  const begun = moment() + 5;
  /** The one used last, so that no more are open than it takes: a server closes those that say nothing. */
  const connect = async (): Promise<Connection> => {
    for (;;) {
      const last = free.pop();
      if (last?.connection.isOpen()) return last.connection;
      if (last !== undefined) all.delete(last.connection);
      else if (all.size + opening < most) break;
      else await pause(1);
    }
    opening++;
    const connection = await openConnection(url).finally(() => opening--);
    all.add(connection);
    return connection;
  };
  const together = batch?.events ?? 1;
  const textOf = (index: number) => eventText(tenants[index % tenants.length]!.organization, first + index);
  const requestOf = (index: number, end: number): string => {
    if (batch === undefined) return requestText(path, tenants[index % tenants.length]!.key, textOf(index));
    const texts = Array.from({ length: end - index }, (_, each) => textOf(index + each));
    return requestText(path, batch.key, `[${texts.join(",")}]`);
  };
  const send = async (index: number, end: number): Promise<void> => {
    const connection = await connect();
    const { status, body } = await connection.send(requestOf(index, end));
    const now = moment();
    answered.fill(now, index, end);
    free.push({ connection, since: now });
    if (status !== 202) throw new Error(`${status}: ${body}`);
  };
  for (let index = 0; index < events; ) {
    const now = moment();
    while (free.length > 0 && now - free[0]!.since >= longestIdleMs) {
      const { connection } = free.shift()!;
      connection.close();
      all.delete(connection);
    }
    while (index < events && begun + (index * 1000) / rate <= now) {
      const end = Math.min(index + together, events);
      due.fill(begun + (index * 1000) / rate, index, end);
      under.push(send(index, end).catch((error: unknown) => void (failure ??= error)));
      index = end;
    }
    if (failure !== undefined) throw failure;
    await pause(1);
  }
  await Promise.all(under);
  if (failure !== undefined) throw failure;
  for (const connection of all) connection.close();
  return { due, answered };
}

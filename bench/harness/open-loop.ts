// Single events at a fixed rate, whatever the answers: each at its own time, not when the one before it was answered.

import { eventText } from "./events.ts";
import { moment, pause } from "./figures.ts";
import { type Connection, openConnections, requestText } from "./http-client.ts";
import type { Tenant } from "./tenants.ts";

export interface OpenLoop {
  readonly url: string;
  readonly tenants: readonly Tenant[];
  readonly first: number;
  readonly events: number;
  /** Events per second. */
  readonly rate: number;
}

/** When each event was due to be sent and when it was answered, monotonic ms, by index. */
export interface Sent {
  readonly due: Float64Array;
  readonly answered: Float64Array;
}

export async function sendSteadily({ url, tenants, first, events, rate }: OpenLoop): Promise<Sent> {
  const free: Connection[] = [...(await openConnections(url, 256))];
  const all = [...free];
  const [due, answered] = [new Float64Array(events), new Float64Array(events)];
  const under: Promise<void>[] = [];
  const path = `${url}/v1/events?dialect=butlr`;
  const begun = moment() + 5;
  const send = async (index: number): Promise<void> => {
    const tenant = tenants[index % tenants.length]!;
    while (free.length === 0) await pause(1);
    const connection = free.pop()!;
    const { status, body } = await connection.send(
      requestText(path, tenant.key, eventText(tenant.organization, first + index)),
    );
    answered[index] = moment();
    free.push(connection);
    if (status !== 202) throw new Error(`${status}: ${body}`);
  };
  for (let index = 0; index < events; ) {
    const now = moment();
    for (; index < events && begun + (index * 1000) / rate <= now; index++) {
      due[index] = begun + (index * 1000) / rate;
      under.push(send(index));
    }
    await pause(1);
  }
  await Promise.all(under);
  for (const connection of all) connection.close();
  return { due, answered };
}

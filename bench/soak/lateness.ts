// How late events are at their receivers while they are sent at a steady rate, subscription by subscription.

import { percentile } from "../harness/figures.ts";
import { sendSteadily } from "../harness/open-loop.ts";
import type { Receiver } from "../harness/receiver.ts";
import type { Server } from "../harness/server.ts";
import type { Tenant } from "../harness/tenants.ts";

export interface Steady {
  readonly server: Server;
  readonly receiver: Receiver;
  readonly tenants: readonly Tenant[];
  readonly first: number;
  readonly rate: number;
  readonly seconds: number;
}

/** From when each event was to be sent until it was there, ms, by subscription. Resolves when all are there. */
export async function latenessOf({ server, receiver, tenants, first, rate, seconds }: Steady): Promise<number[][]> {
  const events = rate * seconds;
  await receiver.expect(first, events);
  const { due } = await sendSteadily({ url: server.url, tenants, first, events, rate });
  await receiver.complete(events);
  const late: number[][] = tenants.map(() => []);
  for (const [index, at] of (await receiver.arrivals()).entries()) late[index % tenants.length]!.push(at - due[index]!);
  return late;
}

export const join = (one: readonly number[][], other: readonly number[][]): number[][] =>
  one.map((late, index) => [...late, ...other[index]!]);

export interface Comparison {
  /** p99 of all together, ms. */
  readonly before: number;
  readonly beside: number;
  /** Of the subscription that suffers most, and how many suffer more than twofold. */
  readonly worst: number;
  readonly over: number;
}

export function compare(before: readonly number[][], beside: readonly number[][]): Comparison {
  const ratios = beside.map((late, index) => percentile(late, 0.99) / percentile(before[index]!, 0.99));
  return {
    before: percentile(before.flat(), 0.99),
    beside: percentile(beside.flat(), 0.99),
    worst: Math.max(...ratios),
    over: ratios.filter((ratio) => ratio > 2).length,
  };
}

// How late events are at their receivers while they are sent at a steady rate, subscription by subscription.

import { percentile } from "../harness/figures.ts";
import { type OpenLoop, sendSteadily } from "../harness/open-loop.ts";
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
  readonly batch?: OpenLoop["batch"];
}

/** From when each event was to be sent until it was there, ms, by subscription. Resolves when all are there. */
export async function latenessOf(steady: Steady): Promise<number[][]> {
  const { server, receiver, tenants, first, rate, seconds, batch } = steady;
  const events = rate * seconds;
  await receiver.expect(first, events);
  const { due } = await sendSteadily({ url: server.url, tenants, first, events, rate, batch });
  await receiver.complete(events);
  const late: number[][] = tenants.map(() => []);
  for (const [index, at] of (await receiver.arrivals()).entries()) late[index % tenants.length]!.push(at - due[index]!);
  return late;
}

export const join = (one: readonly number[][], other: readonly number[][]): number[][] =>
  one.map((late, index) => [...late, ...other[index]!]);

/** Of all together, ms. */
export interface Spread {
  readonly p50: number;
  readonly p99: number;
  readonly p999: number;
}

export interface Comparison {
  readonly before: Spread;
  readonly beside: Spread;
  /** Of the one that suffers most, and how many suffer more than twofold. */
  readonly worst: number;
  readonly over: number;
  /** How many subscriptions make one: with few events each, a p99 would be nothing but the largest of them. */
  readonly together: number;
}

const enough = 1_000;

export function compare(before: readonly number[][], beside: readonly number[][]): Comparison {
  const fewest = Math.min(...[...before, ...beside].map(({ length }) => length));
  const together = Math.min(Math.ceil(enough / Math.max(fewest, 1)), before.length);
  const [ones, others] = [grouped(before, together), grouped(beside, together)];
  const ratios = others.map((late, index) => percentile(late, 0.99) / percentile(ones[index]!, 0.99));
  return {
    before: spreadOf(before.flat()),
    beside: spreadOf(beside.flat()),
    worst: Math.max(...ratios),
    over: ratios.filter((ratio) => ratio > 2).length,
    together,
  };
}

function spreadOf(late: readonly number[]): Spread {
  const [p50, p99, p999] = [0.5, 0.99, 0.999].map((share) => percentile(late, share));
  return { p50: p50!, p99: p99!, p999: p999! };
}

/** Whole groups only, the last one takes the rest. */
function grouped(late: readonly number[][], together: number): number[][] {
  const count = Math.max(Math.floor(late.length / together), 1);
  return Array.from({ length: count }, (_, group) =>
    late.slice(group * together, group === count - 1 ? undefined : (group + 1) * together).flat(),
  );
}

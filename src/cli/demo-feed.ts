// Feeds the simulated building's observations to a server in fast motion. Nights are skipped, and simulated time never
// runs past the real one: a sensor cannot see the future.

import type { Clock } from "../clock.ts";
import { waitFor } from "./waiting.ts";

export interface Feed<Observation extends { readonly at: number }> {
  readonly observations: Iterator<Observation>;
  readonly clock: Clock;
  /** Simulated seconds in a real one. */
  readonly speed: number;
  /** Sends one batch, oldest first. */
  readonly send: (batch: readonly Observation[]) => Promise<void>;
  readonly stopped: AbortSignal;
  /** Tells the simulated time, epoch ms. */
  readonly onTime: (now: number) => void;
}

const beatMs = 200;
const largestBatch = 500;
const nightMs = 2 * 3_600_000;
const dayMs = 86_400_000;
const behindMs = 5000;

/** Runs until stopped. Throws what `send` throws. */
export async function feed<Observation extends { readonly at: number }>({
  observations,
  clock,
  speed,
  send,
  stopped,
  onTime,
}: Feed<Observation>): Promise<void> {
  let next = observations.next();
  if (next.done) return;
  let simulated = next.value.at;
  let beat = clock.monotonic();
  while (!stopped.aborted && !next.done) {
    const now = clock.monotonic();
    simulated = Math.min(simulated + (now - beat) * speed, clock.now() - behindMs);
    beat = now;
    if (next.value.at - simulated > nightMs && next.value.at <= clock.now() - behindMs) simulated = next.value.at;
    while (!stopped.aborted && !next.done && next.value.at <= simulated) {
      const batch: Observation[] = [];
      while (!next.done && next.value.at <= simulated && batch.length < largestBatch) {
        batch.push(next.value);
        next = observations.next();
      }
      await send(batch);
    }
    onTime(simulated);
    await waitFor(clock, beatMs, stopped);
  }
}

/** 07:30 in this zone, `days` days before the day that it is there at `now`, as epoch ms. */
export function morningOf(timezone: string, now: number, days: number): number {
  const today = Math.floor((now + offsetOf(timezone, now)) / dayMs);
  const wanted = (today - days) * dayMs + 7.5 * 3_600_000;
  return wanted - offsetOf(timezone, wanted);
}

function offsetOf(timezone: string, at: number): number {
  const parts = new Intl.DateTimeFormat("en-US", { timeZone: timezone, timeZoneName: "longOffset" }).formatToParts(at);
  const name = parts.find(({ type }) => type === "timeZoneName")?.value ?? "GMT";
  const [, sign, hours, minutes] = /^GMT([+-])(\d{2}):(\d{2})$/.exec(name) ?? [];
  if (sign === undefined) return 0;
  return (sign === "-" ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) * 60_000;
}

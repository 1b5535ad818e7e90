// Reads the figures that the server publishes for Prometheus, as far as the health page shows them. Pure.

export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** Lines that are no samples are left out. */
export function readMetrics(text: string): readonly Sample[] {
  return text.split("\n").flatMap((line) => {
    const [, name, labels = "", value] = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)/.exec(line) ?? [];
    if (name === undefined || value === undefined) return [];
    const pairs = [...labels.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map(([, key, said]) => [key!, said!]);
    return [{ name, labels: Object.fromEntries(pairs), value: Number(value) }];
  });
}

/** The sum over all labels that fit; 0 where there is none. */
export function sumOf(samples: readonly Sample[], name: string, labels: Readonly<Record<string, string>> = {}): number {
  return samples
    .filter(
      (sample) => sample.name === name && Object.entries(labels).every(([key, value]) => sample.labels[key] === value),
    )
    .reduce((sum, { value }) => sum + (Number.isFinite(value) ? value : 0), 0);
}

/** Counters at a moment. */
export interface Counters {
  /** Epoch ms */
  readonly at: number;
  /** When the process began that counted, s: what another one counted is not compared with it. */
  readonly process: number;
  readonly delivered: number;
  readonly failed: number;
  readonly observations: number;
  readonly buckets: readonly (readonly [le: number, count: number])[];
}

export function countersOf(samples: readonly Sample[], at: number): Counters {
  const attempts = sumOf(samples, "belfry_attempts_total");
  const delivered = sumOf(samples, "belfry_attempts_total", { code: "delivered" });
  const buckets = samples
    .filter(({ name }) => name === "belfry_attempt_duration_seconds_bucket")
    .map(({ labels, value }) => [labels["le"] === "+Inf" ? Infinity : Number(labels["le"]), value] as const);
  const observations = sumOf(samples, "belfry_inputs_total", { kind: "observation", result: "accepted" });
  const process = sumOf(samples, "process_start_time_seconds");
  return { at, process, delivered, failed: attempts - delivered, observations, buckets };
}

/** A second, from one reading to the next; a restart counts from 0. */
export function rate(before: Counters, after: Counters, of: "delivered" | "failed" | "observations"): number {
  const seconds = (after.at - before.at) / 1_000;
  return seconds <= 0 ? 0 : Math.max(0, after[of] - (after[of] < before[of] ? 0 : before[of])) / seconds;
}

/** The bound under which this share of the attempts between two readings stayed, seconds; null: there were none. */
export function quantile(before: Counters | null, after: Counters, share: number): number | null {
  const grown = after.buckets.map(([le, count], index) => [le, count - (before?.buckets[index]?.[1] ?? 0)] as const);
  const all = grown.at(-1)?.[1] ?? 0;
  if (all <= 0) return null;
  return grown.find(([, count]) => count >= all * share)?.[0] ?? null;
}

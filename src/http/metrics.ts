// Figures for Prometheus. Whoever has a figure gives a function or counts through one; labels have a fixed set of values,
// so that no organization, URL or id can ever grow the page.

import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from "prom-client";

/** For each label the values it may take; any other is counted as `other`. */
type LabelValues = Readonly<Record<string, readonly string[]>>;
type Labels = Readonly<Record<string, string>>;

export interface Metrics {
  /** A figure that is read when somebody asks. Monotonic ones are named `…_total`. */
  gauge(name: string, help: string, read: () => number | Promise<number>): void;
  /** Figures that come of one look, which is taken once for each page: by their names, what they say. */
  gauges<Name extends string>(helps: Readonly<Record<Name, string>>, look: () => Readonly<Record<Name, number>>): void;
  /** A figure for each value of one label. */
  gaugeBy(name: string, help: string, label: string, read: () => Readonly<Record<string, number>>): void;
  /** A number that only rises; the function adds to it. */
  counter(name: string, help: string, labels?: LabelValues): (by?: number, labels?: Labels) => void;
  /** How values are spread; the function adds one. */
  histogram(name: string, help: string, buckets: readonly number[]): (value: number) => void;
  /** The page in the text format of Prometheus. A gauge that fails to answer is left out of it. */
  text(): Promise<string>;
  readonly contentType: string;
}

/** `processFigures`: also memory, processor time and event loop delay of this process. */
export function createMetrics(options: { readonly processFigures: boolean }): Metrics {
  const registry = new Registry();
  if (options.processFigures) collectDefaultMetrics({ register: registry });
  const registers = [registry];
  const looks: (() => void)[] = [];
  return {
    gauge(name, help, read) {
      const gauge = new Gauge({
        name,
        help,
        registers,
        async collect() {
          try {
            gauge.set(await read());
          } catch {
            gauge.remove();
          }
        },
      });
    },
    gauges(helps, look) {
      const names = Object.keys(helps) as (keyof typeof helps)[];
      const gauges = names.map((name) => ({ name, gauge: new Gauge({ name, help: helps[name], registers }) }));
      looks.push(() => {
        try {
          const figures = look();
          for (const { name, gauge } of gauges) gauge.set(figures[name]);
        } catch {
          for (const { gauge } of gauges) gauge.remove();
        }
      });
    },
    gaugeBy(name, help, label, read) {
      const gauge = new Gauge({
        name,
        help,
        labelNames: [label],
        registers,
        collect() {
          gauge.reset();
          for (const [value, figure] of Object.entries(read())) gauge.set({ [label]: value }, figure);
        },
      });
    },
    counter(name, help, allowed = {}) {
      const names = Object.keys(allowed);
      const counter = new Counter({ name, help, labelNames: names, registers });
      return (by = 1, labels = {}) => counter.inc(bounded(allowed, labels), by);
    },
    histogram(name, help, buckets) {
      const histogram = new Histogram({ name, help, buckets: [...buckets], registers });
      return (value) => histogram.observe(value);
    },
    async text() {
      for (const look of looks) look();
      return registry.metrics();
    },
    contentType: registry.contentType,
  };
}

function bounded(allowed: LabelValues, labels: Labels): Record<string, string> {
  const known: Record<string, string> = {};
  for (const [name, values] of Object.entries(allowed)) {
    const value = labels[name] ?? "other";
    known[name] = values.includes(value) ? value : "other";
  }
  return known;
}

// Figures for Prometheus. Whoever has a figure gives a function or counts into a plain array, which costs nanoseconds; the
// page is made when somebody asks for it. Labels have a fixed set of values, so that no organization, URL or id can ever
// grow the page.

import { collectDefaultMetrics, Registry } from "prom-client";

type Labels = Readonly<Record<string, string>>;
type Figures = Readonly<Record<string, number>>;

export interface Metrics {
  /** A figure that is read when somebody asks. One that only rises is named `…_total`, and so is a counter. */
  gauge(name: string, help: string, read: () => number | Promise<number>): void;
  /** Figures that come of one look, which is taken once for each page: by their names, what they say. */
  gauges<Name extends string>(
    helps: Readonly<Record<Name, string>>,
    look: () => Readonly<Record<Name, number>> | Promise<Readonly<Record<Name, number>>>,
  ): void;
  /** A figure for each value of one label. */
  gaugeBy(name: string, help: string, label: string, read: () => Figures | Promise<Figures>): void;
  /** A number that only rises; the function adds to it. */
  counter(name: string, help: string): (by?: number) => void;
  /** Numbers that only rise, one for each of these sets of labels: whoever counts adds to its place in the array. */
  counts(name: string, help: string, series: readonly Labels[]): Float64Array;
  /** How values are spread; the function adds one. `bounds`: upper ends of the buckets, rising. */
  histogram(name: string, help: string, bounds: readonly number[]): (value: number) => void;
  /** The page in the text format of Prometheus. A figure that fails to answer is left out of it. */
  text(): Promise<string>;
  readonly contentType: string;
}

interface Value {
  readonly value: number;
  readonly labels: Labels;
  readonly metricName?: string;
}
type Kind = "gauge" | "counter" | "histogram";

/** Gauges of prom-client that are named like counters, which `promtool check metrics` objects to. The figures without
 * `_total`, by type, say the same. */
const misnamed = ["nodejs_active_handles_total", "nodejs_active_requests_total", "nodejs_active_resources_total"];

/** `processFigures`: also memory, processor time and event loop delay of this process. */
export function createMetrics(options: { readonly processFigures: boolean }): Metrics {
  const registry = new Registry();
  if (options.processFigures) {
    collectDefaultMetrics({ register: registry });
    for (const name of misnamed) registry.removeSingleMetric(name);
  }
  const looks: (() => Promise<void>)[] = [];

  /** prom-client's own counters and histograms cost 150 ns a count; its registry takes whatever can tell its values. */
  function publish(
    kind: Kind,
    name: string,
    help: string,
    read: () => readonly Value[] | Promise<readonly Value[]>,
  ): void {
    const get = async () => {
      const values = await Promise.resolve()
        .then(read)
        .catch(() => []);
      return { name, help, type: kind, values };
    };
    registry.registerMetric({ name, get } as unknown as Parameters<typeof registry.registerMetric>[0]);
  }

  const plain = (value: number): Value[] => [{ value, labels: {} }];
  const kindOf = (name: string): Kind => (name.endsWith("_total") ? "counter" : "gauge");

  function counts(name: string, help: string, series: readonly Labels[]): Float64Array {
    const numbers = new Float64Array(series.length);
    publish("counter", name, help, () => series.map((labels, index) => ({ labels, value: numbers[index]! })));
    return numbers;
  }

  return {
    gauge: (name, help, read) => publish(kindOf(name), name, help, async () => plain(await read())),
    gauges(helps, look) {
      let figures: Readonly<Record<string, number>> | null = null;
      looks.push(async () => {
        try {
          figures = await look();
        } catch {
          figures = null;
        }
      });
      for (const name of Object.keys(helps) as (keyof typeof helps)[]) {
        publish(kindOf(name), name, helps[name], () => (figures === null ? [] : plain(figures[name]!)));
      }
    },
    gaugeBy(name, help, label, read) {
      const values = async () =>
        Object.entries(await read()).map(([each, value]) => ({ labels: { [label]: each }, value }));
      publish("gauge", name, help, values);
    },
    counter(name, help) {
      const number = counts(name, help, [{}]);
      return (by = 1) => void (number[0]! += by);
    },
    counts,
    histogram(name, help, bounds) {
      const buckets = new Float64Array(bounds.length + 1);
      // A number in a closure would be made anew with every value.
      const sum = new Float64Array(1);
      publish("histogram", name, help, () => spread(name, bounds, buckets, sum[0]!));
      return (value) => {
        let index = 0;
        while (index < bounds.length && value > bounds[index]!) index++;
        buckets[index]!++;
        sum[0]! += value;
      };
    },
    async text() {
      await Promise.all(looks.map((look) => look()));
      return registry.metrics();
    },
    contentType: registry.contentType,
  };
}

/** A histogram as Prometheus wants it: each bucket holds the smaller ones too. */
function spread(name: string, bounds: readonly number[], buckets: Float64Array, sum: number): Value[] {
  let count = 0;
  const values = [...buckets].map((inside, index): Value => {
    count += inside;
    return { metricName: `${name}_bucket`, labels: { le: `${bounds[index] ?? "+Inf"}` }, value: count };
  });
  return [
    ...values,
    { metricName: `${name}_sum`, labels: {}, value: sum },
    { metricName: `${name}_count`, labels: {}, value: count },
  ];
}

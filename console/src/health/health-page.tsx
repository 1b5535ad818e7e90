// How the server does, on one screen: what it delivers, what waits and why, and how much it has left. For operators, since the
// figures are of all organizations.

import type { ComponentChildren } from "preact";
import { useRef } from "preact/hooks";
import { getText } from "../api/client.ts";
import { now } from "../live/now.ts";
import { useLive } from "../live/use-live.ts";
import { NotRead, Stale } from "../parts/faces.tsx";
import { Mark } from "../parts/mark.tsx";
import { Page } from "../parts/page.tsx";
import { Tile } from "../parts/tile.tsx";
import { bytes } from "../words/bytes.ts";
import { roughly, span } from "../../../src/words/time.ts";
import { judge, type Readiness, whose } from "./judge.ts";
import { type Counters, countersOf, quantile, rate, readMetrics, type Sample, sumOf } from "./metrics.ts";
import { Spark } from "./spark.tsx";

interface Reading {
  readonly samples: readonly Sample[];
  readonly ready: Readiness;
  readonly history: readonly Counters[];
}

/** About ten minutes. */
const kept = 200;

export function HealthPage() {
  const history = useRef<readonly Counters[]>([]);
  const live = useLive("health", async (signal): Promise<Reading> => {
    const [text, ready] = await Promise.all([getText("/metrics", signal), getText("/readyz", signal)]);
    const samples = readMetrics(text);
    history.current = [...history.current, countersOf(samples, now.peek())].slice(-kept);
    // The next request may go to another node, whose counters began at another time.
    const { process } = history.current.at(-1)!;
    const own = history.current.filter((each) => each.process === process);
    return { samples, ready: JSON.parse(ready) as Readiness, history: own };
  });
  if (live.data === null) {
    return (
      <Page title="Health">
        <NotRead failure={live.failure} again={live.refresh} rows={8} />
      </Page>
    );
  }
  const { samples, ready, history: readings } = live.data;
  const judged = judge(samples, ready);
  const of = whose(samples);
  return (
    <Page
      title="Health"
      beside={<p class="muted">up {span(Date.now() - sumOf(samples, "process_start_time_seconds") * 1_000)}</p>}
    >
      <Stale failure={live.failure} />
      <section class="standing" aria-label="Status">
        <div>
          <p class="standing-word">
            <Mark shape={judged.shape} word={judged.word} />
          </p>
          <p>{judged.sentence}</p>
          {of !== null && <p class="muted">{of}</p>}
        </div>
      </section>
      <div class="health">
        <Delivering samples={samples} readings={readings} />
        <Waiting samples={samples} />
        <Sensing samples={samples} readings={readings} />
        <Machine samples={samples} />
      </div>
    </Page>
  );
}

interface Part {
  readonly samples: readonly Sample[];
}

function Delivering({ samples, readings }: Part & { readonly readings: readonly Counters[] }) {
  const [before, last] = [readings.at(-2) ?? null, readings.at(-1)!];
  const rates = readings.slice(1).map((reading, index) => rate(readings[index]!, reading, "delivered"));
  const failures = readings.slice(1).map((reading, index) => rate(readings[index]!, reading, "failed"));
  const [p50, p99] = [
    quantile(readings.length > 1 ? readings[0]! : null, last, 0.5),
    quantile(readings.length > 1 ? readings[0]! : null, last, 0.99),
  ];
  return (
    <Card id="delivering" title="Delivering">
      <dl class="tiles">
        <Tile name="delivered a second" value={before === null ? "–" : perSecond(rates.at(-1)!)} />
        <Tile name="failed a second" value={before === null ? "–" : perSecond(failures.at(-1)!)} />
        <Tile name="half answer within" value={bound(p50)} />
        <Tile name="99 of 100 within" value={bound(p99)} />
        <Tile name="attempts under way" value={String(sumOf(samples, "belfry_attempts_in_flight"))} />
      </dl>
      <Spark values={rates} name="Delivered a second since this page was opened" />
    </Card>
  );
}

function Waiting({ samples }: Part) {
  const reasons = samples
    .filter(({ name, value }) => name === "belfry_lanes_waiting" && value > 0)
    .toSorted((a, b) => b.value - a.value);
  return (
    <Card id="waiting" title="Waiting">
      <dl class="tiles">
        <Tile name="deliveries owed" value={sumOf(samples, "belfry_deliveries_pending").toLocaleString("en-US")} />
        <Tile name="oldest that is due" value={seconds(sumOf(samples, "belfry_oldest_due_seconds"))} />
        <Tile name="oldest of all" value={seconds(sumOf(samples, "belfry_oldest_waiting_seconds"))} />
        <Tile name="receivers backing off" value={String(sumOf(samples, "belfry_lanes_backing_off"))} />
      </dl>
      <h3>Why lanes wait</h3>
      {reasons.length === 0 ? (
        <p class="muted">No lane waits.</p>
      ) : (
        <ul class="reasons">
          {reasons.map(({ labels, value }) => (
            <li key={labels["for"]}>
              <span>{(labels["for"] ?? "").replaceAll("_", " ")}</span> <b>{value}</b>
            </li>
          ))}
        </ul>
      )}
    </Card>
  );
}

function Sensing({ samples, readings }: Part & { readonly readings: readonly Counters[] }) {
  const rates = readings.slice(1).map((reading, index) => rate(readings[index]!, reading, "observations"));
  const count = (name: string, state: string): number => sumOf(samples, name, { state });
  return (
    <Card id="sensing" title="Sensing">
      <dl class="tiles">
        <Tile name="observations a second" value={rates.length === 0 ? "–" : perSecond(rates.at(-1)!)} />
        <Tile
          name="not worked out yet"
          value={sumOf(samples, "belfry_observations_unfolded").toLocaleString("en-US")}
        />
        <Tile
          name="sensors online"
          value={`${count("belfry_sensors", "online")} of ${sumOf(samples, "belfry_sensors")}`}
        />
        <Tile
          name="spaces known"
          value={`${count("belfry_spaces", "known")} of ${sumOf(samples, "belfry_spaces") - count("belfry_spaces", "unwatched")}`}
        />
      </dl>
      <Spark values={rates} name="Observations a second since this page was opened" />
    </Card>
  );
}

function Machine({ samples }: Part) {
  const lag = sumOf(samples, "nodejs_eventloop_lag_p99_seconds");
  return (
    <Card id="machine" title="The process">
      <dl class="tiles">
        <Tile name="memory" value={bytes(sumOf(samples, "process_resident_memory_bytes"))} />
        <Tile name="heap in use" value={bytes(sumOf(samples, "nodejs_heap_size_used_bytes"))} />
        <Tile name="event loop delay, p99" value={seconds(lag)} />
        <Tile name="open files" value={String(sumOf(samples, "process_open_fds"))} />
        <Tile name="requests answered" value={sumOf(samples, "belfry_http_requests_total").toLocaleString("en-US")} />
      </dl>
    </Card>
  );
}

function Card({
  id,
  title,
  children,
}: {
  readonly id: string;
  readonly title: string;
  readonly children: ComponentChildren;
}) {
  return (
    <section class="card" aria-labelledby={id}>
      <h2 id={id}>{title}</h2>
      {children}
    </section>
  );
}

const perSecond = (value: number): string =>
  value >= 100 ? Math.round(value).toLocaleString("en-US") : value.toFixed(1);
const seconds = (value: number): string => (value < 60 ? span(value * 1_000) : roughly(value * 1_000));
const bound = (value: number | null): string =>
  value === null ? "–" : value === Infinity ? "over 30 s" : span(value * 1_000);

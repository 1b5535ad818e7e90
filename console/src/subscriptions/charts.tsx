// A day of a subscription in two charts: attempts by outcome as stacked bars, and how long half of them and 99 of 100 took, on a log axis.
// Under each stand its figures as text.

import { useRef } from "preact/hooks";
import type { Figures } from "../api/types.ts";
import { zone } from "../building/model.ts";
import { useSize } from "../building/use-size.ts";
import { outcomeWords } from "../../../src/words/outcome.ts";
import { clock, took } from "../../../src/words/time.ts";
import { attemptsOf, byHour, hours } from "./day-figures.ts";

const [height, left] = [120, 52];
/** Of one hour, in a chart as wide as this. */
const stepOf = (width: number): number => (width - left) / hours;
const hourMs = 3_600_000;

/** The outcomes there were, the most frequent failure first, each with the tone in which it is drawn. */
function outcomesOf({ hours: all }: Figures): readonly (readonly [code: string, count: number, tone: string])[] {
  const counts = new Map<string, number>();
  for (const { codes } of all)
    for (const [code, count] of Object.entries(codes)) counts.set(code, (counts.get(code) ?? 0) + count);
  const failures = [...counts].filter(([code]) => code !== "delivered").toSorted(([, a], [, b]) => b - a);
  const delivered = counts.get("delivered") ?? 0;
  return [
    ...(delivered > 0 ? ([["delivered", delivered, "ok"]] as const) : []),
    ...failures.map(([code, count], index) => [code, count, `bad-${Math.min(index, 3)}`] as const),
  ];
}

export function DayCharts({ figures }: { readonly figures: Figures }) {
  const frame = useRef<HTMLDivElement>(null);
  // As wide as there is room: scaled down, their labels could not be read.
  const { width } = useSize(frame);
  return (
    <div class="day-charts" ref={frame}>
      <Outcomes figures={figures} outcomes={outcomesOf(figures)} width={width} />
      <Durations figures={figures} width={width} />
    </div>
  );
}

interface ChartProps {
  readonly figures: Figures;
  /** px; 0: not known yet. */
  readonly width: number;
}

function Outcomes({
  figures,
  outcomes,
  width,
}: ChartProps & {
  readonly outcomes: ReturnType<typeof outcomesOf>;
}) {
  const step = stepOf(width);
  const all = byHour(figures);
  const most = Math.max(1, ...all.map((each) => (each === null ? 0 : attemptsOf(each))));
  return (
    <figure class="chart">
      <figcaption>Attempts by outcome</figcaption>
      <svg
        width={width}
        height={height + 18}
        role="img"
        aria-label="Attempts by outcome, hour by hour"
        aria-describedby="outcomes-text"
      >
        <Grid
          width={width}
          lines={[
            [height, "0"],
            [0.5, most.toLocaleString("en-US")],
          ]}
        />
        {all.map((each, hour) => {
          if (each === null) return null;
          let below = height;
          return (
            <g key={hour}>
              <title>{`${clock(Date.parse(each.at), zone.value)}: ${Object.entries(each.codes)
                .map(([code, count]) => `${count} ${code}`)
                .join(", ")}`}</title>
              {outcomes.map(([code, , tone]) => {
                const count = each.codes[code] ?? 0;
                if (count === 0) return null;
                const tall = Math.max(1.5, (count / most) * height);
                below -= tall;
                return (
                  <rect
                    key={code}
                    class={`tone-${tone}`}
                    x={left + hour * step + 1}
                    y={below}
                    width={Math.max(1, step - 3)}
                    height={tall}
                  />
                );
              })}
            </g>
          );
        })}
        <Hours from={Date.parse(figures.from)} step={step} />
      </svg>
      <p class="chart-text" id="outcomes-text">
        {outcomes.length === 0
          ? "No attempt in 24 hours."
          : outcomes.map(([code, count, tone]) => (
              <span key={code} class="chart-key">
                <span class={`chart-swatch tone-${tone}`} aria-hidden="true" /> {count.toLocaleString("en-US")}{" "}
                {code === "delivered" ? "delivered" : outcomeWords(code, null)}
              </span>
            ))}
        {figures.is_sample && <span class="muted">of a sample: at most 16 deliveries of each quarter of an hour</span>}
      </p>
    </figure>
  );
}

/** 1 ms to 15 s. */
const top = Math.log10(15_000);
const yOf = (ms: number): number => height - (Math.log10(Math.max(1, Math.min(ms, 15_000))) / top) * height;

function Durations({ figures, width }: ChartProps) {
  const step = stepOf(width);
  const all = byHour(figures);
  const { p50_ms: half, p99_ms: most } = figures;
  if (half === null || most === null) return null;
  return (
    <figure class="chart">
      <figcaption>How long attempts took</figcaption>
      <svg
        width={width}
        height={height + 18}
        role="img"
        aria-label="How long attempts took, hour by hour"
        aria-describedby="durations-text"
      >
        <Grid
          width={width}
          lines={[
            [yOf(1), "1 ms"],
            [yOf(100), "100 ms"],
            [yOf(10_000), "10 s"],
          ]}
        />
        <path
          class="line p99"
          d={pathOf(
            all.map((each) => each?.p99_ms ?? null),
            step,
          )}
        />
        <path
          class="line p50"
          d={pathOf(
            all.map((each) => each?.p50_ms ?? null),
            step,
          )}
        />
        <Hours from={Date.parse(figures.from)} step={step} />
      </svg>
      <p class="chart-text" id="durations-text">
        <span class="chart-key">
          <span class="chart-swatch line-p50" aria-hidden="true" /> half within {took(half)}
        </span>
        <span class="chart-key">
          <span class="chart-swatch line-p99" aria-hidden="true" /> 99 of 100 within {took(most)}
        </span>
      </p>
    </figure>
  );
}

/** A line over the hours; a gap where nothing is known. A single hour is a short line. */
function pathOf(values: readonly (number | null)[], step: number): string {
  return values
    .map((value, hour) => {
      if (value === null) return "";
      const [x, y] = [left + hour * step, yOf(value).toFixed(1)];
      const isFirst = hour === 0 || values[hour - 1] === null;
      return `${isFirst ? `M${x + 2} ${y}` : ""}L${(x + step / 2).toFixed(1)} ${y}${values[hour + 1] == null ? `L${(x + step - 2).toFixed(1)} ${y}` : ""}`;
    })
    .join("");
}

function Grid({
  lines,
  width,
}: {
  readonly lines: readonly (readonly [y: number, name: string])[];
  readonly width: number;
}) {
  return (
    <g class="grid">
      {lines.map(([y, name]) => (
        <g key={name}>
          <line x1={left} x2={width} y1={y} y2={y} />
          <text x={0} y={Math.max(9, y + 3)}>
            {name}
          </text>
        </g>
      ))}
    </g>
  );
}

function Hours({ from, step }: { readonly from: number; readonly step: number }) {
  return (
    <g class="grid">
      {[0, 6, 12, 18].map((hour) => (
        <text key={hour} x={left + hour * step} y={height + 14}>
          {clock(from + hour * hourMs, zone.value)}
        </text>
      ))}
    </g>
  );
}

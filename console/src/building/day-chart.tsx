// A day of a space, minute by minute: who was seen, and beside it what the doors counted. Its figures stand below as text.

import { useMemo, useRef, useState } from "preact/hooks";
import type { Minute, SpaceDay } from "../api/types.ts";
import { plural } from "../../../src/words/plural.ts";
import { clock } from "../../../src/words/time.ts";
import { areaPath, hourTicks, linePath, type Scale, valueTicks, xOf, yOf } from "./day-chart-path.ts";
import { useSize } from "./use-size.ts";

const height = 132;
const left = 26;
const minuteMs = 60_000;

interface DayChartProps {
  readonly day: SpaceDay;
  readonly zone: string;
  readonly capacity: number | undefined;
}

export function DayChart({ day, zone, capacity }: DayChartProps) {
  const frame = useRef<HTMLDivElement>(null);
  const { width } = useSize(frame);
  const [pointed, setPointed] = useState<number | null>(null);
  const { presence, traffic } = day.minutes;
  const scale = scaleOf(day, capacity, Math.max(0, width - left));
  const paths = useMemo(
    () => ({
      line: linePath(presence.data, scale),
      area: areaPath(presence.data, scale),
      doors: traffic === null ? "" : linePath(traffic.data, scale),
    }),
    [day, width, capacity],
  );
  const shown = presence.data.length === 0 && traffic !== null ? traffic.data : presence.data;
  const at = pointed === null ? null : minuteAt(pointed, scale);
  const move = (event: KeyboardEvent): void => {
    const by = { ArrowLeft: -1, ArrowRight: 1, PageUp: -60, PageDown: 60 }[event.key];
    if (by === undefined) return;
    event.preventDefault();
    const from = pointed ?? scale.width;
    setPointed(
      Math.min(scale.width - 0.1, Math.max(0, from + (by * scale.width * minuteMs) / (scale.until - scale.from))),
    );
  };
  return (
    <figure class="chart" ref={frame}>
      <p class="chart-read" aria-live="polite">
        {at === null ? <Figures day={day} shown={shown} /> : <Pointed at={at} day={day} zone={zone} />}
      </p>
      {width > 0 && (
        <svg
          class="chart-picture"
          width={width}
          height={height + 22}
          role="img"
          aria-label={`${day.name}, minute by minute from ${clock(scale.from, zone)} to ${clock(scale.until, zone)}. Arrow keys read single minutes.`}
          // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- arrow keys read minutes
          tabindex={0}
          onKeyDown={move}
          onBlur={() => setPointed(null)}
          onPointerMove={(event) =>
            setPointed(Math.max(0, event.clientX - event.currentTarget.getBoundingClientRect().left - left))
          }
          onPointerLeave={() => setPointed(null)}
        >
          <g transform={`translate(${left} 6)`}>
            <Axes scale={scale} zone={zone} />
            {capacity !== undefined && capacity <= scale.top && (
              <line
                class="chart-capacity"
                x1="0"
                x2={scale.width}
                y1={yOf(scale, capacity)}
                y2={yOf(scale, capacity)}
              />
            )}
            <path class="chart-area" d={paths.area} />
            <path class="chart-line" d={paths.line} />
            {paths.doors !== "" && <path class="chart-doors" d={paths.doors} />}
            <Corrections minutes={presence.data} scale={scale} />
            {at !== null && (
              <line
                class="chart-pointer"
                x1={xOf(scale, at + minuteMs / 2)}
                x2={xOf(scale, at + minuteMs / 2)}
                y1="0"
                y2={height - 6}
              />
            )}
          </g>
        </svg>
      )}
      <Legend day={day} />
    </figure>
  );
}

function scaleOf({ minutes }: SpaceDay, capacity: number | undefined, width: number): Scale {
  const most = Math.max(minutes.presence.max ?? 0, minutes.traffic?.max ?? 0, 3);
  const top = capacity === undefined || capacity > most * 2.5 ? most * 1.08 : Math.max(most, capacity) * 1.08;
  return { from: Date.parse(minutes.from), until: Date.parse(minutes.until), top, width, height: height - 6 };
}

function minuteAt(x: number, { from, until, width }: Scale): number {
  return Math.floor((from + (Math.min(x, width - 0.1) / Math.max(1, width)) * (until - from)) / minuteMs) * minuteMs;
}

function Axes({ scale, zone }: { readonly scale: Scale; readonly zone: string }) {
  return (
    <g class="chart-axes" aria-hidden="true">
      {valueTicks(scale.top).map((value) => (
        <g key={value}>
          <line x1="0" x2={scale.width} y1={yOf(scale, value)} y2={yOf(scale, value)} />
          <text x="-6" y={yOf(scale, value) + 4} text-anchor="end">
            {value}
          </text>
        </g>
      ))}
      {hourTicks(scale.from, scale.until, zone, scale.width / 56).map((at) => (
        <text key={at} x={xOf(scale, at)} y={scale.height + 17} text-anchor="middle">
          {clock(at, zone)}
        </text>
      ))}
    </g>
  );
}

/** Where a late frame changed what had been told. */
function Corrections({ minutes, scale }: { readonly minutes: readonly Minute[]; readonly scale: Scale }) {
  const corrected = minutes.filter(({ revision }) => revision > 0);
  return (
    <g class="chart-corrections" aria-hidden="true">
      {corrected.map(({ at, value }) => (
        <path key={at} d={`M${xOf(scale, Date.parse(at) + minuteMs / 2)} ${yOf(scale, value) - 3}l-3.5-6h7z`} />
      ))}
    </g>
  );
}

function Figures({ day, shown }: { readonly day: SpaceDay; readonly shown: readonly Minute[] }) {
  const { presence, traffic } = day.minutes;
  const told = presence.data.length === 0 && traffic !== null ? traffic : presence;
  if (told.data.length === 0) return <>No minute of this day was observed.</>;
  const corrected = shown.filter(({ revision }) => revision > 0).length;
  return (
    <>
      Most <b>{told.max}</b>, mean <b>{told.mean}</b>
      {corrected > 0 && <>, {plural(corrected, "minute")} corrected</>}
      {told.not_observed > 0 && <>, {plural(told.not_observed, "minute")} not observed</>}
    </>
  );
}

function Pointed({ at, day, zone }: { readonly at: number; readonly day: SpaceDay; readonly zone: string }) {
  const of = (minutes: readonly Minute[]) => minutes.find((minute) => Date.parse(minute.at) === at);
  const seen = of(day.minutes.presence.data);
  const doors = day.minutes.traffic === null ? undefined : of(day.minutes.traffic.data);
  return (
    <>
      <b>{clock(at, zone)}</b>{" "}
      {seen === undefined
        ? "not observed"
        : `${plural(seen.value, "person", "people")} (${seen.min} to ${seen.max}), observed ${seen.observed_s} s`}
      {seen !== undefined && seen.revision > 0 && `, corrected ${plural(seen.revision, "time")}`}
      {doors !== undefined && `, by the doors ${doors.value}`}
    </>
  );
}

function Legend({ day }: { readonly day: SpaceDay }) {
  const { presence, traffic } = day.minutes;
  const corrected = presence.data.some(({ revision }) => revision > 0);
  if ((traffic?.data.length ?? 0) === 0 && !corrected) return null;
  return (
    <figcaption class="legend">
      <span class="legend-seen">seen by sensors</span>
      {(traffic?.data.length ?? 0) > 0 && <span class="legend-doors">ins less outs of the doors</span>}
      {corrected && <span class="legend-corrected">corrected later</span>}
    </figcaption>
  );
}

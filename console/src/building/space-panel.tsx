// One space: how many people it holds and how sure that is, its day, why it counts as it does, and what was sent of it.

import { useState } from "preact/hooks";
import { failureText, get } from "../api/client.ts";
import { getPage } from "../api/list.ts";
import { session } from "../api/session.ts";
import type { Delivery, Explanation, Minutes, SpaceDay, SpaceNow } from "../api/types.ts";
import { useLive } from "../live/use-live.ts";
import { now } from "../live/now.ts";
import { NotRead } from "../parts/faces.tsx";
import { nameOf } from "../parts/subject.tsx";
import { plural } from "../../../src/words/plural.ts";
import { clock, dateTime, roughly } from "../../../src/words/time.ts";
import { DayChart } from "./day-chart.tsx";
import { explainSentences } from "./explain-words.ts";
import { countOf, whyUnknown } from "./fullness.ts";
import { SpaceEvents } from "./space-events.tsx";

interface SpacePanelProps {
  /** `level:id` */
  readonly space: string;
  readonly current: SpaceNow | undefined;
  readonly elapsedMs: number;
  readonly capacity: number | undefined;
  readonly zone: string;
  readonly close: () => void;
}

const dayMs = 86_400_000;
/** The least that a chart shows. */
const leastMs = 7_200_000;

export function SpacePanel({ space, current, elapsedMs, capacity, zone, close }: SpacePanelProps) {
  const day = useLive(`day ${space}`, (signal) => readDay(space, signal), 10_000);
  const shown = current ?? day.data ?? undefined;
  const id = space.slice(space.indexOf(":") + 1);
  const events = useLive(
    session.value?.role === "tenant" ? null : `events ${space}`,
    (signal) => getPage<Delivery>("/v1/deliveries", { subject: id, limit: 60 }, signal),
    4_000,
  );
  if (shown === undefined) {
    return (
      <aside class="panel" aria-label="Chosen space">
        <NotRead failure={day.failure} again={day.refresh} rows={4} />
      </aside>
    );
  }
  return (
    <aside class="panel" aria-label={`Chosen: ${shown.name}`}>
      <div class="panel-head">
        <div>
          <h2>{shown.name}</h2>
          <p class="muted">
            {shown.level === "floor"
              ? "Floor"
              : `${shown.level === "room" ? "Room" : "Zone"} on ${nameOf(shown.floor)}`}
          </p>
        </div>
        <button type="button" class="icon-button" aria-label="Close" onClick={close}>
          ×
        </button>
      </div>
      <CountNow space={shown} elapsedMs={elapsedMs} capacity={capacity} />
      <section aria-labelledby="panel-day">
        <h3 id="panel-day">{day.data === null ? "Its day" : rangeName(day.data, now.value, zone)}</h3>
        {day.data === null ? (
          <NotRead failure={day.failure} again={day.refresh} rows={3} />
        ) : (
          <DayChart day={day.data} zone={zone} capacity={capacity} />
        )}
      </section>
      <Why space={space} value={countOf(shown).value} zone={zone} />
      <SpaceEvents live={events} space={space} />
    </aside>
  );
}

/** The last day; where the space was last seen longer ago, the day until then. */
async function readDay(space: string, signal: AbortSignal): Promise<SpaceDay> {
  const day = await get<SpaceDay>("/v1/occupancy", { space }, signal);
  const { at } = day.presence;
  const last = at ?? day.traffic?.at ?? null;
  if (last === null || firstOf(day) !== null) return sinceFirst(day);
  return sinceFirst(await get<SpaceDay>("/v1/occupancy", { space, until: Date.parse(last) + 60_000 }, signal));
}

/** When its first minute began, epoch ms; null: none was observed. */
function firstOf({ minutes: { presence, traffic } }: SpaceDay): number | null {
  const begins = [presence.data[0], traffic?.data[0]].flatMap((minute) =>
    minute === undefined ? [] : [Date.parse(minute.at)],
  );
  return begins.length === 0 ? null : Math.min(...begins);
}

/** Where nothing was observed at first, as on the first day, the chart begins with what was. */
function sinceFirst(day: SpaceDay): SpaceDay {
  const { minutes } = day;
  const [from, until, first] = [Date.parse(minutes.from), Date.parse(minutes.until), firstOf(day)];
  const begin = Math.min(first ?? from, until - leastMs);
  if (begin - from < leastMs / 2) return day;
  const wanted = (until - begin) / 60_000;
  const cut = (all: Minutes): Minutes => ({ ...all, not_observed: Math.max(0, Math.round(wanted - all.data.length)) });
  const traffic = minutes.traffic === null ? null : cut(minutes.traffic);
  return {
    ...day,
    minutes: { ...minutes, from: new Date(begin).toISOString(), presence: cut(minutes.presence), traffic },
  };
}

function rangeName({ minutes }: SpaceDay, at: number, zone: string): string {
  const [from, until] = [Date.parse(minutes.from), Date.parse(minutes.until)];
  if (at - until > dayMs / 2) return `Until ${dateTime(until, zone)}`;
  return until - from > dayMs - leastMs / 2 ? "The last 24 hours" : `Since ${clock(from, zone)}`;
}

interface CountNowProps {
  readonly space: SpaceNow;
  readonly elapsedMs: number;
  readonly capacity: number | undefined;
}

function CountNow({ space, elapsedMs, capacity }: CountNowProps) {
  const { value, estimate, ageMs, isStale } = countOf(space, elapsedMs);
  const { presence, traffic } = space;
  const isOver = value !== null && capacity !== undefined && value > capacity;
  return (
    <div class="count-now">
      <p class={`count-value ${value === null ? "unknown" : ""} ${isStale ? "stale" : ""} ${isOver ? "over" : ""}`}>
        {value ?? "?"}
        {capacity !== undefined && value !== null && <small> of {capacity}</small>}
      </p>
      <dl class="count-facts">
        <div>
          <dt>{value === null ? "Unknown" : estimate === "presence" ? "Seen" : "By its doors"}</dt>
          <dd>{value === null ? whyUnknown(space) : ageMs === null ? "just now" : `${roughly(ageMs)} ago`}</dd>
        </div>
        {presence.sensors > 0 && (
          <div>
            <dt>Coverage</dt>
            <dd class={presence.heard < presence.sensors ? "tone-warn" : ""}>
              {presence.heard} of {plural(presence.sensors, "sensor")}
            </dd>
          </div>
        )}
        {traffic !== null && estimate === "presence" && (
          <div>
            <dt>Ins less outs</dt>
            <dd>
              {traffic.value} <span class="muted">({roughly(traffic.age_ms + elapsedMs)} ago)</span>
            </dd>
          </div>
        )}
      </dl>
    </div>
  );
}

function Why({ space, value, zone }: { readonly space: string; readonly value: number | null; readonly zone: string }) {
  const [told, setTold] = useState<{ readonly space: string; readonly lines: readonly string[] } | null>(null);
  const [isAsking, setAsking] = useState(false);
  const ask = async (): Promise<void> => {
    setAsking(true);
    try {
      const answer = await get<Explanation>("/v1/explain", { space });
      setTold({ space, lines: explainSentences(answer, nameOf, zone) });
    } catch (error) {
      setTold({ space, lines: [failureText(error)] });
    }
    setAsking(false);
  };
  const lines = told?.space === space ? told.lines : null;
  return (
    <section class="why">
      <button type="button" class="button" onClick={ask} disabled={isAsking} aria-expanded={lines !== null}>
        {value === null ? "Why unknown?" : `Why ${value}?`}
      </button>
      {lines !== null && (
        <ol aria-live="polite">
          {lines.map((line) => (
            <li key={line}>{line}</li>
          ))}
        </ol>
      )}
    </section>
  );
}

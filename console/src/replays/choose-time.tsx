// When what is replayed was accepted: a window of which the events are counted by hour, and in it the time that is meant.

import type { DryRun } from "../api/types.ts";
import { fromLocal, toLocal } from "../deliveries/local-time.ts";
import { zone } from "../building/model.ts";
import type { Live } from "../live/use-live.ts";
import { NotRead } from "../parts/faces.tsx";
import { Moment } from "../parts/moment.tsx";
import { narrow } from "../route/place.ts";
import { dateTime, span } from "../../../src/words/time.ts";
import type { Criteria } from "./criteria.ts";
import { barsOf } from "./hours.ts";
import { HoursChart } from "./hours-chart.tsx";

const hour = 3_600_000;
const windows: readonly (readonly [name: string, hours: number])[] = [
  ["24 hours", 24],
  ["3 days", 72],
  ["7 days", 168],
];

export interface TimeWindow {
  readonly from: number;
  readonly to: number;
}

/** The hours before `begun`, epoch ms; 24 of them where the address names none. */
export function windowOf(text: string | undefined, begun: number): TimeWindow {
  const hours = windows.find(([, each]) => String(each) === text)?.[1] ?? 24;
  return { from: begun - hours * hour, to: begun };
}

interface ChooseTimeProps {
  readonly criteria: Criteria;
  readonly window: TimeWindow;
  readonly begun: number;
  readonly counted: Live<DryRun>;
}

export function ChooseTime({ criteria, window, begun, counted }: ChooseTimeProps) {
  const { from, to, types } = criteria;
  const choose = (begin: number, end: number): void =>
    narrow({ from: String(begin), to: String(Math.min(end, begun)) }, "replace");
  const keptFrom = counted.data?.kept_from ?? null;
  return (
    <section class="card" aria-labelledby="when">
      <div class="card-head">
        <h2 id="when">Accepted when</h2>
        <div class="tabs" role="group" aria-label="Shown">
          {windows.map(([name, hours]) => (
            <button
              key={hours}
              type="button"
              aria-pressed={window.from === begun - hours * hour}
              onClick={() =>
                narrow({ window: String(hours), from: String(begun - hours * hour), to: String(begun) }, "replace")
              }
            >
              {name}
            </button>
          ))}
        </div>
      </div>
      {counted.data === null ? (
        <NotRead failure={counted.failure} again={counted.refresh} rows={2} />
      ) : (
        <>
          <HoursChart
            bars={barsOf(counted.data.counts, window.from, window.to, types)}
            from={from}
            to={to}
            choose={choose}
          />
          <p class="muted">
            What this subscription takes, by the hour in which it was accepted. Drag over the bars to choose.
            {!counted.data.complete && counted.data.scanned_until !== null && (
              <>
                {" "}
                There is so much that it was counted only until <Moment at={counted.data.scanned_until} />.
              </>
            )}
          </p>
        </>
      )}
      <div class="fields">
        <TimeField name="From" at={from} set={(at) => narrow({ from: String(at) }, "replace")} />
        <TimeField name="To" at={to} set={(at) => narrow({ to: String(at) }, "replace")} />
      </div>
      <p class={to > from ? "muted" : "problem"}>
        {to > from
          ? `${span(to - from)}, ${dateTime(from, zone.value)} to ${dateTime(to, zone.value)}`
          : "The end lies before the beginning. Choose a later end."}
      </p>
      {keptFrom !== null && Date.parse(keptFrom) > from && (
        <p class="tone-warn">
          The oldest event that is kept was accepted <Moment at={keptFrom} />: nothing before it can be replayed.
        </p>
      )}
    </section>
  );
}

function TimeField({
  name,
  at,
  set,
}: {
  readonly name: string;
  readonly at: number;
  readonly set: (at: number) => void;
}) {
  return (
    <label class="field">
      <span>{name}</span>
      <input
        type="datetime-local"
        value={toLocal(new Date(at).toISOString(), zone.value)}
        onChange={(event) => {
          const moment = fromLocal(event.currentTarget.value, zone.value);
          if (moment !== null) set(Date.parse(moment));
        }}
      />
    </label>
  );
}

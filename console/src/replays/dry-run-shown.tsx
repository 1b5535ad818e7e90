// What a dry run found: how many, how long that takes with the receiver's rate limit, by hour and type, and some of it as it would
// be sent.

import type { DryRun, Subscription } from "../api/types.ts";
import { zone } from "../building/model.ts";
import { Json } from "../parts/json.tsx";
import { Moment } from "../parts/moment.tsx";
import { nameOf } from "../parts/subject.tsx";
import { Tile } from "../parts/tile.tsx";
import { dateTime, span } from "../../../src/words/time.ts";
import { type Criteria, lasts } from "./criteria.ts";
import { barsOf, totalsOf } from "./hours.ts";
import { HoursChart } from "./hours-chart.tsx";

interface DryRunShownProps {
  readonly run: DryRun;
  readonly criteria: Criteria;
  readonly subscription: Subscription;
}

export function DryRunShown({ run, criteria, subscription }: DryRunShownProps) {
  const limit = subscription.rate_limit?.per_second ?? null;
  const { ms, isLimited } = lasts(run.total, run.per_second, limit);
  const found = `${run.complete ? "" : "at least "}${run.total.toLocaleString("en-US")}`;
  return (
    <>
      <dl class="tiles">
        <Tile name="would be sent" value={found} />
        <Tile name="it takes, about" value={run.total === 0 ? "–" : span(Math.max(ms, 1_000))} />
        <Tile name="a second" value={(isLimited ? limit! : run.per_second).toLocaleString("en-US")} />
      </dl>
      <p>{paceText(run, limit, isLimited)}</p>
      {!run.complete && (
        <p class="tone-warn">
          The time to count was up
          {run.scanned_until !== null && (
            <>
              {" "}
              at what was accepted <Moment at={run.scanned_until} />
            </>
          )}
          : what came later is sent, too, and is not counted here.
        </p>
      )}
      {run.not_kept.map(({ type }) => (
        <p class="tone-warn" key={type}>
          {type} is kept only while somebody takes it, and nothing of it is kept of that time.
        </p>
      ))}
      {run.total === 0 ? (
        <p class="muted">Nothing fits: choose a longer time, or more of it.</p>
      ) : (
        <>
          <HoursChart
            bars={barsOf(run.counts, criteria.from, criteria.to, null)}
            from={criteria.from}
            to={criteria.to}
          />
          <Counts run={run} />
          <Sample run={run} />
        </>
      )}
    </>
  );
}

function paceText({ per_second: pace, total }: DryRun, limit: number | null, isLimited: boolean): string {
  if (total === 0) return "Nothing would be sent.";
  const after = "What is new goes first: replayed deliveries come after everything else that the subscription is owed.";
  if (isLimited) {
    return `Belfry adds ${pace.toLocaleString("en-US")} a second, but the rate limit of the subscription lets ${limit} a second start, and new deliveries share it. ${after}`;
  }
  return `Belfry adds ${pace.toLocaleString("en-US")} a second; a receiver that is slower takes longer. ${after}`;
}

function Counts({ run }: { readonly run: DryRun }) {
  return (
    <details class="fold">
      <summary>By type and hour</summary>
      <div class="table-frame">
        <table class="table">
          <caption class="unseen">Counts by type and hour</caption>
          <thead>
            <tr>
              <th scope="col">Type</th>
              <th scope="col">Hour from</th>
              <th scope="col" class="number">
                Events
              </th>
            </tr>
          </thead>
          <tbody>
            {totalsOf(run.counts).flatMap(([type]) =>
              run.counts
                .filter((each) => each.type === type)
                .map(({ hour, count }) => (
                  <tr class="row" key={type + hour}>
                    <th scope="row">{type}</th>
                    <td data-label="Hour from">{dateTime(Date.parse(hour), zone.value)}</td>
                    <td data-label="Events" class="number">
                      {count.toLocaleString("en-US")}
                    </td>
                  </tr>
                )),
            )}
          </tbody>
        </table>
      </div>
    </details>
  );
}

function Sample({ run }: { readonly run: DryRun }) {
  return (
    <details class="fold">
      <summary>
        {run.sample.length === 1
          ? "The first, as it would be sent"
          : `${run.sample.length} of them, as they would be sent`}
      </summary>
      {run.sample.map(({ id, type, subject, accepted_at: at, body }) => (
        <div key={id} class="sample">
          <p>
            <b>{type}</b> {nameOf(subject)}, accepted <Moment at={at} as="clock" />
          </p>
          <Json text={body} what={`payload of ${type}`} />
        </div>
      ))}
    </details>
  );
}

// All subscriptions of both dialects, those in trouble first. What is narrowed stands in the address.

import { owns } from "../api/session.ts";
import type { Figures, Subscription } from "../api/types.ts";
import { zone } from "../building/model.ts";
import { now } from "../live/now.ts";
import { ShowAll } from "../parts/choice.tsx";
import { Empty, NotRead, Stale } from "../parts/faces.tsx";
import { Find } from "../parts/find.tsx";
import { Mark } from "../parts/mark.tsx";
import { Moment } from "../parts/moment.tsx";
import { Page } from "../parts/page.tsx";
import { WhereTo } from "../parts/where-to.tsx";
import { Link } from "../route/link.tsx";
import { address, narrow, place } from "../route/place.ts";
import { plural } from "../../../src/words/plural.ts";
import { outcomeWords } from "../../../src/words/outcome.ts";
import { took } from "../../../src/words/time.ts";
import { type Standing, standingOf } from "../words/subscription.ts";
import { SubscriptionActs } from "./acts.tsx";
import { useFigures, useSubscriptions } from "./all-subscriptions.ts";
import { dialects, scopeOf, titleOf } from "./name.ts";
import { whereTo } from "../../../src/words/host.ts";
import { rateOf } from "./day-figures.ts";
import { SuccessStrip } from "./success-strip.tsx";

interface Row {
  readonly subscription: Subscription;
  readonly standing: Standing;
  /** null: not read yet. */
  readonly figures: Figures | null;
}

const mostTypes = 3;

export function SubscriptionsPage() {
  const live = useSubscriptions();
  const figures = useFigures();
  const { find = "", dialect = "" } = place.value.query;
  if (live.data === null) {
    return (
      <Page title="Subscriptions">
        <NotRead failure={live.failure} again={live.refresh} />
      </Page>
    );
  }
  const rows = live.data
    .filter((each) => dialect === "" || each.dialect === dialect)
    .filter((each) => fits(each, find))
    .map((subscription): Row => {
      const ofDay = figures.data?.get(subscription.id) ?? null;
      return { subscription, standing: standingOf(subscription, now.value, zone.value, ofDay), figures: ofDay };
    })
    .toSorted((a, b) => b.standing.trouble - a.standing.trouble || failing(b) - failing(a));
  return (
    <Page title="Subscriptions" beside={<Beside rows={rows} />}>
      <Stale failure={live.failure} />
      {live.data.length > 0 && (
        <div class="filters">
          <Find by="name, URL, type or id" value={find} />
          <label class="field inline">
            <span class="unseen">Dialect</span>
            <select value={dialect} onChange={(event) => narrow({ dialect: event.currentTarget.value }, "replace")}>
              <option value="">Both dialects</option>
              <option value="butlr">Butlr</option>
              <option value="butterflymx">ButterflyMX</option>
            </select>
          </label>
        </div>
      )}
      {rows.length === 0 ? <Nothing hasAny={live.data.length > 0} /> : <Table rows={rows} refresh={live.refresh} />}
    </Page>
  );
}

function fits(subscription: Subscription, text: string): boolean {
  const { id, endpoint, bindings } = subscription;
  const said = [
    id,
    titleOf(subscription),
    scopeOf(subscription),
    endpoint.url,
    ...bindings.map(({ type }) => type),
  ].join(" ");
  return said.toLowerCase().includes(text.trim().toLowerCase());
}

/** The share of a day's attempts that failed: of two that stand alike, the worse comes first. */
const failing = ({ figures }: Row): number =>
  figures === null || figures.attempts === 0 ? 0 : 1 - figures.delivered / figures.attempts;

function Beside({ rows }: { readonly rows: readonly Row[] }) {
  const troubled = rows.filter(({ standing }) => standing.trouble >= 4).length;
  return (
    <div class="acts">
      <p class="muted">
        {plural(rows.length, "subscription")}
        {troubled > 0 && <>, {troubled} in trouble</>}
      </p>
      {owns.value && (
        <Link to={address("/subscriptions/new")} class="button primary">
          New subscription
        </Link>
      )}
    </div>
  );
}

function Nothing({ hasAny }: { readonly hasAny: boolean }) {
  if (hasAny) {
    return (
      <Empty title="No subscription fits.">
        <ShowAll filters={["find", "dialect"]} />
      </Empty>
    );
  }
  return (
    <Empty title="Nobody subscribes yet.">
      <p>
        Make a webhook or an integration here, or through the vendors' APIs: Butlr's GraphQL, or ButterflyMX's REST.
        They appear here at once.
      </p>
      {owns.value && (
        <Link to={address("/subscriptions/new")} class="button primary">
          Make the first
        </Link>
      )}
    </Empty>
  );
}

function Table({ rows, refresh }: { readonly rows: readonly Row[]; readonly refresh: () => void }) {
  return (
    <div class="table-frame">
      <table class="table subscriptions">
        <caption class="unseen">Subscriptions, those in trouble first</caption>
        <thead>
          <tr>
            <th scope="col">Status</th>
            <th scope="col">Subscription</th>
            <th scope="col">Events</th>
            <th scope="col">24 hours</th>
            <th scope="col">Time, p50 / p99</th>
            <th scope="col">Waiting</th>
            <th scope="col">Last</th>
            <th scope="col">
              <span class="unseen">Act</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <Line key={row.subscription.id} {...row} refresh={refresh} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Line({ subscription, standing, figures, refresh }: Row & { readonly refresh: () => void }) {
  const { id, dialect, endpoint, bindings } = subscription;
  const types = [...new Set(bindings.map(({ type }) => type))];
  const title = titleOf(subscription);
  return (
    <tr class="row">
      <td data-label="Status">
        <Mark shape={standing.mark} word={standing.word} />
      </td>
      <th scope="row">
        <Link to={address(`/subscriptions/${id}`)} class="row-link">
          <bdi>{title}</bdi>
        </Link>
        <span class="row-more">
          {dialects[dialect]} {scopeOf(subscription)}
          {title !== whereTo(endpoint.url) && (
            <>
              , to <WhereTo url={endpoint.url} />
            </>
          )}
        </span>
        {standing.trouble >= 2 && <span class="row-more sentence">{standing.sentence}</span>}
      </th>
      <td data-label="Events">
        <span class="chips">
          {types.slice(0, mostTypes).map((type) => (
            <span class="chip" key={type}>
              {type}
            </span>
          ))}
          {types.length > mostTypes && <span class="chip quiet">and {types.length - mostTypes} more</span>}
        </span>
      </td>
      <Day figures={figures} />
      <td data-label="Waiting">
        {figures === null ? <Waiting subscription={subscription} /> : <Backlog figures={figures} />}
      </td>
      <td data-label="Last">{figures === null ? <Unread /> : <Last figures={figures} />}</td>
      <td class="row-acts">
        <SubscriptionActs subscription={subscription} done={refresh} only />
      </td>
    </tr>
  );
}

const Unread = () => <span class="muted">…</span>;

function Day({ figures }: Pick<Row, "figures">) {
  return (
    <>
      <td data-label="24 hours">
        {figures === null ? (
          <Unread />
        ) : (
          <span class="day">
            <span class={figures.attempts === 0 ? "muted" : "rate"}>{rateOf(figures) ?? "no attempt"}</span>
            <SuccessStrip figures={figures} />
          </span>
        )}
      </td>
      <td data-label="Time, p50 / p99" class="nowrap">
        {figures === null || figures.p50_ms === null || figures.p99_ms === null ? (
          <span class="muted">–</span>
        ) : (
          <>
            {took(figures.p50_ms)} <span class="muted">/ {took(figures.p99_ms)}</span>
          </>
        )}
      </td>
    </>
  );
}

function Backlog({ figures: { backlog, is_backlog_whole: isWhole, sequence } }: { readonly figures: Figures }) {
  return (
    <>
      {backlog === 0 ? (
        <span class="muted">nothing</span>
      ) : (
        `${backlog.toLocaleString("en-US")}${isWhole ? "" : " and more"}`
      )}
      <span class="row-more nowrap">
        {sequence === 0 ? "none so far" : `last number ${sequence.toLocaleString("en-US")}`}
      </span>
    </>
  );
}

function Last({ figures: { last } }: { readonly figures: Figures }) {
  if (last === null) return <span class="muted">nothing in 24 hours</span>;
  return (
    <>
      {outcomeWords(last.code, last.status)}
      <span class="row-more nowrap">
        <Moment at={last.at} />
      </span>
    </>
  );
}

function Waiting({ subscription }: { readonly subscription: Subscription }) {
  const { status } = subscription.lane;
  if (status === null) return <span class="muted">not known</span>;
  const { waiting_in_memory: count, more_on_disk: more, in_flight: flying } = status;
  if (count === 0 && !more && flying === 0) return <span class="muted">nothing</span>;
  return (
    <>
      {count === 0 && more ? "on the disk" : `${count.toLocaleString("en-US")}${more ? " and more" : ""}`}
      {flying > 0 && <span class="row-more">{flying} under way</span>}
    </>
  );
}

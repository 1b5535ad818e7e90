// One subscription: how it stands and the act that calls for, its last deliveries, what it takes, where it goes, and its secrets.

import { useState } from "preact/hooks";
import { get, part, send } from "../api/client.ts";
import { getPage } from "../api/list.ts";
import { manages, owns } from "../api/session.ts";
import type { Delivery, Figures, Subscription } from "../api/types.ts";
import { zone } from "../building/model.ts";
import { now } from "../live/now.ts";
import { useLive } from "../live/use-live.ts";
import { Confirm } from "../parts/confirm.tsx";
import { Empty, NotRead, Stale } from "../parts/faces.tsx";
import { Fact } from "../parts/fact.tsx";
import { Id } from "../parts/id.tsx";
import { Mark } from "../parts/mark.tsx";
import { Moment } from "../parts/moment.tsx";
import { Page } from "../parts/page.tsx";
import { nameOf } from "../parts/subject.tsx";
import { Link } from "../route/link.tsx";
import { address, go } from "../route/place.ts";
import { DeliveriesTable } from "../deliveries/deliveries-table.tsx";
import { span, took } from "../../../src/words/time.ts";
import { standingOf } from "../words/subscription.ts";
import { SubscriptionActs } from "./acts.tsx";
import { DayCharts } from "./charts.tsx";
import { Tile } from "../parts/tile.tsx";
import { Lately } from "./lately.tsx";
import { dialects, scopeOf, titleOf } from "./name.ts";
import { Secrets } from "./secrets.tsx";
import { rateOf } from "./day-figures.ts";
import { TestCard } from "./test-card.tsx";
import { VerifyCode } from "./verify-code.tsx";

const lately = 100;
const listed = 8;

export function SubscriptionPage({ id }: { readonly id: string }) {
  const live = useLive(
    `subscription ${id}`,
    (signal) => get<Subscription>(`/v1/subscriptions/${part(id)}`, {}, signal),
    2_000,
  );
  const day = useLive(
    `day of ${id}`,
    (signal) => get<Subscription>(`/v1/subscriptions/${part(id)}`, { figures: "true" }, signal),
    20_000,
  );
  const deliveries = useLive(`deliveries of ${id}`, (signal) =>
    getPage<Delivery>("/v1/deliveries", { subscription: id, limit: lately }, signal),
  );
  const above = <Link to={address("/subscriptions")}>Subscriptions</Link>;
  const subscription = live.data;
  if (subscription === null) {
    return (
      <Page title="Subscription" above={above}>
        <NotRead failure={live.failure} again={live.refresh} />
      </Page>
    );
  }
  const standing = standingOf(subscription, now.value, zone.value, day.data?.figures);
  return (
    <Page title={titleOf(subscription)} above={above} beside={<Beside subscription={subscription} />}>
      <Stale failure={live.failure} />
      <section class="standing" aria-label="Status">
        <div>
          <p class="standing-word">
            <Mark shape={standing.mark} word={standing.word} />
          </p>
          <p>{standing.sentence}</p>
        </div>
        <SubscriptionActs subscription={subscription} done={live.refresh} />
      </section>
      <div class="columns">
        <div>
          <section class="card" aria-labelledby="day">
            <h2 id="day">24 hours</h2>
            {day.data?.figures === undefined ? (
              <NotRead failure={day.failure} again={day.refresh} rows={4} />
            ) : (
              <Day figures={day.data.figures} />
            )}
          </section>
          <section class="card" aria-labelledby="lately">
            <h2 id="lately">Lately</h2>
            {deliveries.data === null ? (
              <NotRead failure={deliveries.failure} again={deliveries.refresh} rows={3} />
            ) : deliveries.data.data.length === 0 ? (
              <Empty title="Nothing was delivered yet.">
                <p>The first event that it takes is sent at once.</p>
              </Empty>
            ) : (
              <>
                <Lately deliveries={deliveries.data.data} />
                <DeliveriesTable deliveries={deliveries.data.data.slice(0, listed)} subscriptions={null} />
                <p>
                  <Link to={address("/deliveries", { subscription: id })} class="button">
                    All its deliveries
                  </Link>
                </p>
              </>
            )}
          </section>
        </div>
        <div>
          {owns.value && <TestCard key={id} subscription={subscription} />}
          <Settings subscription={subscription} />
          {owns.value && <Secrets subscription={subscription} />}
          <VerifyCode />
          {manages.value && <Remove subscription={subscription} />}
        </div>
      </div>
    </Page>
  );
}

function Beside({ subscription }: { readonly subscription: Subscription }) {
  const { id } = subscription;
  return (
    <div class="acts">
      <Id id={id} />
      {owns.value && (
        <>
          <Link to={address(`/subscriptions/${part(id)}/edit`)} class="button">
            Edit
          </Link>
          <Link to={address("/replays/new", { subscription: id })} class="button">
            Replay…
          </Link>
        </>
      )}
    </div>
  );
}

function Day({ figures }: { readonly figures: Figures }) {
  const { p50_ms: half, p99_ms: most, backlog, is_backlog_whole: isWhole, sequence } = figures;
  return (
    <>
      <dl class="tiles">
        <Tile name="of the attempts succeeded" value={rateOf(figures) ?? "–"} />
        <Tile name="half answered within" value={half === null ? "–" : took(half)} />
        <Tile name="99 of 100 within" value={most === null ? "–" : took(most)} />
        <Tile name="waiting" value={`${backlog.toLocaleString("en-US")}${isWhole ? "" : "+"}`} />
        <Tile name="the last number" value={sequence === 0 ? "–" : sequence.toLocaleString("en-US")} />
      </dl>
      <DayCharts figures={figures} />
    </>
  );
}

function Settings({ subscription }: { readonly subscription: Subscription }) {
  const { dialect, endpoint, lane, signatures, public_key: key, created_at: at, bindings, filters } = subscription;
  const delays = lane.retry_delays_ms;
  const { rate_limit: rate, auto_disable_after_s: patience } = subscription;
  return (
    <section class="card" aria-labelledby="settings">
      <h2 id="settings">Settings</h2>
      <dl class="facts">
        <Fact name="Goes to">
          <code class="url">{endpoint.url}</code>
        </Fact>
        <Fact name="Kind">
          {dialects[dialect]}, {scopeOf(subscription)}
        </Fact>
        <Fact name="Takes">
          <span class="chips">
            {bindings.map(({ type, resource }) => (
              <span class="chip" key={type + resource}>
                {type}
                {resource !== null && `: ${nameOf(resource)}`}
              </span>
            ))}
          </span>
        </Fact>
        {filters !== null && Object.keys(filters).length > 0 && <Fact name="Only">{filterText(filters)}</Fact>}
        {subscription.send_on_value_change && <Fact name="When">only where the value has changed</Fact>}
        {subscription.mode === "latest" && <Fact name="Mode">the newest state of each subject</Fact>}
        {subscription.order === "subject" && <Fact name="Order">one after another for each subject</Fact>}
        {subscription.repeat_minutes > 0 && <Fact name="Minutes">sent {subscription.repeat_minutes} times</Fact>}
        {subscription.heartbeat_s !== null && (
          <Fact name="Heartbeat">after {span(subscription.heartbeat_s * 1000)} without a request</Fact>
        )}
        {dialect === "butterflymx" && <Fact name="Payload">{payloadText(subscription)}</Fact>}
        {lane.max_in_flight !== null && <Fact name="At a time">{lane.max_in_flight} at most</Fact>}
        {endpoint.client_certificate !== null && (
          <Fact name="Shows">
            {endpoint.client_certificate.subject}, until <Moment at={endpoint.client_certificate.not_after} />
          </Fact>
        )}
        {endpoint.ca_certificates !== null && (
          <Fact name="Trusts">{endpoint.ca_certificates.map(({ subject }) => subject).join("; ")}</Fact>
        )}
        {rate !== null && (
          <Fact name="Rate limit">
            {rate.per_second} a second, {rate.burst} at once
          </Fact>
        )}
        <Fact name="Disabled after">{patience === null ? "never" : `${span(patience * 1000)} without a success`}</Fact>
        <Fact name="Signs in with">{authentication(endpoint)}</Fact>
        <Fact name="Signatures">{signatures.join(", ")}</Fact>
        {key !== null && (
          <Fact name="Public key">
            <Id id={key} />
          </Fact>
        )}
        <Fact name="Answers within">
          {endpoint.timeout_ms === null ? "the default time" : span(endpoint.timeout_ms)}
        </Fact>
        <Fact name="Retry delays">
          {delays === null ? "the default ones" : delays.length === 0 ? "never" : delays.map(span).join(", ")}
        </Fact>
        <Fact name="Made">
          <Moment at={at} />
        </Fact>
      </dl>
    </section>
  );
}

function authentication({
  has_api_key: key,
  api_key_header: header,
  has_basic_auth: basic,
  basic_auth_username: user,
  header_names: names,
}: Subscription["endpoint"]): string {
  if (key === null) return "not shown to viewers";
  const parts = [
    ...(key ? [`a key in ${header ?? "a header"}`] : []),
    ...(basic === true ? [`basic authentication as ${user ?? "a user"}`] : []),
    ...(names !== null && names.length > 0 ? [`the headers ${names.join(", ")}`] : []),
  ];
  return parts.length === 0 ? "nothing but the signature" : parts.join("; ");
}

const formats: Readonly<Record<string, string>> = {
  both: "calls in both forms",
  envelope: "calls as the guide has them",
  flat: "calls in the flat form",
};

function payloadText({ payload_format: format, secrecy, include_locked: locked }: Subscription): string {
  const parts = [
    formats[format] ?? format,
    ...(secrecy ? ["without names"] : []),
    ...(locked ? ["locked doors, too"] : []),
  ];
  return parts.join(", ");
}

function filterText(filters: NonNullable<Subscription["filters"]>): string {
  return Object.entries(filters)
    .map(([name, wanted]) => {
      if ("comparison" in wanted) return `${name} ${wanted.comparison} ${wanted.value}`;
      return `${name}: ${wanted.map((id) => nameOf(id)).join(", ")}`;
    })
    .join("; ");
}

function Remove({ subscription }: { readonly subscription: Subscription }) {
  const [isAsking, setAsking] = useState(false);
  return (
    <section class="card" aria-labelledby="remove">
      <h2 id="remove">Remove</h2>
      <p class="muted">
        Ends the subscription and cancels what it is owed. What was delivered stays in the list of deliveries.
      </p>
      <button type="button" class="button danger" onClick={() => setAsking(true)}>
        Remove the subscription
      </button>
      {isAsking && (
        <Confirm
          title="Remove this subscription"
          act="Remove it"
          isDangerous
          name={titleOf(subscription)}
          run={async () => {
            await send("DELETE", `/v1/subscriptions/${part(subscription.id)}`);
            go(address("/subscriptions"));
          }}
          close={() => setAsking(false)}
        >
          <p>
            Deliveries that wait for <b>{titleOf(subscription)}</b> are cancelled, and nothing brings it back. Its owner
            can subscribe anew.
          </p>
        </Confirm>
      )}
    </section>
  );
}

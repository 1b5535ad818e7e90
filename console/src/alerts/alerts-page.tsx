// Alerts: what is wrong now, what was told lately, and to whom alerts go.

import { useState } from "preact/hooks";
import { access, type ActingFor, get } from "../api/client.ts";
import { getAll } from "../api/list.ts";
import { owns } from "../api/session.ts";
import type { AlertTarget, OpenAlert, ToldAlert } from "../api/types.ts";
import { useLive } from "../live/use-live.ts";
import { Empty, NotRead, Stale } from "../parts/faces.tsx";
import { Mark } from "../parts/mark.tsx";
import { Moment } from "../parts/moment.tsx";
import { Page } from "../parts/page.tsx";
import { ofAll, Whose } from "../parts/whose.tsx";
import { Link } from "../route/link.tsx";
import { address } from "../route/place.ts";
import { plural } from "../../../src/words/plural.ts";
import { Targets } from "./targets.tsx";
import { alertMark, kindWords } from "./words.ts";

const most = 500;
const listed = 50;
const shownAtFirst = 12;

export function AlertsPage() {
  const isOfAll = ofAll();
  // An operator's alerts of everything are those of no organization.
  const actingFor = isOfAll ? null : access.organization;
  const key = String(actingFor);
  const targets = useLive(
    owns.value ? `alerts ${key}` : null,
    (signal) => getAll<AlertTarget>("/v1/alerts", {}, most, signal, actingFor),
    4_000,
  );
  return (
    <Page title="Alerts" beside={<Whose />}>
      <div class="columns">
        <div>
          <Open actingFor={actingFor} />
          {owns.value && <Told actingFor={actingFor} hasTargets={(targets.data?.length ?? 0) > 0} />}
        </div>
        <div>
          {owns.value ? (
            <Targets targets={targets} actingFor={actingFor} isOfAll={isOfAll} />
          ) : (
            <section class="card">
              <h2>Where alerts go</h2>
              <p class="muted">A key of role viewer sees what is wrong, and has no alerts of its own.</p>
            </section>
          )}
        </div>
      </div>
    </Page>
  );
}

function Open({ actingFor }: { readonly actingFor: ActingFor }) {
  const live = useLive(
    `wrong ${String(actingFor)}`,
    (signal) => getAll<OpenAlert>("/v1/alerts/open", {}, most, signal, actingFor),
    4_000,
  );
  const open = live.data;
  return (
    <section class="card" aria-labelledby="wrong-now">
      <h2 id="wrong-now">Wrong now{open !== null && open.length > 0 && ` (${open.length})`}</h2>
      <Stale failure={open === null ? null : live.failure} />
      {open === null ? (
        <NotRead failure={live.failure} again={live.refresh} rows={3} />
      ) : open.length === 0 ? (
        <Empty title="Nothing is wrong." />
      ) : (
        <Cut
          all={open}
          most={most}
          name="matters"
          row={(each) => (
            <li key={`${each.kind} ${each.organization} ${each.id}`}>
              <Mark shape={alertMark(each.kind, false)} word={kindWords(each.kind)} />
              <span class="muted">
                <Moment at={each.since} />
              </span>
              <p>
                {each.text} <Way about={each} />
              </p>
            </li>
          )}
        />
      )}
    </section>
  );
}

function Told({ actingFor, hasTargets }: { readonly actingFor: ActingFor; readonly hasTargets: boolean }) {
  const live = useLive(
    `told ${String(actingFor)}`,
    async (signal) =>
      (await get<{ data: readonly ToldAlert[] }>("/v1/alerts/told", { limit: listed }, signal, actingFor)).data,
    4_000,
  );
  const told = live.data;
  return (
    <section class="card" aria-labelledby="told">
      <h2 id="told">Sent lately</h2>
      <Stale failure={told === null ? null : live.failure} />
      {told === null ? (
        <NotRead failure={live.failure} again={live.refresh} rows={3} />
      ) : told.length === 0 ? (
        <Empty title={hasTargets ? "No alert was sent yet." : "Alerts are sent to nobody yet."}>
          {!hasTargets && (
            <p>Add a URL. Belfry sends an alert there when a problem begins and when it is over, and lists it here.</p>
          )}
        </Empty>
      ) : (
        <Cut
          all={told}
          most={listed}
          name="alerts"
          row={(each) => (
            <li key={each.id}>
              <Mark
                shape={alertMark(each.kind, each.ends)}
                word={each.kind === "test" ? "Test" : each.ends ? "Over" : kindWords(each.kind)}
              />
              <span class="muted">
                <Moment at={each.at} />
                {each.repeat && ", again"}
              </span>
              <p>{each.text}</p>
              <p class="muted">
                {each.deliveries.map(({ delivery, state }, index) => (
                  <span key={delivery}>
                    {index > 0 && ", "}
                    <Link to={address(`/deliveries/${delivery}`)}>{state}</Link>
                  </span>
                ))}
              </p>
            </li>
          )}
        />
      )}
    </section>
  );
}

/** The first of them, and the others on demand. */
function Cut<Item>({
  all,
  most,
  name,
  row,
}: {
  readonly all: readonly Item[];
  /** As many as were asked for: there may be more. */
  readonly most: number;
  readonly name: string;
  readonly row: (item: Item) => preact.JSX.Element;
}) {
  const [isWhole, setWhole] = useState(false);
  const shown = isWhole ? all : all.slice(0, shownAtFirst);
  return (
    <>
      <ul class="matters">{shown.map(row)}</ul>
      {shown.length < all.length && (
        <button type="button" class="button" onClick={() => setWhole(true)}>
          Show {plural(all.length - shown.length, "more", "more")} {name}
        </button>
      )}
      {all.length >= most && <p class="muted">Only the newest {most} are listed.</p>}
    </>
  );
}

function Way({ about: { type, id, organization: of } }: { readonly about: OpenAlert }) {
  const more = of === null ? {} : { organization: of };
  if (type === "subscription") return <Link to={address(`/subscriptions/${id}`, more)}>Open it</Link>;
  if (type === "installation") return <Link to={address("/health")}>See health</Link>;
  return <Link to={address("/sensors", { find: id, ...more })}>Open it</Link>;
}

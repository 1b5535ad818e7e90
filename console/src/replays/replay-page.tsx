// One replay: how far it is and when it ends, what it was asked for, and what became of the deliveries that it added.

import { useState } from "preact/hooks";
import { get, part, send } from "../api/client.ts";
import { getPage } from "../api/list.ts";
import { owns } from "../api/session.ts";
import type { Delivery, DeliveryState, List, Replay, Subscription } from "../api/types.ts";
import { zone } from "../building/model.ts";
import { DeliveriesTable } from "../deliveries/deliveries-table.tsx";
import { now } from "../live/now.ts";
import { useLive } from "../live/use-live.ts";
import { Confirm } from "../parts/confirm.tsx";
import { Fact } from "../parts/fact.tsx";
import { Empty, NotRead, Stale } from "../parts/faces.tsx";
import { Id } from "../parts/id.tsx";
import { Mark } from "../parts/mark.tsx";
import { Moment } from "../parts/moment.tsx";
import { Page } from "../parts/page.tsx";
import { nameOf } from "../parts/subject.tsx";
import { Link } from "../route/link.tsx";
import { address } from "../route/place.ts";
import { Tile } from "../parts/tile.tsx";
import { titleOf } from "../subscriptions/name.ts";
import { shortId } from "../../../src/words/short-id.ts";
import { dateTime, span } from "../../../src/words/time.ts";
import { endings, endsAt } from "./criteria.ts";
import { Progress } from "./progress.tsx";
import { isOpen, replayMarks, replaySentence } from "./words.ts";

/** Deliveries of one state that are counted; of more it says so. */
const counted = 100;

export function ReplayPage({ id }: { readonly id: string }) {
  const live = useLive(`replay ${id}`, (signal) => get<Replay>(`/v1/replays/${part(id)}`, {}, signal), 2_000);
  const above = <Link to={address("/replays")}>Replays</Link>;
  const replay = live.data;
  const subscription = useLive(
    replay === null ? null : `subscription ${replay.subscription}`,
    (signal) => get<Subscription>(`/v1/subscriptions/${part(replay!.subscription)}`, {}, signal),
    15_000,
  ).data;
  if (replay === null) {
    return (
      <Page title="Replay" above={above}>
        <NotRead failure={live.failure} again={live.refresh} />
      </Page>
    );
  }
  const name = subscription === null ? shortId(replay.subscription) : titleOf(subscription);
  return (
    <Page title={`Replay to ${name}`} above={above} beside={<Id id={replay.id} />}>
      <Stale failure={live.failure} />
      <section class="standing" aria-label="Status">
        <div>
          <p class="standing-word">
            <Mark shape={replayMarks[replay.state]} word={replay.state} />
          </p>
          <p>{replaySentence(replay, now.value)}</p>
          {isOpen(replay) && <Progress share={replay.progress} name="Progress" />}
        </div>
        {owns.value && <Cancel replay={replay} name={name} done={live.refresh} />}
      </section>
      <div class="columns">
        <div>
          <Sent replay={replay} />
        </div>
        <div>
          <Asked replay={replay} name={name} />
        </div>
      </div>
    </Page>
  );
}

function Cancel({ replay, name, done }: { readonly replay: Replay; readonly name: string; readonly done: () => void }) {
  const [isAsking, setAsking] = useState(false);
  if (replay.state !== "running") return null;
  return (
    <div class="acts">
      <button type="button" class="button danger" onClick={() => setAsking(true)}>
        Cancel the replay
      </button>
      {isAsking && (
        <Confirm
          title="Cancel the replay"
          act="Cancel the replay"
          isDangerous
          run={async () => {
            await send("POST", `/v1/replays/${part(replay.id)}/cancel`);
            done();
          }}
          close={() => setAsking(false)}
        >
          <p>
            Nothing more is added, and what it added and is not delivered yet to {name} is cancelled. What was delivered
            stays delivered. It cannot be taken up again: start a new one instead.
          </p>
        </Confirm>
      )}
    </div>
  );
}

function useCount(replay: Replay, state: DeliveryState): string {
  const { data } = useLive(
    `${state} of ${replay.id}`,
    (signal) => getPage<Delivery>("/v1/deliveries", { replay: replay.id, state, limit: counted }, signal),
    4_000,
  );
  return data === null ? "–" : countOf(data);
}

const countOf = ({ data, next }: List<Delivery>): string =>
  next === null ? String(data.length) : `${data.length} or more`;

function Sent({ replay }: { readonly replay: Replay }) {
  const sent = useLive(
    `sent by ${replay.id} ${replay.done}`,
    (signal) => getPage<Delivery>("/v1/deliveries", { replay: replay.id, limit: 10 }, signal),
    4_000,
  );
  const [pending, held, exhausted] = [
    useCount(replay, "pending"),
    useCount(replay, "held"),
    useCount(replay, "exhausted"),
  ];
  const end = endsAt(replay.progress, Date.parse(replay.created_at), now.value);
  return (
    <section class="card" aria-labelledby="sent">
      <h2 id="sent">What it sent</h2>
      <dl class="tiles">
        <Tile name="added" value={replay.done.toLocaleString("en-US")} />
        <Tile name="waiting" value={pending} />
        {held !== "0" && <Tile name="held" value={held} />}
        <Tile name="failed for good" value={exhausted} />
        {isOpen(replay) && <Tile name="to go, about" value={end === null ? "–" : span(end - now.value)} />}
      </dl>
      {sent.data === null ? (
        <NotRead failure={sent.failure} again={sent.refresh} rows={4} />
      ) : sent.data.data.length === 0 ? (
        <Empty title={isOpen(replay) ? "Nothing was added yet." : "It added nothing that is still kept."} />
      ) : (
        <>
          <DeliveriesTable deliveries={sent.data.data} subscriptions={null} />
          <p>
            <Link to={address("/deliveries", { replay: replay.id })} class="button">
              All its deliveries
            </Link>
          </p>
        </>
      )}
    </section>
  );
}

function Asked({ replay, name }: { readonly replay: Replay; readonly name: string }) {
  const { subscription, from, to, types, spaces, states, per_second: pace } = replay;
  const moment = (at: string): string => dateTime(Date.parse(at), zone.value);
  return (
    <section class="card" aria-labelledby="asked">
      <h2 id="asked">What was asked for</h2>
      <dl class="facts">
        <Fact name="To">
          <Link to={address(`/subscriptions/${part(subscription)}`)}>{name}</Link>
        </Fact>
        <Fact name="Accepted">
          from {moment(from)} to {moment(to)}
        </Fact>
        <Fact name="Types">{types === null ? "all that it takes" : types.join(", ")}</Fact>
        {spaces !== null && <Fact name="Places">{spaces.map(nameOf).join(", ")}</Fact>}
        {states !== null && (
          <Fact name="Earlier delivery">
            {endings
              .filter(([ending]) => states.includes(ending))
              .map(([, words]) => words)
              .join("; or ")}
          </Fact>
        )}
        <Fact name="Pace">at most {pace.toLocaleString("en-US")} a second</Fact>
        <Fact name="Looked until">
          {replay.scanned_until === null ? <span class="muted">nothing yet</span> : moment(replay.scanned_until)}
        </Fact>
        <Fact name="Begun">
          <Moment at={replay.created_at} /> by <Id id={replay.created_by} />
        </Fact>
        {replay.ended_at !== null && (
          <Fact name="Ended">
            <Moment at={replay.ended_at} />, after {span(Date.parse(replay.ended_at) - Date.parse(replay.created_at))}
          </Fact>
        )}
      </dl>
    </section>
  );
}

// All replays, newest first: what was sent once more, how far that is, and who asked for it.

import { getPage } from "../api/list.ts";
import { organization, owns } from "../api/session.ts";
import type { Replay, Subscription } from "../api/types.ts";
import { zone } from "../building/model.ts";
import { usePages } from "../live/use-pages.ts";
import { Empty } from "../parts/faces.tsx";
import { Listing } from "../parts/listing.tsx";
import { Mark } from "../parts/mark.tsx";
import { Moment } from "../parts/moment.tsx";
import { Page } from "../parts/page.tsx";
import { Choice, ShowAll } from "../parts/choice.tsx";
import { Link } from "../route/link.tsx";
import { address, place } from "../route/place.ts";
import { useById, useSubscriptions } from "../subscriptions/all-subscriptions.ts";
import { titleOf } from "../subscriptions/name.ts";
import { shortId } from "../../../src/words/short-id.ts";
import { dateTime } from "../../../src/words/time.ts";
import { Progress } from "./progress.tsx";
import { isOpen, replayMarks } from "./words.ts";

export function ReplaysPage() {
  const { subscription = "" } = place.value.query;
  const subscriptions = useSubscriptions(15_000);
  const byId = useById(subscriptions);
  const pages = usePages<Replay>(`replays ${organization.value} ${subscription}`, (cursor, signal) =>
    getPage<Replay>("/v1/replays", { subscription, limit: 50, cursor }, signal),
  );
  return (
    <Page
      title="Replays"
      beside={
        owns.value && (
          <Link to={address("/replays/new", { subscription })} class="button primary">
            New replay
          </Link>
        )
      }
    >
      {(subscription !== "" || (pages.items?.length ?? 0) > 0) && (
        <div class="filters" role="group" aria-label="Filters">
          <Choice
            name="subscription"
            title="Subscription"
            any="All subscriptions"
            options={[...byId.values()].map((each) => [each.id, titleOf(each)])}
          />
        </div>
      )}
      <Listing
        pages={pages}
        rows={6}
        nothing={<Nothing isNarrowed={subscription !== ""} />}
        table={(replays) => <Table replays={replays} subscriptions={byId} />}
      />
    </Page>
  );
}

function Nothing({ isNarrowed }: { readonly isNarrowed: boolean }) {
  return (
    <Empty title={isNarrowed ? "This subscription has no replay." : "Nothing was replayed yet."}>
      <p>
        A replay sends the deliveries of a chosen time to a subscription again, such as those that its receiver lost. A
        dry run counts them first and sends nothing.
      </p>
      {isNarrowed && <ShowAll filters={["subscription"]} />}
    </Empty>
  );
}

interface TableProps {
  readonly replays: readonly Replay[];
  readonly subscriptions: ReadonlyMap<string, Subscription>;
}

function Table({ replays, subscriptions }: TableProps) {
  return (
    <div class="table-frame">
      <table class="table">
        <caption class="unseen">Replays, newest first</caption>
        <thead>
          <tr>
            <th scope="col">State</th>
            <th scope="col">To</th>
            <th scope="col">What was accepted</th>
            <th scope="col">Progress</th>
            <th scope="col" class="number">
              Added
            </th>
            <th scope="col">Begun</th>
          </tr>
        </thead>
        <tbody>
          {replays.map((replay) => (
            <Row key={replay.id} replay={replay} known={subscriptions.get(replay.subscription)} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Row({ replay, known }: { readonly replay: Replay; readonly known: Subscription | undefined }) {
  const { id, state, from, to, progress, done, created_at: created, types } = replay;
  const name = known === undefined ? shortId(replay.subscription) : titleOf(known);
  return (
    <tr class="row">
      <td data-label="State" class="nowrap">
        <Mark shape={replayMarks[state]} word={state} />
      </td>
      <th scope="row">
        <Link to={address(`/replays/${id}`)} class="row-link">
          {name}
        </Link>
        <span class="row-more">{types === null ? "all types" : types.join(", ")}</span>
      </th>
      <td data-label="Accepted">
        {dateTime(Date.parse(from), zone.value)}
        <span class="row-more">to {dateTime(Date.parse(to), zone.value)}</span>
      </td>
      <td data-label="Progress">
        {isOpen(replay) ? (
          <span class="with-progress">
            <Progress share={progress} name={`Progress of the replay to ${name}`} /> {Math.floor(progress * 100)} %
          </span>
        ) : (
          <span class="muted">{state === "done" ? "complete" : `ended at ${Math.floor(progress * 100)} %`}</span>
        )}
      </td>
      <td data-label="Added" class="number">
        {done.toLocaleString("en-US")}
      </td>
      <td data-label="Begun">
        <Moment at={created} />
      </td>
    </tr>
  );
}

// All events, newest first: what happened in the building, whoever was told.

import { getPage } from "../api/list.ts";
import { organization } from "../api/session.ts";
import type { EventAnswer } from "../api/types.ts";
import { names } from "../building/model.ts";
import { spacesOf } from "../building/spaces.ts";
import { Choice, ShowAll } from "../parts/choice.tsx";
import { sinceOf } from "../deliveries/since.ts";
import { TimeFilter } from "../deliveries/time-filter.tsx";
import { usePages } from "../live/use-pages.ts";
import { Empty } from "../parts/faces.tsx";
import { Listing } from "../parts/listing.tsx";
import { Moment } from "../parts/moment.tsx";
import { Page } from "../parts/page.tsx";
import { Subject } from "../parts/subject.tsx";
import { Link } from "../route/link.tsx";
import { address, place } from "../route/place.ts";
import { dialects } from "../subscriptions/name.ts";
import { saysShort } from "../words/event.ts";

const types = [
  "ROOM_OCCUPANCY",
  "FLOOR_OCCUPANCY",
  "ZONE_OCCUPANCY",
  "ROOM_OCCUPANCY_1MIN",
  "FLOOR_OCCUPANCY_1MIN",
  "ZONE_OCCUPANCY_1MIN",
  "TRAFFIC",
  "DETECTIONS",
  "PIR_MOTION",
  "PIR_NO_MOTION",
  "SENSOR_HEALTH",
  "HIVE_HEALTH",
  "access_log.create",
  "call.create",
  "call.status_update",
];

export function EventsPage() {
  const { type = "", subject = "", since = "", until = "" } = place.value.query;
  const wanted = { type, subject, since, until };
  const pages = usePages<EventAnswer>(`events ${organization.value} ${JSON.stringify(wanted)}`, (cursor, signal) =>
    getPage<EventAnswer>("/v1/events", { ...wanted, since: sinceOf(since), limit: 50, cursor }, signal),
  );
  return (
    <Page title="Events">
      <div class="filters" role="group" aria-label="Filters">
        <Choice name="type" title="Type" any="All types" options={types.map((each) => [each, each])} />
        <Choice name="subject" title="Space or door" any="Everywhere" options={spacesOf(names.value)} />
        <TimeFilter />
      </div>
      <Listing
        pages={pages}
        what="event"
        nothing={<Nothing isNarrowed={Object.values(wanted).some((each) => each !== "")} />}
        table={(events) => <Table events={events} />}
      />
    </Page>
  );
}

function Nothing({ isNarrowed }: { readonly isNarrowed: boolean }) {
  return isNarrowed ? (
    <Empty title="No event fits.">
      <ShowAll filters={["type", "subject", "since", "until"]} />
    </Empty>
  ) : (
    <Empty title="Nothing has happened yet.">
      <p>Events follow from observations, or are sent ready-made. Send the first:</p>
      <pre class="command">belfry demo</pre>
    </Empty>
  );
}

function Table({ events }: { readonly events: readonly EventAnswer[] }) {
  return (
    <div class="table-frame">
      <table class="table events">
        <caption class="unseen">Events, newest first</caption>
        <thead>
          <tr>
            <th scope="col">Happened</th>
            <th scope="col">Event</th>
            <th scope="col">About</th>
            <th scope="col">Says</th>
            <th scope="col">Dialect</th>
          </tr>
        </thead>
        <tbody>
          {events.map((event) => (
            <tr class="row" key={event.id}>
              <td data-label="Happened" class="nowrap">
                <Moment at={event.at} as="clock" />
              </td>
              <th scope="row">
                <Link to={address(`/events/${event.id}`)} class="row-link">
                  {event.type}
                </Link>
                {event.revision > 0 && <span class="chip quiet">correction {event.revision}</span>}
              </th>
              <td data-label="About">
                <Subject id={event.subject} linked={false} />
              </td>
              <td data-label="Says">{saysShort(event.type, event.body)}</td>
              <td data-label="Dialect">{dialects[event.dialect]}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

// Sensors and hives, and how they are: those with something wrong first.

import { getAll } from "../api/list.ts";
import { organization } from "../api/session.ts";
import type { Watched } from "../api/types.ts";
import { names } from "../building/model.ts";
import { useLive } from "../live/use-live.ts";
import { ShowAll } from "../parts/choice.tsx";
import { Empty, NotRead, Stale } from "../parts/faces.tsx";
import { Find } from "../parts/find.tsx";
import { Mark } from "../parts/mark.tsx";
import { Moment } from "../parts/moment.tsx";
import { Page } from "../parts/page.tsx";
import { nameOf } from "../parts/subject.tsx";
import { Link } from "../route/link.tsx";
import { address, narrow, place } from "../route/place.ts";
import { plural } from "../../../src/words/plural.ts";
import { shortId } from "../../../src/words/short-id.ts";
import { span } from "../../../src/words/time.ts";
import { type SensorStanding, sensorStanding } from "./standing.ts";

const most = 5_000;
const shownAtMost = 300;

interface Row {
  readonly sensor: Watched;
  readonly standing: SensorStanding;
}

export function SensorsPage() {
  const live = useLive(
    `sensors ${organization.value}`,
    (signal) => getAll<Watched>("/v1/sensors", {}, most, signal),
    4_000,
  );
  const { find = "", only = "" } = place.value.query;
  if (live.data === null) {
    return (
      <Page title="Sensors">
        <NotRead failure={live.failure} again={live.refresh} rows={10} />
      </Page>
    );
  }
  const all = live.data.map((sensor): Row => ({ sensor, standing: sensorStanding(sensor) }));
  const wrong = all.filter(({ standing }) => standing.trouble > 0).length;
  const rows = all
    .filter(({ standing }) => only !== "trouble" || standing.trouble > 0)
    .filter(({ sensor }) => fits(sensor, find))
    .toSorted((a, b) => b.standing.trouble - a.standing.trouble);
  const summary = `${plural(all.length, "sensor or hive", "sensors and hives")}, ${wrong === 0 ? "all well" : `${wrong} with something wrong`}`;
  return (
    <Page title="Sensors" beside={<p class="muted">{summary}</p>}>
      <Stale failure={live.failure} />
      {all.length > 0 && (
        <div class="filters">
          <Find by="room, floor, address or id" value={find} />
          <label class="switch">
            <input
              type="checkbox"
              checked={only === "trouble"}
              onChange={() => narrow({ only: only === "trouble" ? null : "trouble" }, "replace")}
            />
            <span>Only with something wrong</span>
          </label>
        </div>
      )}
      {rows.length === 0 ? <Nothing hasAny={all.length > 0} /> : <Table rows={rows.slice(0, shownAtMost)} />}
      {rows.length > shownAtMost && (
        <p class="list-end muted">{rows.length - shownAtMost} more: narrow by room or floor.</p>
      )}
    </Page>
  );
}

function fits(
  { id, mac_address: mac = "", serial_number: serial = "", room, floor, model }: Watched,
  text: string,
): boolean {
  const places = [room, floor].map((each) => (each == null ? "" : (names.value.get(each)?.name ?? "")));
  return [id, mac, serial, model ?? "", ...places].join(" ").toLowerCase().includes(text.trim().toLowerCase());
}

function Nothing({ hasAny }: { readonly hasAny: boolean }) {
  return hasAny ? (
    <Empty title="No sensor fits.">
      <ShowAll filters={["find", "only"]} />
    </Empty>
  ) : (
    <Empty title="There are no sensors yet.">
      <p>They stand in the building model, on their floors.</p>
    </Empty>
  );
}

function Table({ rows }: { readonly rows: readonly Row[] }) {
  return (
    <div class="table-frame">
      <table class="table sensors">
        <caption class="unseen">Sensors and hives, those with something wrong first</caption>
        <thead>
          <tr>
            <th scope="col">Status</th>
            <th scope="col">Sensor</th>
            <th scope="col">Place</th>
            <th scope="col">Last heard</th>
            <th scope="col">Usual gap</th>
            <th scope="col">Last message</th>
          </tr>
        </thead>
        <tbody>
          {rows.map(({ sensor, standing }) => (
            <tr class="row" key={sensor.id}>
              <td data-label="Status" class="nowrap">
                <Mark shape={standing.shape} word={standing.word} />
                {standing.more !== null && <span class="row-more">{standing.more}</span>}
              </td>
              <th scope="row">
                <code class="nowrap">{sensor.mac_address ?? sensor.serial_number ?? shortId(sensor.id)}</code>
                <span class="row-more">
                  {sensor.kind === "hive" ? "Hive" : sensor.mode === "traffic" ? "Counts passages" : "Sees presence"}
                  {sensor.model !== null && `, ${sensor.model}`}
                </span>
              </th>
              <td data-label="Place">
                <Place sensor={sensor} />
              </td>
              <td data-label="Last heard">
                {sensor.last_heard === null ? <span class="muted">never</span> : <Moment at={sensor.last_heard} />}
              </td>
              <td data-label="Usual gap">
                {sensor.usual_gap_ms === null ? <span class="muted">not known yet</span> : span(sensor.usual_gap_ms)}
              </td>
              <td data-label="Last message">{lastMessage(sensor)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Place({ sensor: { room, floor } }: { readonly sensor: Watched }) {
  const to = room == null ? `floor:${floor}` : `room:${room}`;
  return (
    <Link to={address("/", { floor, space: to, sensors: "shown" })}>
      {room == null ? nameOf(floor) : nameOf(room)}
      {room != null && names.value.has(floor) && <span class="row-more">{nameOf(floor)}</span>}
    </Link>
  );
}

/** Of all kinds but the heartbeat, unless there is no other. */
function lastMessage({ last_message: messages }: Watched) {
  if (messages === undefined) return <span class="muted">speaks for its sensors</span>;
  const known = (["detections", "traffic", "motion", "heartbeat"] as const).filter((kind) => messages[kind] !== null);
  const [newest] = known.toSorted((a, b) => Date.parse(messages[b]!) - Date.parse(messages[a]!));
  return newest === undefined ? <span class="muted">none</span> : <>{newest}</>;
}

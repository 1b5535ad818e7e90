// The doors of a building, and who came through them last.

import { getPage } from "../api/list.ts";
import { readsAll } from "../api/session.ts";
import type { Building, Entry } from "../api/types.ts";
import { useLive } from "../live/use-live.ts";
import { Moment } from "../parts/moment.tsx";
import { Link } from "../route/link.tsx";
import { address } from "../route/place.ts";
import { method, record } from "../words/event.ts";

const most = 50;

export function Doors({ building, zone }: { readonly building: Building; readonly zone: string }) {
  const entries = useLive(`entries ${building.id}`, (signal) =>
    getPage<Entry>("/v1/entries", { building: building.id, kind: "access", limit: most }, signal),
  );
  const doors = building.access_points ?? [];
  if (doors.length === 0) return null;
  const lastOf = (door: (typeof doors)[number]): Entry | undefined =>
    entries.data?.data.find(({ data }) => idOf(data["access_point"]) === String(door.butterflymx_id ?? door.id));
  return (
    <section class="doors" aria-labelledby="doors">
      <h2 id="doors">Doors</h2>
      <ul>
        {doors.map((door) => (
          <li key={door.id}>
            <Link to={address("/deliveries", { subject: door.id })} class="door-name">
              {door.name}
            </Link>
            <LastEntry door={door.id} entry={lastOf(door)} isRead={entries.data !== null} zone={zone} />
          </li>
        ))}
      </ul>
    </section>
  );
}

/** The vendor's records name a door by its number, or hold it whole. */
const idOf = (value: unknown): string =>
  typeof value === "object" && value !== null ? String(record(value)["id"]) : String(value);

/** A link to what happened at the door, where the key reads events. */
function LastEntry({
  door,
  entry,
  isRead,
  zone,
}: {
  readonly door: string;
  readonly entry: Entry | undefined;
  readonly isRead: boolean;
  readonly zone: string;
}) {
  if (entry === undefined) return <span class="muted">{isRead ? "nobody lately" : ""}</span>;
  const { name, entry_method: by } = entry.data;
  const who = typeof name === "string" && name !== "" ? name : "somebody";
  return (
    <span>
      {readsAll.value ? <Link to={address("/events", { subject: door })}>{who}</Link> : who}
      <span class="muted">
        {method(by) === "" ? "" : `, ${method(by)}`}
        {entry.status === "Unlocked" ? "" : `, ${entry.status}`}
      </span>{" "}
      <span class="muted">
        <Moment at={entry.at} zone={zone} />
      </span>
    </span>
  );
}

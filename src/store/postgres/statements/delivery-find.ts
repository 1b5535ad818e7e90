// Reads deliveries by their numbers, owed or ended, for lists and for one. Who knows the event of a delivery says so: its attempts
// are then looked for in one partition alone.

import { closingRow } from "../../codes.ts";
import { attemptOf, type AttemptRow, type DeliveryRow, stateOf } from "../../delivery-view.ts";
import type { AttemptView, DeliveryView } from "../../history.ts";
import type { Session } from "../database.ts";

/** A delivery, and the number of its event. */
export interface Place {
  readonly number: number;
  readonly event: number;
}

export interface Found extends DeliveryView {
  readonly lane: number;
}

/** `d`: a delivery `s.number` of the event `s.event`, owed or ended; none where retention has removed it. Here and below each row is
 * found by its key, whatever PostgreSQL thinks of their number. */
export const deliveryAt =
  "cross join lateral ((select lane, variant, sequence, attempts, created_at, due, location, null::smallint as state" +
  " from delivery where number = s.number) union all (select lane, variant, sequence, null, started_at - waited, null, null, state" +
  " from attempt where delivery = s.number and event = s.event and state is not null order by n limit 1) limit 1) d";

/** `e`: its event, with its kind and organization. */
export const eventAt =
  "cross join lateral (select e.id, e.subject, e.body, e.scopes, e.revision, e.previous, k.dialect, k.name as type," +
  " o.id as organization from event e join kind k on k.number = e.kind join organization o on o.number = e.organization" +
  " where e.number = s.event offset 0) e";

/** `u`: the subscription of `d`, also a removed one; null: there is no row of it. */
export const subscriptionAt =
  "left join lateral (select id, state from subscription where number = d.lane limit 1) u on true";

export const attemptColumns =
  'n as attempt, started_at as "startedAt", duration as "durationMs", code, status, detail, response_bytes as "responseBytes",' +
  " response";

const find =
  "select s.number, e.id as event, e.type, e.subject, e.organization, d.lane, abs(d.sequence) as sequence," +
  ' d.created_at as "createdAt", d.due, d.location, d.state, coalesce(u.id, d.lane::text) as subscription, u.state as active,' +
  " coalesce(d.attempts, (select count(*) from attempt where delivery = s.number and event = s.event" +
  ` and n < ${closingRow})) as attempts, l.* from unnest($1::bigint[], $2::bigint[]) s (number, event)` +
  ` ${deliveryAt} ${eventAt} ${subscriptionAt} left join lateral (select ${attemptColumns} from attempt` +
  " where delivery = s.number and event = s.event and (d.attempts is null or d.attempts > 0 or d.location = 2)" +
  " order by n desc limit 1) l on true order by s.number desc";

type Row = Omit<Found, "state" | "last" | "due"> &
  Omit<DeliveryRow, "due"> & { readonly due: number | null } & {
    readonly [Key in keyof AttemptRow]: AttemptRow[Key] | null;
  };

/** Highest number first; those that retention has removed are left out. */
export async function findDeliveries(session: Session, places: readonly Place[]): Promise<readonly Found[]> {
  const rows = await session.rows<Row>(find, [places.map(({ number }) => number), places.map(({ event }) => event)]);
  return rows.flatMap((row) => foundOf(row) ?? []);
}

function foundOf(row: Row): Found | null {
  const { number, event, type, subject, organization, subscription, attempts, createdAt, sequence, lane } = row;
  const state = rowState(row);
  if (state === null) return null;
  const shown = {
    number,
    event,
    type,
    subject,
    organization,
    subscription,
    state,
    attempts,
    createdAt,
    sequence,
    lane,
  };
  return { ...shown, due: state === "pending" ? row.due : null, last: lastOf(row, attempts) };
}

/** Of a row of `deliveryAt` and `subscriptionAt`; null: it is neither owed nor ended. */
export const rowState = ({ due, ...row }: Omit<DeliveryRow, "due"> & { readonly due: number | null }) =>
  stateOf(due === null ? row : { ...row, due });

function lastOf(row: Row, requests: number): AttemptView | null {
  const { attempt, startedAt, durationMs, code, status, detail, responseBytes, response } = row;
  if (attempt === null) return null;
  const given = { attempt, startedAt, durationMs, code, status, detail, responseBytes, response };
  return attemptView(given as AttemptRow, requests);
}

/** Of a row of `attemptColumns`; the client of PostgreSQL gives bytes a class of its own. */
export const attemptView = (row: AttemptRow, requests: number): AttemptView =>
  attemptOf({ ...row, response: row.response === null ? null : new Uint8Array(row.response) }, requests);

// All partitions are looked at, whether it is there or not: one of another organization costs what none costs.
const locate =
  "select max(s.event) as event, max(s.organization) as organization from (select event, organization from delivery" +
  " where number = $1 union all select event, organization from attempt where delivery = $1) s";
const locateIn = `select found.event from (${locate}) found join organization o on o.number = found.organization where o.id = $2`;

/** The event of a delivery; undefined: there is none. `organization`: in no other. */
export async function eventOf(
  session: Session,
  number: number,
  organization: string | null,
): Promise<number | undefined> {
  const found = await (organization === null
    ? session.row<{ event: number | null }>(locate, [number])
    : session.row<{ event: number | null }>(locateIn, [number, organization]));
  return found?.event ?? undefined;
}

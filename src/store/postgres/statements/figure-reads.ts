// Reads of figures for the history. What a lane did in a day may be a million attempts: of a lane with many deliveries some of each
// quarter of an hour are read, beside its newest and the oldest that are owed, whose attempts may be all that a dead receiver gets.

import { closingRow } from "../../codes.ts";
import { type LaneFigures, mostOnDisk } from "../../figure-reads.ts";
import { type AttemptFigures, summary } from "../../figures.ts";
import type { Session } from "../database.ts";
import { leastNumber, numbersIn } from "../numbers.ts";
import type { Place } from "./delivery-find.ts";
import { type HistoryContext, of, type Reads } from "./history-context.ts";

const quarterMs = 900_000;
/** Events of deliveries of a time are not much older, but for replays; ms. */
const eventsAroundMs = 3_600_000;
const aroundNumbers = numbersIn(eventsAroundMs);
/** Deliveries that are read of a lane with few, of a quarter of an hour, of the newest, and of those that are owed. */
const [few, ofQuarter, newest, ofOwed] = [1_000, 16, 64, 64];

const theirs = of("lane", "$1::bigint");
// A delivery has a row for each attempt. Upwards, since a number ends no way down an index that begins with a range (`of`).
const sinceThen =
  `select distinct on (lane, delivery) delivery as number, event from attempt where ${theirs} and delivery >= $2` +
  ` order by lane, delivery limit ${few + 1}`;
const ofOlder = `select 1 from attempt where ${theirs} and delivery >= $2 and event < $3 order by lane, delivery limit 1`;
const latest =
  `select distinct on (lane, delivery) delivery as number, event from attempt where ${theirs}` +
  ` order by lane desc, delivery desc limit ${newest}`;
/** Only of events from a number on: looking for each quarter of an hour in all partitions would take long where there are many. */
const spread =
  "select each.* from unnest($2::bigint[], $3::bigint[]) q (first, behind) cross join lateral (select distinct on (delivery)" +
  " delivery as number, event from attempt where lane = $1 and delivery >= q.first and delivery < q.behind and event >= $4" +
  ` and event < q.behind + ${aroundNumbers} order by delivery limit ${ofQuarter}) each`;
const owed = `select number, event from delivery where location = 1 and lane = $1 order by class, due limit ${ofOwed + 1}`;
const attempts =
  "select a.* from unnest($1::bigint[], $2::bigint[]) s (number, event) cross join lateral (select started_at as at, code, status," +
  ` duration from attempt where delivery = s.number and event = s.event and n < ${closingRow} and started_at >= $3` +
  " and started_at < $4 offset 0) a";
const state =
  "select coalesce((select last from sequence_run where lane = $1 order by last desc limit 1), 0) as sequence," +
  ` (select count(*) from (select 1 from delivery where location = 1 and lane = $1 limit ${mostOnDisk}) few) as "onDisk"`;

interface Sample {
  readonly places: readonly Place[];
  /** A list that was cut may lack deliveries that were tried, whatever those in it were. */
  readonly isSample: boolean;
}

export function createFigureReads({ session }: HistoryContext): Reads<"figures"> {
  async function ofLane(lane: number, from: number, until: number): Promise<LaneFigures> {
    const [recent, old] = [await sampleOf(session, lane, from, until), await session.rows<Place>(owed, [lane])];
    const places = new Map([...recent.places, ...old].map((place) => [place.number, place.event]));
    const rows = await session.rows<AttemptFigures>(attempts, [
      [...places.keys()],
      [...places.values()],
      Math.ceil(from),
      Math.ceil(until),
    ]);
    const { sequence, onDisk } = (await session.row<Pick<LaneFigures, "sequence" | "onDisk">>(state, [lane]))!;
    return { ...summary(rows, from), lane, isSample: recent.isSample || old.length > ofOwed, sequence, onDisk };
  }

  return {
    async figures({ lanes, from, until }) {
      const found: LaneFigures[] = [];
      for (const lane of lanes) found.push(await ofLane(lane, from, until));
      return found;
    },
  };
}

/** Numbers tell the time, so those of a quarter of an hour are known. */
async function sampleOf(session: Session, lane: number, from: number, until: number): Promise<Sample> {
  const first = leastNumber(from);
  const all = await session.rows<Place>(sinceThen, [lane, first]);
  if (all.length <= few) return { places: all, isSample: false };
  const begins: number[] = [];
  for (let at = from; at < until; at += quarterMs) begins.push(leastNumber(at));
  const ends = [...begins.slice(1), Number.MAX_SAFE_INTEGER];
  const around = first - aroundNumbers;
  const hasOlder = (await session.row(ofOlder, [lane, first, around])) !== undefined;
  const some = await session.rows<Place>(spread, [lane, begins, ends, hasOlder ? 0 : around]);
  return { places: [...some, ...(await session.rows<Place>(latest, [lane]))], isSample: true };
}

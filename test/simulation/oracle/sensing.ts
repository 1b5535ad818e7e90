// What must follow from observations, worked out from the log as it was committed: minutes, instants, edges of motion, people
// who passed. It knows nothing of how sensing gets there; of what sensing remembers it reads only which minutes are not settled.

import type { DetectionsObservation, MotionObservation, Observation } from "../../../src/model/observation.ts";
import type { FoldProgress, NewEvent, NewObservation } from "../../../src/store/acceptance.ts";
import {
  type Hall,
  hallAtFirst,
  hallOf,
  hallOfDocument,
  type HallState,
  motionSensors,
  organization,
} from "../sensing/hall.ts";
import { minute as minuteMs, second } from "../profile.ts";
import type { Timeline } from "../timeline.ts";
import { countIn, minuteReference, type SeenFrame } from "./minute-reference.ts";
import { createDoorReference } from "./door-reference.ts";
import type { Judge } from "./judge.ts";

export interface SensingFacts {
  /** An observation was written to the log. */
  logged(position: number, row: NewObservation): void;
  /** A fold was written, with these events of the hall that are new. */
  folded(events: readonly NewEvent[], duplicates: number, fold: FoldProgress): void;
  /** The hall is another one. */
  moved(document: string): void;
  /** A process became the owner. */
  acquired(): void;
  /** Observations before this position are gone. */
  pruned(first: number): void;
  /** The wall clock is about to jump. */
  jumps(): void;
  /** All sensors of the floor of this one have sent a last frame at this moment, together. */
  closed(at: number, sensor: string): void;
  /** At the end of the run. */
  check(): void;
}

interface Entry {
  readonly position: number;
  readonly acceptedAt: number;
  /** Clock jumps before it. */
  readonly era: number;
  readonly observation: Observation;
}

interface MinuteFact {
  readonly entries: Entry[];
  readonly hall: Hall;
  /** Why it is not judged. */
  excuse: string | null;
}

interface Said {
  readonly value: number;
  readonly revision: number;
}

interface Closing {
  readonly at: number;
  readonly era: number;
  readonly hall: Hall;
  /** Changes of the model before it. */
  readonly changes: number;
  readonly frames: readonly SeenFrame[];
  readonly position: number;
  /** When it was folded, monotonic; null: not yet. */
  foldedAt: number | null;
}

const latenessMs = 5 * minuteMs;
const restMs = 300_000;
/** A process may know a change of the model so late. */
const changeKnownMs = 5 * minuteMs;
const minuteOf = (at: number): number => at - (at % minuteMs);
/** Butlr's type for a space, and the space. */
const keyOf = ({ type, subject }: Pick<NewEvent, "type" | "subject">): string =>
  `${type.split("_")[0]!.toLowerCase()}:${subject}`;

export function createSensingFacts(
  judge: Judge,
  timeline: Timeline,
  hallMoved: (from: HallState, to: HallState) => void,
): SensingFacts {
  const floors = new Map<string, Map<number, MinuteFact>>();
  const motions: { readonly entry: Entry; readonly observation: MotionObservation }[] = [];
  const records = new Map<string, string>();
  const said = new Map<string, Said>();
  const rows = new Map<string, Said>();
  const edges = new Map<string, NewEvent>();
  const closings = new Map<string, Closing>();
  const frames: { readonly floor: string; readonly entry: Entry; readonly frame: SeenFrame }[] = [];
  /** The latest moment of any frame, by floor. */
  const newest = new Map<string, number>();
  const doors = createDoorReference(judge, timeline.now);
  let hall = hallOf(hallAtFirst);
  let changedAt = -Infinity;
  let changes = 0;
  /** When a space had no sensor last, monotonic. */
  const lostAt = new Map<string, number>();
  let ownedAt = 0;
  let position = 0;
  let era = 0;

  const minutesOf = (floor: string): Map<number, MinuteFact> => {
    let minutes = floors.get(floor);
    if (minutes === undefined) floors.set(floor, (minutes = new Map()));
    return minutes;
  };
  /** As the last commit left it. */
  const record = (key: string): unknown => {
    const text = records.get(key);
    return text === undefined ? undefined : JSON.parse(text);
  };
  const openFrom = (floor: string) =>
    (record(`minutes:${floor}`) as { readonly openFrom: number } | undefined)?.openFrom;
  const marksOf = (floor: string) =>
    (record(`late:${floor}`) as { readonly minutes: readonly Mark[] } | undefined)?.minutes;
  const stated = (space: string) => record(`occupancy:${space}`) as Statement | undefined;

  /** Whether the minute can still change by what the model, the clock or the log is now. */
  function isOpen(floor: string, minute: number, { entries }: MinuteFact): boolean {
    if (timeline.wall() < minute + minuteMs + latenessMs + 10 * second) return true;
    if ((openFrom(floor) ?? -Infinity) <= minute) return true;
    if (entries.some((entry) => entry.position > position)) return true;
    return marksOf(floor)?.some((each) => each.minute === minute && each.due !== null) === true;
  }

  function excuse(why: string, fits: (minute: MinuteFact) => boolean = () => true): void {
    for (const [floor, minutes] of floors) {
      for (const [minute, fact] of minutes) if (fits(fact) && isOpen(floor, minute, fact)) fact.excuse ??= why;
    }
  }

  function logFrame(entry: Entry, floor: string, { sensor, world = [] }: DetectionsObservation): void {
    const at = Math.min(entry.observation.at, entry.acceptedAt);
    frames.push({ floor, entry, frame: { sensor, at, world } });
    newest.set(floor, Math.max(newest.get(floor) ?? 0, at));
    const minutes = minutesOf(floor);
    for (let minute = minuteOf(at - 10_000); minute <= at + 10_000; minute += minuteMs) {
      let fact = minutes.get(minute);
      if (fact === undefined) minutes.set(minute, (fact = { entries: [], hall, excuse: null }));
      fact.entries.push(entry);
      if (fact.entries[0]!.era !== era) fact.excuse ??= "the clock jumped between its frames";
      if (Math.abs(minute - changedAt) < 7 * minuteMs) fact.excuse ??= "the model has changed";
    }
  }

  function minuteSaid(event: NewEvent, fold: FoldProgress): void {
    const key = `${keyOf(event)} ${event.at}`;
    const before = said.get(key);
    const value = Number(event.value);
    const isNext = event.revision === (before === undefined ? 0 : before.revision + 1);
    judge.check(isNext, 22, () => `minute ${key} was said with revision ${event.revision} after ${before?.revision}`);
    judge.check(before?.value !== value, 22, () => `minute ${key} was said to be ${value} twice`);
    const previous = before === undefined ? null : String(before.value);
    judge.check(event.previous === previous, 22, () => `minute ${key} was ${previous}, said is ${event.previous}`);
    said.set(key, { value, revision: event.revision });
    const row = fold.minutes.find(({ series, subject, at }) => series === "presence" && `${subject} ${at}` === key);
    judge.check(row !== undefined, 22, () => `minute ${key} was said and not written`);
    mustBeKnown(keyOf(event), "a minute");
  }

  function rowWritten({ series, subject, at, value, revision }: FoldProgress["minutes"][number]): void {
    if (series !== "presence") return;
    const last = said.get(`${subject} ${at}`);
    const same = last?.value === value && last.revision === revision;
    judge.check(
      same,
      22,
      () => `minute ${subject} ${at} is written as ${value} r${revision}, said was ${JSON.stringify(last)}`,
    );
    rows.set(`${subject} ${at}`, { value, revision });
  }

  /** A space without sensors says nothing, once the process knows that it has none. */
  function mustBeKnown(space: string, what: string): void {
    const lost = lostAt.get(space);
    const hasSensor = hall.eyes.some(({ speaksFor }) => speaksFor.includes(space));
    const isRecent = timeline.now() - Math.max(lost ?? 0, ownedAt) < changeKnownMs;
    judge.check(hasSensor || isRecent, 26, () => `${what} of ${space} was said, which has no sensor`);
  }

  /** `last`: the statement before this commit. Returns the newest one. */
  function instantSaid(event: NewEvent, last: Statement | undefined): Statement {
    const space = keyOf(event);
    const count = Number(event.value);
    const wasLost = timeline.now() - (lostAt.get(space) ?? -Infinity) < 60 * minuteMs;
    if (last !== undefined && !wasLost) {
      judge.check(event.at >= last.at + second, 23, () => `${space} was said at ${last.at} and at ${event.at}`);
      judge.check(count !== last.count, 23, () => `${space} was said to be ${count} twice`);
    }
    mustBeKnown(space, "an instant");
    return { at: event.at, count };
  }

  function motionSaid(event: NewEvent): void {
    const room = event.subject;
    const last = edges.get(room);
    const moves = event.type === "PIR_MOTION";
    judge.check((last?.type === "PIR_MOTION") !== moves, 24, () => `${room} was said to be ${event.type} twice`);
    const rises =
      last === undefined || event.at > last.at || (event.at === last.at && event.revision === last.revision + 1);
    judge.check(rises, 24, () => `the edge of ${room} at ${event.at} follows one at ${last?.at}`);
    edges.set(room, event);
    if (moves || event.revision > 0 || timeline.wall() - changedAt < 60 * minuteMs) return;
    const known = Number(event.key?.split("#")[1]);
    const moved = motions.find(
      ({ entry, observation: { sensor, at, motion } }) =>
        entry.position <= known &&
        motion === true &&
        motionSensors[sensor as "eye_1"] === room &&
        at > event.at - restMs &&
        at <= event.at,
    );
    const isRecent =
      moved !== undefined &&
      hall.eyes.some(({ id, room }) => id === moved.observation.sensor && room === event.subject);
    judge.check(!isRecent, 24, () => `${room} is at rest at ${event.at}, it moved at ${moved?.observation.at}`);
  }

  /** The counts that the last frames of a burst show must have been said, before anything newer comes. */
  function checkClosing(floor: string): void {
    const closing = closings.get(floor);
    if (closing === undefined) return;
    closings.delete(floor);
    const known = closing.foldedAt;
    if (known === null || closing.era !== era || closing.changes !== changes) return;
    if (timeline.now() - Math.max(known, ownedAt) < 5 * minuteMs) return;
    const eyeOf = new Map(closing.hall.eyes.map((eye) => [eye.id, eye]));
    for (const space of new Set(
      closing.hall.eyes.filter((eye) => eye.floor === floor).flatMap((eye) => eye.speaksFor),
    )) {
      const expected = countIn(space, closing.frames, eyeOf);
      const last = stated(space);
      judge.check(
        last?.count === expected,
        23,
        () => `${space} holds ${expected} at ${closing.at}, said is ${JSON.stringify(last)}`,
      );
    }
  }

  function checkMinute(floor: string, minute: number, { entries, hall: { eyes } }: MinuteFact): void {
    const counting = entries.filter(({ acceptedAt }) => acceptedAt <= minute + minuteMs + latenessMs);
    const seen = frames
      .filter(({ floor: of, entry }) => of === floor && counting.includes(entry))
      .map(({ frame }) => frame);
    const range = seen.filter(({ at }) => at >= minute - 8_250 && at < minute + minuteMs + 5_000);
    const expected = minuteReference(range, eyes, minute);
    for (const space of new Set(eyes.filter((eye) => eye.floor === floor).flatMap(({ speaksFor }) => speaksFor))) {
      const last = said.get(`${space} ${minute}`);
      judge.check(
        last?.value === expected.get(space),
        21,
        () =>
          `minute ${minute} of ${space} must be ${expected.get(space) ?? "unknown"}, said is ${last?.value ?? "nothing"}`,
      );
    }
  }

  return {
    logged(at, { body, acceptedAt, floor }) {
      const observation = JSON.parse(body) as Observation;
      const entry: Entry = { position: at, acceptedAt, era, observation };
      if (observation.kind === "motion") motions.push({ entry, observation });
      if (observation.kind === "traffic") doors.logged(at, observation);
      if (observation.kind !== "detections" || floor === null) return;
      if ((closings.get(floor)?.at ?? Infinity) < observation.at) checkClosing(floor);
      logFrame(entry, floor, observation);
    },
    folded(events, duplicates, fold) {
      position = fold.position;
      for (const closing of closings.values()) if (closing.position <= position) closing.foldedAt ??= timeline.now();
      judge.check(duplicates === 0, 27, () => `${duplicates} events of the hall were derived twice`);
      const instants = new Map<string, Statement | undefined>();
      for (const event of events) {
        if (event.type.endsWith("_1MIN")) minuteSaid(event, fold);
        else if (event.type.endsWith("_OCCUPANCY")) {
          const space = keyOf(event);
          instants.set(space, instantSaid(event, instants.get(space) ?? stated(space)));
        } else if (event.type.startsWith("PIR")) motionSaid(event);
        else if (event.type === "TRAFFIC") doors.said(event);
      }
      for (const each of fold.minutes) if (each.organization === organization) rowWritten(each);
      for (const { organization: of, key, value } of fold.subjects) {
        if (of !== organization) continue;
        if (value === null) records.delete(key);
        else records.set(key, value);
      }
    },
    moved(document) {
      excuse("the model changed before it was settled");
      changedAt = timeline.wall();
      changes++;
      const next = hallOfDocument(document);
      const spaces = (each: Hall): Set<string> => new Set(each.eyes.flatMap(({ speaksFor }) => speaksFor));
      for (const space of spaces(hall)) if (!spaces(next).has(space)) lostAt.set(space, timeline.now());
      for (const [space] of lostAt) if (!spaces(next).has(space)) lostAt.set(space, timeline.now());
      if (next.state.door !== hall.state.door) doors.replaced();
      hallMoved(hall.state, next.state);
      hall = next;
    },
    acquired() {
      ownedAt = timeline.now();
    },
    pruned(first) {
      excuse("its log is gone", ({ entries }) => entries[0]!.position < first);
    },
    jumps() {
      excuse("the clock jumped before it was settled");
      era++;
    },
    closed(at, sensor) {
      const floor = hall.eyes.find(({ id }) => id === sensor)?.floor;
      if (floor === undefined || (newest.get(floor) ?? 0) > at) return;
      const own = frames.filter((each) => each.floor === floor && each.frame.at === at);
      const eyes = hall.eyes.filter((eye) => eye.floor === floor).map(({ id }) => id);
      if (
        !eyes.every((eye) => own.some(({ frame }) => frame.sensor === eye)) ||
        timeline.wall() - changedAt < changeKnownMs
      )
        return;
      const latest = eyes.map((eye) => own.findLast(({ frame }) => frame.sensor === eye)!);
      const last = Math.max(...own.map(({ entry }) => entry.position));
      closings.set(floor, {
        at,
        era,
        hall,
        changes,
        frames: latest.map(({ frame }) => frame),
        position: last,
        foldedAt: last <= position ? timeline.now() : null,
      });
    },
    check() {
      for (const floor of Array.from(closings.keys())) checkClosing(floor);
      for (const [floor, minutes] of floors) {
        for (const [minute, fact] of minutes) if (fact.excuse === null) checkMinute(floor, minute, fact);
      }
      for (const [room, { type }] of edges) {
        judge.check(era > 0 || type === "PIR_NO_MOTION", 24, () => `${room} never came to rest`);
      }
      doors.check();
    },
  };
}

/** A late minute; `due`: when it is computed again. */
interface Mark {
  readonly minute: number;
  readonly due: number | null;
}

/** What was last said of the people in a space. */
interface Statement {
  readonly at: number;
  readonly count: number;
}

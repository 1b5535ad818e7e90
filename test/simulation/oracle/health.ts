// The health of sensors and hives as it must be said, worked out from the log as it was committed: each change once, with the
// moment that follows from what was heard, whatever became of the process. It knows nothing of what sensing remembers.

import type { Observation } from "../../../src/model/observation.ts";
import type { NewEvent, NewObservation } from "../../../src/store/acceptance.ts";
import { day, minute, second } from "../profile.ts";
import { hiveOf, organization as hall, type HallState, doorCounter } from "../sensing/hall.ts";
import type { Timeline } from "../timeline.ts";
import type { Judge } from "./judge.ts";
import { type Message, usualGapOf } from "./usual-gap.ts";

export interface HealthFacts {
  /** An observation of any organization was written to the log. */
  logged(position: number, row: NewObservation): void;
  /** A fold was written up to this position, with these events that are new. */
  folded(position: number, events: readonly (readonly [organization: string, event: NewEvent])[]): void;
  /** The hall is another one. */
  moved(from: HallState, to: HallState): void;
  /** A process became the owner. */
  acquired(): void;
  /** At the end of the run. */
  check(): void;
}

interface Said {
  readonly at: number;
  readonly online: boolean;
  readonly silentSince: number | null;
  readonly state: string;
}

/** A sensor or a hive. */
interface Subject {
  readonly name: string;
  readonly heard: Message[];
  readonly said: Said[];
  /** Folded up to this entry of what was heard. */
  folded: number;
  /** Another device hangs there since: from when on is the process's affair. */
  isUnclear: boolean;
}

/** A server that was away for about ten seconds may or may not count as away. */
const [surelyThere, surelyAway] = [8 * second, 12 * second];

export function createHealthFacts(judge: Judge, timeline: Pick<Timeline, "wall" | "jumps">): HealthFacts {
  const subjects = new Map<string, Subject>();
  /** What a sensor said last of motion and of its totals. */
  const words = new Map<string, string>();
  let newest = -Infinity;
  /** What is logged and not folded, after the last one that is. */
  let unfolded: { readonly position: number; readonly at: number }[] = [];
  /** Since when the server listens; and when it may last have been away. */
  let [listening, perhapsAway] = [-Infinity, -Infinity];
  /** When it listened before that, each time up to the last that it logged: what of it is not folded yet is folded by whoever
   * comes next, and tells the silences in it as it would have told them then. */
  const listened: { readonly since: number; readonly until: number }[] = [];
  /** The process became the owner then, and has not folded since: with a slow store that may take longer than being away. */
  let startedAt: number | null = null;

  const subjectOf = (organization: string, kind: string, id: string): Subject => {
    const name = `${organization} ${kind} ${id}`;
    let subject = subjects.get(name);
    if (subject === undefined) {
      subjects.set(name, (subject = { name, heard: [], said: [], folded: 0, isUnclear: false }));
    }
    return subject;
  };

  function isUnprompted(of: string, observation: Observation): boolean {
    if (observation.kind === "motion") {
      const before = words.get(`${of} motion`);
      words.set(`${of} motion`, String(observation.motion));
      return observation.motion === false && before === "false";
    }
    if (observation.kind !== "traffic") return true;
    const { total_in, total_out } = observation;
    if (total_in === undefined && total_out === undefined) return observation.in === 0 && observation.out === 0;
    const before = words.get(`${of} totals`);
    words.set(`${of} totals`, `${total_in} ${total_out}`);
    return before === `${total_in} ${total_out}`;
  }

  /** How long whoever spoke last at that moment could be heard since, without a break, ms. */
  function couldBeHeard(at: number): number {
    const times = [...listened, { since: listening, until: timeline.wall() }];
    return Math.max(...times.map(({ since, until }) => until - Math.max(at, since)));
  }

  /** The silence after the last of these messages that is too long, ms, for somebody who is silent already, or not. */
  function patienceOf(messages: readonly Message[], isSilent: boolean): number {
    const usual = usualGapOf(messages);
    if (usual === null) return day;
    return isSilent ? Math.max(3 * usual, 2 * minute) : Math.max(2 * usual, 30 * second);
  }

  function judgeSaid({ name, heard, said }: Subject, event: NewEvent, now: Said): void {
    const position = Number(event.key!.split("#")[1]);
    const last = said.at(-1);
    judge.check(last === undefined || now.at > last.at, 28, () => `${name} was said at ${last?.at} and at ${now.at}`);
    const { data } = JSON.parse(event.body) as { readonly data: { readonly last_heartbeat: number } };
    if (now.online && now.silentSince === null) {
      const { at = NaN, latest = NaN } = heard.find((each) => each.position === position) ?? {};
      // What was logged late comes after what was told meanwhile.
      const isSo = now.at === Math.max(at, (last?.at ?? -Infinity) + 1);
      judge.check(isSo, 29, () => `${name} was said to be there at ${now.at}, and spoke at ${at}`);
      judge.check(data.last_heartbeat === latest, 29, () => `${name} spoke last at ${latest}, said is ${event.body}`);
      return;
    }
    const before = heard.filter((each) => each.at < now.at && each.position <= position);
    const { latest: at } = before.at(-1) ?? { latest: NaN };
    const isSilent = last?.silentSince !== null;
    const must = at + patienceOf(before, isSilent);
    judge.check(now.at === must, 29, () => `${name} is too silent at ${must}, said is ${event.body}`);
    judge.check(data.last_heartbeat === at, 29, () => `${name} spoke last at ${at}, said is ${event.body}`);
    const told = couldBeHeard(at);
    judge.check(
      told >= must - at,
      29,
      () => `${name} was said to be silent after ${told} ms in which it could be heard`,
    );
  }

  function said(organization: string, event: NewEvent): void {
    const subject = subjectOf(organization, event.type, event.subject);
    const { data } = JSON.parse(event.body) as {
      readonly data: Readonly<Record<string, unknown>> & {
        readonly online: boolean;
        readonly silent_since: number | null;
      };
    };
    const { online, silent_since: silentSince } = data;
    const state = JSON.stringify([online, silentSince !== null, data["stuck_since"], data["clock"]]);
    const now: Said = { at: event.at, online, silentSince, state };
    if (!subject.isUnclear && timeline.jumps() === 0) {
      const { name } = subject;
      judge.check(subject.said.at(-1)?.state !== state, 28, () => `${name} was said to be ${state} twice`);
      judgeSaid(subject, event, now);
    }
    subject.said.push(now);
  }

  /** Whoever spoke again after too long a silence was said to be silent before, if somebody listened meanwhile. */
  function judgeFolded({ name, heard, said: all }: Subject, index: number): void {
    const [message, last] = [heard[index]!, heard[index - 1]];
    const latest = all.at(-1);
    const isKnown =
      latest !== undefined && (latest.at > message.latest || (latest.online && latest.silentSince === null));
    judge.check(isKnown, 29, () => `${name} spoke at ${message.at}, said last is ${JSON.stringify(latest)}`);
    const gap = message.at - (last?.latest ?? message.at);
    if (last === undefined || gap <= 30 * second || perhapsAway >= last.latest) return;
    const must = last.latest + patienceOf(heard.slice(0, index), false);
    const isSaid = message.at <= must || all.some(({ at }) => at === must);
    judge.check(isSaid, 29, () => `${name} was too silent at ${must}, and nobody said so before it spoke again`);
  }

  return {
    logged(position, { organization, body, acceptedAt: at }) {
      newest = Math.max(newest, at);
      unfolded.push({ position, at });
      const observation = JSON.parse(body) as Observation & { readonly sensor?: string; readonly hive?: string };
      const { sensor, hive: named = sensor === undefined ? undefined : hiveOf(sensor) } = observation;
      if (sensor === undefined && named === undefined) return;
      const unprompted = sensor === undefined || isUnprompted(`${organization} ${sensor}`, observation);
      const hear = ({ heard }: Subject): void => {
        heard.push({ position, at, latest: Math.max(at, heard.at(-1)?.latest ?? at), unprompted });
      };
      if (sensor !== undefined) hear(subjectOf(organization, "SENSOR_HEALTH", sensor));
      if (named !== undefined) hear(subjectOf(organization, "HIVE_HEALTH", named));
    },
    folded(position, events) {
      if (startedAt !== null && timeline.wall() - startedAt > surelyThere) perhapsAway = timeline.wall();
      startedAt = null;
      const last = unfolded.findLastIndex((each) => each.position <= position);
      if (last > 0) unfolded = unfolded.slice(last);
      for (const [organization, event] of events) said(organization, event);
      for (const subject of subjects.values()) {
        const { heard } = subject;
        while (subject.folded < heard.length && heard[subject.folded]!.position <= position) {
          if (!subject.isUnclear && timeline.jumps() === 0) judgeFolded(subject, subject.folded);
          subject.folded++;
        }
      }
    },
    moved(from, to) {
      const changed = [
        ...(from.third === to.third ? [] : ["eye_3"]),
        ...(from.second === to.second ? [] : ["eye_2"]),
        ...(from.door === to.door ? [] : [doorCounter]),
      ];
      for (const id of changed) subjectOf(hall, "SENSOR_HEALTH", id).isUnclear = true;
    },
    acquired() {
      const wall = timeline.wall();
      // Whoever logged what is not folded may have come long after whoever folded last, and have ended at once.
      const signs = [...unfolded.map(({ at }) => at), wall];
      if (signs.some((at, index) => index > 0 && at - signs[index - 1]! > surelyThere)) perhapsAway = wall;
      // An organization knows of its own part of the log alone, and of what was folded last.
      if (wall - (unfolded[0]?.at ?? newest) > surelyThere) perhapsAway = wall;
      if (wall - newest > surelyAway) {
        listened.push({ since: listening, until: newest });
        listening = wall;
      }
      startedAt = wall;
    },
    check() {
      if (timeline.jumps() > 0) return;
      for (const { name, heard, said: all, isUnclear } of subjects.values()) {
        const last = heard.at(-1);
        if (last === undefined || isUnclear) continue;
        const silence = timeline.wall() - Math.max(last.latest, listening);
        if (silence < patienceOf(heard, true) + 15 * minute) continue;
        judge.check(
          all.at(-1)?.online === false,
          29,
          () => `${name} was heard at ${last.latest}, and is said to be online`,
        );
      }
    },
  };
}

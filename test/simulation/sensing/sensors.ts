// Sensors that send in bursts: frames, motion, running totals and heartbeats, on time, late, too late and twice; and owners who
// remove, move, replace and return sensors meanwhile.

import { changeOrganization } from "../../../src/store/change-organization.ts";
import type { IngestItem } from "../../../src/ingest/ingest-port.ts";
import type { Process } from "../belfry.ts";
import { operator } from "../clients.ts";
import type { House } from "../fixture.ts";
import type { SensingFacts } from "../oracle/sensing.ts";
import { minute, second } from "../profile.ts";
import type { World } from "../world.ts";
import { doorCounter, hallAtFirst, hallOf, type HallState, hive, motionSensors, organization, spots } from "./hall.ts";

export interface Sensors {
  /** Plans the bursts of the storm, which ends after `ms`; returns when they come. */
  plan(ms: number): readonly number[];
  /** In the calm: everything is as it was at first, and what was open comes to its end. */
  settle(): void;
  /** Requests that wait for an answer. */
  open(): number;
}

type Observation = Readonly<Record<string, unknown>> & { readonly at: number };

/** Observations that go out together, so long after the moment of the last of them, ms. */
interface Parcel {
  readonly observations: readonly Observation[];
  readonly sendAt: number;
}

/** From the begin of a burst until its lateness is over. */
export const burstMs = 10 * minute;

export function createSensors(world: World, house: House, facts: SensingFacts): Sensors {
  const { timeline, judge, profile } = world;
  const random = world.random("sensors");
  let state: HallState = hallAtFirst;
  let total = 65_500;
  let last = 0;
  let open = 0;

  async function send(observations: readonly Observation[], patience: number, isClosing = false): Promise<void> {
    const items: IngestItem[] = observations.map((value) => ({ text: JSON.stringify(value), value }));
    open++;
    const answer = await house.ask(({ acceptor }) => acceptor.observations(items, operator));
    open--;
    if (answer === null || "error" in answer) {
      if (patience === 0) return;
      const pause = random.pick([second, 10 * second, 2 * minute]) * random.between(0.5, 1.5);
      timeline.after(pause, () => void send(observations, patience - 1, isClosing));
      return;
    }
    const { rejected } = answer.result;
    const isAllowed = ({ code }: { readonly code: string }): boolean =>
      code === "UNKNOWN_SENSOR" ||
      (code === "TOO_FAR_IN_FUTURE" && profile.jumps > 0) ||
      code === "SENSOR_WITHOUT_ROOM";
    const strange = rejected.find((each) => !isAllowed(each));
    judge.check(strange === undefined, 1, () => `an observation was rejected: ${strange?.code}`);
    if (isClosing && rejected.length === 0)
      facts.closed(observations.map(({ at }) => at)[0]!, String(observations[0]!["sensor"]));
  }

  /** Everybody of one sensor at one moment, some of them missed and all somewhat misplaced. */
  function frame(sensor: string, at: number, present: readonly boolean[]): Observation {
    const people = spots[sensor]!.filter((_, index) => present[index]! && !random.chance(0.1));
    const off = () => Math.round(random.between(-0.15, 0.15) * 100) / 100;
    const world = people.map(([x, y]) => [x + off(), y + off()]);
    return { kind: "detections", sensor, at, world, ...(random.chance(0.1) && { id: `frame_${++last}` }) };
  }

  /** What one floor's sensors see from `from` (wall) for `ms`. */
  function seen(eyes: readonly string[], from: number, ms: number): Observation[] {
    const all: Observation[] = [];
    const every = random.pick([1.5, 2.5, 2.5, 4]) * second;
    const present = [false, false, false].map(() => random.chance(0.6));
    let changes = from + random.between(0, 40 * second);
    for (let at = from; at < from + ms; at += every) {
      if (at > changes) {
        const one = random.whole(0, 2);
        present[one] = !present[one]!;
        changes = at + random.between(0.2, 40) * second;
      }
      for (const eye of eyes) {
        if (!random.chance(0.05)) all.push(frame(eye, Math.floor(at + random.between(0, second)), present));
      }
    }
    return all;
  }

  function motion(from: number, ms: number): Observation[] {
    return Object.keys(motionSensors).flatMap((sensor) => {
      const times = Array.from({ length: random.whole(0, 4) }, () =>
        Math.floor(from + random.between(0, ms)),
      ).toSorted();
      const reports = times.map((at, index) => ({ kind: "motion", sensor, at, motion: index % 2 === 0 }));
      return reports.length === 0 ? [] : [...reports, { kind: "motion", sensor, at: from + ms, motion: false }];
    });
  }

  function passages(from: number, ms: number): Observation[] {
    const all: Observation[] = [];
    for (let at = from + 5 * second; at < from + ms; at += 20 * second) {
      total += random.pick([0, 0, 1, 2]);
      all.push({ kind: "traffic", sensor: doorCounter, at, total_in: total % 65_536, total_out: 0 });
    }
    return all;
  }

  /** In gateways that send every few seconds; some is late, some too late, some comes twice. */
  function parcels(observations: readonly Observation[]): Parcel[] {
    const gather = random.pick([1, 5, 10]) * second;
    const groups = new Map<number, Observation[]>();
    const put = (each: Observation, delay: number): void => {
      const sendAt = Math.ceil((each.at + delay) / gather) * gather;
      groups.set(sendAt, [...(groups.get(sendAt) ?? []), each]);
    };
    const lateShare = random.pick([0, 0.1, 0.3]);
    for (const each of observations) {
      const isLate = random.chance(lateShare);
      const delay = !isLate
        ? random.between(0, 2 * second)
        : random.chance(0.1) && each["kind"] === "detections"
          ? random.between(5, 7) * minute
          : random.between(0, 4 * minute);
      put(each, delay);
      if (random.chance(0.03)) put(each, delay + random.between(0, minute));
    }
    return [...groups].map(([sendAt, group]) => ({ observations: random.shuffled(group), sendAt }));
  }

  function dispatch(given: readonly Parcel[]): void {
    const wall = timeline.wall();
    for (const { observations, sendAt } of given) {
      timeline.after(Math.max(sendAt - wall, 0), () => void send(observations, 6));
    }
  }

  /** A last frame of all, in one request: the counts stay at what it shows. */
  function close(eyes: readonly string[], at: number): void {
    const present = [0, 1, 2].map(() => random.chance(0.5));
    const frames = eyes.map((eye) => frame(eye, at, present));
    timeline.after(Math.max(at - timeline.wall(), 0), () => void send(frames, 6, true));
  }

  const eyesOf = (floor: string): string[] =>
    hallOf(state)
      .eyes.filter((eye) => eye.floor === floor)
      .map(({ id }) => id);

  function burst(): void {
    const from = Math.floor(timeline.wall());
    const ms = Math.floor(random.between(20 * second, 150 * second));
    const floor = random.pick(["hall_1", "hall_1", "hall_2"]);
    const eyes = eyesOf(floor);
    const who = random.pick([...eyes, doorCounter, hive]);
    const heartbeat = { kind: "heartbeat", ...(who === hive ? { hive } : { sensor: who }), at: from };
    const others = floor === "hall_1" ? [...motion(from, ms), ...passages(from, ms)] : [];
    dispatch(parcels([heartbeat, ...seen(eyes, from, ms), ...others]));
    timeline.after(ms + 2 * second, () => close(eyesOf(floor), Math.floor(timeline.wall())));
  }

  const moves: readonly ((before: HallState) => HallState)[] = [
    (before) => ({ ...before, third: before.third === "room_2" ? random.pick(["room_1", "gone"] as const) : "room_2" }),
    (before) => ({ ...before, second: (before.second + 1) % 4 }),
    (before) => ({ ...before, door: (before.door + 1) % 4 }),
  ];

  function change(to: HallState): void {
    if (to.door !== state.door) total = random.whole(30_000, 60_000);
    state = to;
    world.trace(`hall: ${JSON.stringify(to)}`);
    void house
      .ask((process) => putHall(process, to, Math.floor(timeline.wall())))
      .then((answer) => {
        if (answer === null || "error" in answer) timeline.after(10 * second, () => state === to && change(to));
      });
  }

  return {
    open: () => open,
    plan(ms) {
      const { bursts, moved } = profile.sensing;
      const times = Array.from({ length: bursts }, () => random.between(0, ms));
      for (const time of times) {
        timeline.after(time, burst);
        if (!random.chance(moved)) continue;
        const when = random.pick([-10 * minute, random.between(0, 2 * minute)]);
        timeline.after(Math.max(time + when, 0), () => change(random.pick(moves)(state)));
      }
      return times;
    },
    settle() {
      change({ ...state, third: "room_2" });
      timeline.after(20 * minute, burst);
      // Everybody is heard once more when the motion is over.
      timeline.after(40 * minute, () => {
        for (const floor of ["hall_1", "hall_2"]) close(eyesOf(floor), Math.floor(timeline.wall()));
      });
    },
  };
}

export async function putHall(process: Process, to: HallState, at: number): Promise<void> {
  const { document, places } = hallOf(to);
  await changeOrganization<void>(process.registry, organization, () => ({
    model: { document, places },
    audit: [{ at, actor: "key_1", action: "building_model.put", object: organization, detail: null }],
    result: undefined,
  }));
}

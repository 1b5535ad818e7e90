// What goes wrong, by intention: crashes at chosen moments, stores that fail, receivers that go down one by one, clocks that
// jump, owners that stand still. Stops when the storm is over.

import type { Fault } from "./disk.ts";
import type { Trouble } from "./host.ts";
import type { House } from "./fixture.ts";
import type { SensingFacts } from "./oracle/sensing.ts";
import type { Station } from "./oracle/wire.ts";
import { day, hour, minute, second } from "./profile.ts";
import { type Mood, moods, type Receivers } from "./receivers.ts";
import { burstMs } from "./sensing/sensors.ts";
import type { World } from "./world.ts";

export interface Nemesis {
  readonly trouble: Omit<Trouble, "broke" | "dark">;
  onSend(): void;
  /** The machine has nothing left to connect with; null: it has. */
  shortage(): boolean;
  /** Plans the storm, which ends after `ms`; at the times of `sensed` a burst of sensing begins. */
  plan(house: House, urls: () => readonly string[], ms: number, sensed: readonly number[]): void;
  /** Nothing more goes wrong; receivers answer again, but for those that never will. */
  end(urls: readonly string[]): void;
  /** What the store has needed so far for all that it did slowly, ms. */
  slowMs(): number;
  /** Receivers that never answer. */
  readonly hopeless: ReadonlySet<string>;
}

/** Calls that may be made twice: their answer can be lost. */
const repeatable = new Set(["settle", "spill", "cancel", "readDue", "supersede", "advanceReplay", "cancelReplayed"]);

export function createNemesis(
  world: World,
  receivers: Receivers,
  stations: () => Iterable<Station>,
  sensing: Pick<SensingFacts, "jumps">,
): Nemesis {
  const { profile, timeline } = world;
  const random = world.random("nemesis");
  const store = world.random("store");
  const short = world.random("shortage");
  const strikes = world.random("strikes");
  const hopeless = new Set<string>();
  let storm = false;
  let house: House | null = null;
  /** A crash that waits for its moment. */
  let waiting: { readonly verb: string; readonly durable: boolean; readonly commit: number } | null = null;
  /** What the store has needed for all that it did slowly. */
  let slowMs = 0;
  /** The store hardly works until then, monotonic. */
  let shakyUntil = 0;
  let youngest = 0;
  /** What is done once the next request is on its way. */
  let atNextSend: (() => void)[] = [];

  const trouble: Nemesis["trouble"] = {
    delays(_verbs) {
      const slow = storm && store.chance(profile.store.slow);
      if (slow) world.fault("slow store");
      const service = slow ? store.between(100, 20 * second) : store.between(0.05, 2);
      slowMs += slow ? service : 0;
      return { service, answer: store.between(0.01, 1) };
    },
    fault(life, verbs): Fault | null {
      if (!storm) return null;
      if (life.id !== youngest) {
        youngest = life.id;
        if (store.chance(profile.store.shaky)) shakyUntil = timeline.now() + minute * store.fraction();
      }
      if (timeline.now() < shakyUntil && store.chance(0.4)) return { kind: "busy" };
      if (waiting !== null && verbs.includes(waiting.verb)) {
        const { commit, durable } = waiting;
        waiting = null;
        return { kind: "power", commit, durable };
      }
      const { busy, full, badRow, io } = profile.store;
      const dice = store.fraction();
      const write = store.whole(0, 6);
      if (dice < busy) return { kind: "busy" };
      if (dice < busy + full) return store.chance(0.2) ? { kind: "full-commit" } : { kind: "full", write };
      if (dice < busy + full + badRow) return { kind: "bad-row", write };
      if (dice < busy + full + badRow + io) return { kind: "io", durable: store.chance(0.5) };
      return null;
    },
    struck: (fault) => world.fault(fault.kind === "power" ? "crash at a commit" : `store ${fault.kind}`),
    losesAnswer(verbs) {
      if (!storm || !store.chance(profile.store.lost) || !verbs.every((verb) => repeatable.has(verb))) return false;
      world.fault("lost answer");
      return true;
    },
  };

  function crash(): void {
    const way = random.fraction();
    if (way < 0.3) {
      world.fault("crash");
      house?.dark();
    } else if (way < 0.5) {
      atNextSend.push(() => {
        world.fault("crash in flight");
        house?.dark();
      });
    } else {
      const verb = random.pick([
        "accept",
        "accept",
        "settle",
        "settle",
        "spill",
        "acquire",
        "change",
        "cancel",
        "appendObservations",
        "appendObservations",
      ]);
      waiting = { verb, durable: random.chance(0.5), commit: random.pick([0, 0, 1]) };
    }
  }

  function jump(): void {
    const ms = random.pick([-day, day, -hour, hour, -10 * minute, 30 * second]) * random.between(0.9, 1);
    world.fault("clock jump");
    world.trace(`jump ${ms}`);
    for (const station of stations()) station.time.jumped();
    sensing.jumps();
    timeline.jump(Math.round(ms));
    for (const station of stations()) station.time.jumped();
  }

  /** Some receivers go down one by one and come back in another order. */
  function outage(urls: readonly string[]): void {
    const some = random.shuffled(urls).slice(0, random.whole(1, 3));
    const mood = random.pick(moods);
    for (const url of some) {
      const until = random.pick([minute, 10 * minute, hour, 10 * hour, day]) * random.between(0.5, 1.5);
      const comeback = random.chance(0.5) ? timeline.wall() + until : undefined;
      timeline.after(random.between(0, until / 2), () => {
        if (!storm || hopeless.has(url)) return;
        world.fault(`receiver ${mood}`);
        receivers.setMood(url, mood, comeback);
      });
      timeline.after(until, () => {
        if (storm && !hopeless.has(url)) receivers.setMood(url, "well");
      });
    }
  }

  return {
    trouble,
    hopeless,
    slowMs: () => slowMs,
    onSend() {
      const acts = atNextSend;
      atNextSend = [];
      for (const act of acts) {
        timeline.after(random.pick([0, 1, 100, second]) * random.fraction(), () => {
          if (storm) act();
        });
      }
    },
    shortage() {
      if (!storm || !short.chance(profile.shortage)) return false;
      world.fault("no sockets");
      return true;
    },
    plan(where, urls, ms, sensed) {
      house = where;
      storm = true;
      const times = (count: number, act: () => void) => {
        for (let time = 0; time < count; time++) timeline.after(random.between(0, ms), act);
      };
      times(profile.crashes, crash);
      times(profile.jumps, jump);
      times(profile.outages, () => outage(urls()));
      const sometimesInFlight = (act: () => void) => () => {
        if (random.chance(0.7)) atNextSend.push(act);
        else act();
      };
      const takeOver = () => {
        world.fault("takeover");
        where.takeOver(random.pick([0, second, minute, hour]) * random.fraction());
      };
      const restart = () => {
        world.fault("restart");
        where.restart();
      };
      times(profile.takeovers, sometimesInFlight(takeOver));
      times(profile.restarts, sometimesInFlight(restart));
      const acts = [crash, crash, crash, restart, takeOver, ...(profile.jumps > 0 ? [jump] : [])];
      for (const time of sensed) {
        for (let each = 0; each < 2; each++) {
          if (strikes.chance(profile.sensing.struck)) {
            timeline.after(
              time + strikes.between(0, burstMs) * strikes.fraction(),
              () => storm && strikes.pick(acts)(),
            );
          }
        }
      }
      for (const url of urls()) {
        if (!random.chance(0.08)) continue;
        hopeless.add(url);
        receivers.setMood(url, random.pick(["hang", "refuse", "error", "reset"] satisfies Mood[]));
      }
    },
    end(urls) {
      storm = false;
      waiting = null;
      atNextSend = [];
      for (const url of urls) if (!hopeless.has(url)) receivers.setMood(url, "well");
    },
  };
}

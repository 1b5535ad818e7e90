// One seed: a house is built, a storm passes over it, and then four calm days. The same seed gives the same run, step for
// step, and the same verdict.

import { hash } from "node:crypto";
import { createSeededRandom } from "../../src/simulator/random.ts";
import type { Life } from "./host.ts";
import { createClients } from "./clients.ts";
import { createHouse, type House } from "./fixture.ts";
import { createNemesis } from "./nemesis.ts";
import { createOffers } from "./offers.ts";
import { createAlertFacts } from "./oracle/alerts.ts";
import { createHealthFacts } from "./oracle/health.ts";
import { createIdleCheck } from "./oracle/idle.ts";
import { createJudge, type Violation } from "./oracle/judge.ts";
import { createLedgerFacts, type LedgerFacts } from "./oracle/ledger.ts";
import {
  checkDatabase,
  checkJitter,
  checkMemory,
  checkOwed,
  checkRequests,
  checkSecrets,
  checkTests,
  type Finished,
} from "./oracle/verdict.ts";
import { checkNumbers } from "./oracle/told-numbers.ts";
import { createSensingFacts } from "./oracle/sensing.ts";
import { createWire, type Station, type Wire } from "./oracle/wire.ts";
import { createOwners } from "./owners.ts";
import { type Case, cases, day, drawProfile, hour, minute, second } from "./profile.ts";
import { createReceivers } from "./receivers.ts";
import { createSensors } from "./sensing/sensors.ts";
import { alertPace } from "./telling.ts";
import { createTimeline, installTimeline, mostSteps } from "./timeline.ts";
import { createWorld, marker } from "./world.ts";

export interface RunReport {
  readonly seed: number;
  readonly violation: Violation | null;
  /** The last lines before the violation. */
  readonly lines: readonly string[];
  readonly trace: string;
  readonly steps: number;
  readonly deliveries: number;
  readonly attempts: number;
  readonly subscriptions: number;
  readonly faults: Readonly<Record<string, number>>;
  /** Failures, ends of them and disabled subscriptions that somebody was told of. */
  readonly alerts: number;
}

export interface RunOptions {
  readonly days: number;
  /** Keeps all lines of the trace. */
  readonly verbose?: boolean;
  readonly kind?: Case | null;
}

const calmDays = 4;

export async function runSeed(seed: number, { days, verbose = false, kind = null }: RunOptions): Promise<RunReport> {
  const timeline = createTimeline(createSeededRandom(`${seed} timeline`));
  const drawn = drawProfile(createSeededRandom(`${seed} profile`));
  const profile = kind === null ? drawn : cases[kind](drawn);
  const timers = createSeededRandom(`${seed} timers`);
  const start = timeline.now();
  const judge = createJudge(() => timeline.now() - start);
  const world = createWorld(seed, profile, timeline, judge, start);
  const chance = world.random("chance");
  const uninstall = installTimeline(timeline, chance.fraction, () =>
    timers.chance(0.1) ? timers.between(0, profile.lateness) : timers.between(-0.9, 1),
  );

  let house!: House;
  let wire!: Wire;
  const stations = new Map<Life, Station>();
  const offers = createOffers(world.random("offers"));
  const health = createHealthFacts(judge, timeline);
  const sensing = createSensingFacts(judge, timeline, health.moved);
  const ledger: LedgerFacts = createLedgerFacts(
    judge,
    offers,
    profile.settings,
    () => wire,
    () => house.host.disk.truth,
    timeline.now,
    sensing,
    health,
    profile.jumps === 0,
  );
  const patience = profile.settings.heartbeatMs < day ? profile.settings.heartbeatMs + 2 * hour : 2 * hour;
  wire = createWire({
    timeline,
    judge,
    ledger,
    settings: profile.settings,
    stations,
    patience,
    marker,
    ordered: profile.jumps === 0,
  });
  const receivers = createReceivers(timeline, world.random("receivers"));
  const nemesis = createNemesis(world, receivers, () => stations.values(), sensing);
  const { trouble, onSend, shortage } = nemesis;
  const alerts = createAlertFacts({
    judge,
    now: timeline.now,
    pace: alertPace,
    laneOf: (id) => [...ledger.subscriptions.values()].find((each) => each.id === id)?.number,
  });
  house = createHouse({ world, ledger, wire, receivers, stations, trouble, onSend, shortage, alerts });
  const { settings, lateness } = profile;
  const idle = createIdleCheck({ timeline, judge, ledger, wire, settings, lateness, slowMs: nemesis.slowMs });
  timeline.atRest = () => {
    const process = house.process();
    if (process !== null) idle.atRest(process);
  };
  const owners = createOwners(world, house, ledger, wire);
  const clients = createClients(world, house, offers);
  const sensors = createSensors(world, house, sensing);
  const over = () => judge.violation() !== null || timeline.steps() > mostSteps;
  const pass = (ms: number) => timeline.runUntil(timeline.now() + ms, over);

  try {
    const ready = house.opened().then(owners.settleIn);
    house.boot();
    await within(hour, ready);

    nemesis.plan(house, owners.urls, days * day, sensors.plan(days * day));
    owners.plan(days * day, clients.plan(days * day));
    await pass(days * day);
    await calmDown();
    await pass(calmDays * day);
    if (timeline.steps() > mostSteps) judge.fail(15, `the run took more than ${mostSteps} steps`);
    if (judge.violation() === null) conclude();
  } finally {
    uninstall();
    house.host.disk.close();
  }

  /** The storm is over: whatever is down comes up, owners mend what they had switched off, and a last burst is sent. */
  async function calmDown(): Promise<void> {
    world.trace("calm");
    nemesis.end(owners.urls());
    house.calm = true;
    house.boot();
    await timeline.runUntil(timeline.now() + 2 * hour, () => over() || house.process() !== null);
    const process = house.process();
    if (process === null) return judge.fail(15, "nothing answers after the storm");
    if (world.random("end").chance(0.7)) await within(minute, owners.enableAll(process));
    for (const { number, state } of ledger.deliveries.values()) {
      if (state === "quarantined") await within(minute, process.resend(number));
    }
    wire.calmSince = timeline.now();
    sensors.settle();
    for (let each = 0; each < 3; each++) {
      timeline.after(each * hour, owners.oweAgain);
      for (const later of [0, 1, 2]) timeline.after(each * hour + later * second, clients.burst);
    }
  }

  async function within(ms: number, work: Promise<unknown>): Promise<void> {
    let done = false;
    work.then(
      () => (done = true),
      (error: unknown) => judge.fail(15, String(error)),
    );
    await timeline.runUntil(timeline.now() + ms, () => done || over());
    judge.check(done, 15, () => `nothing came of it within ${ms} ms`);
  }

  function conclude(): void {
    const process = house.process();
    if (process === null) return judge.fail(15, "nothing answers at the end");
    const finished: Finished = { judge, timeline, ledger, wire, offers, truth: house.host.disk.truth, marker };
    const { time } = wire.stationOf(process.life);
    const open = clients.open() + sensors.open();
    judge.check(open === 0, 15, () => `${open} requests were never answered`);
    sensing.check();
    health.check();
    ledger.replays.check(timeline.jumps() === 0);
    checkOwed(finished, time, patience);
    checkRequests(finished);
    checkTests(finished);
    checkDatabase(finished);
    checkMemory(finished, process);
    checkNumbers(finished, { monotonic: timeline.now });
    checkJitter(finished);
    checkSecrets(finished);
    if (!profile.tells) return;
    const lanes = [...ledger.subscriptions.keys()].map((number) => ({
      number,
      status: process.dispatcher.lane(number),
    }));
    alerts.check(process.life, lanes);
  }

  const violation = judge.violation();
  return {
    seed,
    violation,
    lines: verbose ? world.lines : violation === null ? [] : world.lines.slice(-40),
    trace: hash("sha256", world.lines.join("\n"), "hex").slice(0, 16),
    steps: timeline.steps(),
    deliveries: ledger.deliveries.size,
    attempts: wire.flights.length,
    subscriptions: owners.made(),
    faults: Object.fromEntries(world.faults),
    alerts: alerts.count(),
  };
}

// Where processes live: starts one, kills it, stops it in order, freezes it while another takes over. At any time at most
// one of them answers requests.

import type { Log } from "../../src/log.ts";
import { failed } from "../../src/delivery/client/outcome.ts";
import type { Outcome } from "../../src/model/attempt.ts";
import type { Change, ChangeResult } from "../../src/store/registry.ts";
import { createVault } from "../../src/store/vault.ts";
import { systemClock } from "../../src/clock.ts";
import { clockOf, createProcess, type Process } from "./belfry.ts";
import { createHost, type Host, type Life, type Trouble } from "./host.ts";
import { createEngineTime } from "./oracle/engine-time.ts";
import type { AlertFacts } from "./oracle/alerts.ts";
import type { LedgerFacts } from "./oracle/ledger.ts";
import type { Station, Wire } from "./oracle/wire.ts";
import { minute, second } from "./profile.ts";
import type { Receivers } from "./receivers.ts";
import { marker, type World } from "./world.ts";
import { notingLog } from "../fixtures/noted-log.ts";

export interface House {
  readonly host: Host;
  /** The process that answers requests, if there is one. */
  process(): Process | null;
  /** Runs a request of a client; null: there is nobody, or the connection broke before the answer. */
  ask<Result>(
    work: (process: Process) => Promise<Result>,
  ): Promise<{ readonly result: Result } | { readonly error: unknown } | null>;
  boot(): void;
  kill(life: Life, why: string): void;
  /** SIGTERM, and a start afterwards. */
  restart(): void;
  /** The process stands still, another becomes the owner, and after `ms` the first one goes on. */
  takeOver(ms: number): void;
  /** The power is gone: nothing is left but what was committed. */
  dark(): void;
  /** Resolves when the process works; called once, at the beginning. */
  opened(): Promise<Process>;
  /** Nothing goes wrong any more. */
  calm: boolean;
  stations(): Iterable<Station>;
}

export interface HouseDeps {
  readonly world: World;
  readonly ledger: LedgerFacts;
  readonly wire: Wire;
  readonly receivers: Receivers;
  readonly stations: Map<Life, Station>;
  readonly trouble: Omit<Trouble, "broke" | "dark">;
  /** A request is on its way: the nemesis may want to strike now. */
  readonly onSend: () => void;
  readonly shortage: () => boolean;
  readonly alerts: AlertFacts;
}

interface Living {
  readonly process: Process;
  readonly life: Life;
  held: (() => void)[] | null;
  /** Breaks the connections of clients. */
  readonly cut: Set<() => void>;
  answers: boolean;
}

export function createHouse(deps: HouseDeps): House {
  const { world, wire, ledger, stations, alerts } = deps;
  const { timeline, judge } = world;
  const random = world.random("house");
  const vault = createVault(random.bytes(32), { bytes: random.bytes, fraction: random.fraction });
  let current: Living | null = null;
  /** Frozen, or thawed and not yet aware that it has lost. */
  const others = new Set<Living>();
  let lives = 0;
  let onOpened: ((process: Process) => void) | null = null;

  const host = createHost({
    timeline,
    random,
    vault,
    clock: systemClock,
    committed(deeds) {
      for (const { verb, life } of deeds) world.trace(`commit p${life.id} ${verb}`);
      ledger.committed(deeds);
    },
    trouble: {
      ...deps.trouble,
      broke(life) {
        world.trace(`p${life.id} store broken`);
        timeline.after(random.between(0, 50), () => kill(life, "store broken"));
      },
      dark: () => house.dark(),
    },
  });

  function storeOf(life: Life): ReturnType<typeof host.open> {
    const { ledger, ...others } = host.open(life);
    const markStarted: typeof ledger.markStarted = (epoch, deliveries) => {
      wire.marking(life, deliveries);
      return ledger.markStarted(epoch, deliveries);
    };
    return { ledger: { ...ledger, markStarted }, ...others };
  }

  function live(): Living {
    let living!: Living;
    const bare = {
      id: ++lives,
      dead: false,
      fenced: false,
      gate:
        <Given extends readonly unknown[]>(then: (...given: Given) => void) =>
        (...given: Given) => {
          if (living.life.dead) return;
          if (living.held === null) then(...given);
          else living.held.push(() => then(...given));
        },
    };
    const life: Life = Object.assign(bare, { clock: clockOf(bare) });
    const station: Station = {
      life,
      time: createEngineTime(timeline),
      flights: new Set(),
      manners: new Map(),
      dangerous: new Set(),
      gone: new Set(),
      youngest: new Map(),
      tried: new Map(),
      marked: new Set(),
      marking: new Map(),
      shortAt: new Map(),
      isRecovering: false,
      passed: new Map(),
      postponed: new Set(),
      stopping: false,
      endedAt: Infinity,
    };
    stations.set(life, station);
    const process = createProcess({
      life,
      store: storeOf(life),
      random: world.random(`process ${life.id}`),
      send: (request) =>
        new Promise<Outcome>((resolve) => {
          if (life.dead) return;
          if (request.headers.some(([name]) => name === "belfry-test")) {
            wire.tested(request);
            return deps.receivers.send(request, { arrived: () => {}, ended: life.gate(resolve) });
          }
          if (deps.shortage()) {
            wire.postponed(life, request);
            return resolve(failed("local_shortage", "no file left", 0));
          }
          const flight = wire.started(life, request);
          if (flight === null) return;
          world.trace(
            `p${life.id} send delivery_${flight.delivery.number} #${flight.attempt} lane ${flight.delivery.lane}`,
          );
          deps.receivers.send(request, {
            arrived: () => wire.arrived(flight),
            ended: life.gate((outcome, retryAfterMs) => {
              wire.told(flight, outcome, retryAfterMs);
              alerts.ended(life, flight.delivery.lane, outcome.code === "delivered");
              world.trace(
                `p${life.id} told delivery_${flight.delivery.number} #${flight.attempt} ${outcome.code} ${outcome.status}`,
              );
              resolve(outcome);
            }),
          });
          deps.onSend();
        }),
      settings: world.profile.settings,
      janitor: world.profile.janitor,
      log: logOf(life),
      onFailed(error) {
        world.trace(`p${life.id} failed: ${String(error)}`);
        if (!life.fenced)
          judge.fail(15, `delivery of process ${life.id} failed: ${String((error as Error)?.stack ?? error)}`);
        timeline.after(random.between(0, second), () => kill(life, "delivery failed"));
      },
      onChange,
      onOpened: (lane) => wire.opened(life, lane),
      onAlert: world.profile.tells ? (body) => alerts.told(life, body) : null,
    });
    living = { process, life, held: null, cut: new Set(), answers: false };
    return living;
  }

  async function onChange(change: Change, write: () => Promise<ChangeResult>): Promise<ChangeResult> {
    const lanes = new Map([
      ...(change.put ?? []).map((put) => [put.number, put] as const),
      ...(change.remove ?? []).map((lane) => [lane, null] as const),
    ]);
    ledger.announce(change);
    for (const [lane, to] of lanes) wire.changing(lane, to);
    for (const lane of lanes.keys()) alerts.changed(lane);
    try {
      const result = await write();
      for (const [lane, to] of lanes) {
        wire.changed(lane, result.status === "done" ? to : (ledger.subscriptions.get(lane) ?? null));
      }
      return result;
    } catch (error) {
      for (const lane of lanes.keys()) {
        const versions = wire.known(lane);
        // Whatever is written is known to the process before long.
        timeline.after(5 * minute, () => {
          if (wire.known(lane) === versions) wire.changed(lane, ledger.subscriptions.get(lane) ?? null);
        });
      }
      throw error;
    }
  }

  function logOf(life: Life): Log {
    const told = new Map<unknown, string>();
    return notingLog(({ level, event, facts, sentence }) => {
      const { err } = facts as { readonly err?: Error };
      const text = `${event} ${sentence} ${err === undefined ? JSON.stringify(facts) : `${err.name}: ${err.message}`}`;
      judge.check(!text.includes(marker) && !text.includes("whsec_"), 11, () => `the log carries a secret: ${text}`);
      if (event === "lane.backing_off" || event === "lane.open") {
        const { subscription } = facts;
        judge.check(told.get(subscription) !== event, 15, () => `${event} is told twice of ${String(subscription)}`);
        told.set(subscription, event);
      }
      if (level === "warn" || level === "error") world.trace(`p${life.id} ${level}: ${text}`);
      const isOurs = err instanceof TypeError || err instanceof RangeError || err instanceof ReferenceError;
      judge.check(!isOurs || text.includes("no table takes"), 15, () => err?.stack ?? text);
    }, true);
  }

  function boot(): void {
    if (current !== null) return;
    const living = live();
    current = living;
    world.trace(`p${living.life.id} starts`);
    living.process.start().then(
      () => {
        if (living.life.dead || current !== living) return;
        wire.reread();
        living.answers = true;
        world.trace(`p${living.life.id} answers, epoch ${living.process.dispatcher.epoch().number}`);
        onOpened?.(living.process);
        onOpened = null;
      },
      (error: unknown) => {
        world.trace(`p${living.life.id} could not start: ${String(error)}`);
        kill(living.life, "could not start");
      },
    );
  }

  function loses(life: Life): void {
    const station = stations.get(life)!;
    station.endedAt = Math.min(station.endedAt, timeline.now());
  }

  function end(living: Living): void {
    living.life.dead = true;
    living.answers = false;
    loses(living.life);
    for (const cut of living.cut) cut();
    living.cut.clear();
    others.delete(living);
  }

  function kill(life: Life, why: string): void {
    if (life.dead) return;
    world.trace(`p${life.id} ends: ${why}`);
    if (current?.life === life) {
      for (const other of others) end(other);
      end(current);
      current = null;
      host.crash();
      // Mostly soon, sometimes after a night.
      const pause = house.calm
        ? second
        : random.pick([0, second, 5 * second, minute, 10 * minute, 600 * minute, 600 * minute]);
      timeline.after(pause * random.between(0.5, 1.5), boot);
      return;
    }
    for (const other of others) if (other.life === life) end(other);
  }

  const house: House = {
    host,
    calm: false,
    process: () => (current?.answers === true ? current.process : null),
    stations: () => stations.values(),
    boot,
    kill,
    dark() {
      if (current !== null) kill(current.life, "power cut");
    },
    async ask(work) {
      const living = current;
      if (living === null || !living.answers) return null;
      const cut = Promise.withResolvers<null>();
      const leave = () => cut.resolve(null);
      living.cut.add(leave);
      const answer = work(living.process).then(
        (result) => ({ result }),
        (error: unknown) => ({ error }),
      );
      const heard = await Promise.race([answer, cut.promise]);
      living.cut.delete(leave);
      return heard;
    },
    restart() {
      const living = current;
      if (living === null || !living.answers) return;
      living.answers = false;
      const { process, life } = living;
      world.trace(`p${life.id} stops`);
      const onLast = () => {
        stations.get(life)!.stopping = true;
      };
      process.stop(onLast).then(
        () => kill(life, "stopped"),
        (error: unknown) => judge.fail(15, `the stop failed: ${String(error)}`),
      );
    },
    takeOver(ms) {
      const living = current;
      if (living === null || !living.answers) return;
      const { life } = living;
      world.trace(`p${life.id} stands still`);
      life.fenced = true;
      loses(life);
      living.held = [];
      living.answers = false;
      for (const cut of living.cut) cut();
      living.cut.clear();
      others.add(living);
      current = null;
      boot();
      timeline.after(ms, () => {
        if (life.dead) return;
        world.trace(`p${life.id} goes on`);
        const held = living.held ?? [];
        living.held = null;
        for (const each of held) each();
      });
    },
    opened: () => new Promise((resolve) => (onOpened = resolve)),
  };
  return house;
}

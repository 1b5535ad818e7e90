// From open matters to durable alerts: a loop that looks every few seconds as long as anything is open, and sleeps else. What it
// could not write it writes again; until an alert is durable nothing is told of it.

import type { Clock } from "../clock.ts";
import { type BackgroundLoop, type BackgroundOptions, createBackgroundLoop } from "../delivery/background-loop.ts";
import type { Log } from "../log.ts";
import { acceptAlerts, type AcceptAlertsDeps, type NewAlert } from "./accept-alerts.ts";
import { takers } from "./audiences.ts";
import { alertBody } from "./body.ts";
import { describe, type Described, type Known } from "./describe.ts";
import { createDigest, type Message } from "./digest.ts";
import { markTold, toTell } from "./matters.ts";
import type { OpenMatters } from "./open-matters.ts";
import type { AlertKind } from "../model/alert.ts";
import { stateOf } from "../model/subscription.ts";
import type { AlertPace } from "./problems.ts";
import type { Targets } from "./targets.ts";

export interface TellerDeps extends AcceptAlertsDeps {
  readonly clock: Clock;
  readonly log: Log;
  readonly known: Known;
  readonly matters: OpenMatters;
  readonly targets: Targets;
  readonly pace: AlertPace;
  readonly newEventId: () => string;
  /** What is wrong already when somebody begins to have alerts [take-up.ts]. */
  readonly takeUp: () => Promise<void>;
  readonly keepTrying: () => boolean;
}

export interface Teller extends BackgroundLoop {
  /** What is wrong already may be more than was taken up. */
  takeUpAgain(): void;
}

export function createTeller(deps: TellerDeps): Teller {
  const { clock, log, known, matters, targets, pace } = deps;
  let digest = createDigest(pace);
  let isTakenUp = false;

  async function add(described: Described, kind: AlertKind, isRepeat: boolean): Promise<boolean> {
    const item = await describe(described, { kind, isRepeat }, known);
    if (item !== null) digest.add(item, targets.audiences());
    return item !== null;
  }

  async function collectMatters(): Promise<void> {
    for (const matter of matters.matters()) {
      const telling = toTell(matter, clock.monotonic(), pace);
      if (telling === null || isHeld(matter.subject.number, telling.kind)) continue;
      if (await add({ ...matter }, telling.kind, telling.isRepeat)) markTold(matter, clock.monotonic());
      else matters.forget(matter);
    }
  }

  async function collectNotices(): Promise<void> {
    for (const notice of matters.notices()) {
      const at = clock.monotonic();
      if (notice.count === 0 || at - notice.toldAt < pace.windowMs) continue;
      const { key, kind, subject, at: since, count } = notice;
      const facts = kind === "delivery.exhausted" ? { deliveries: count, ...notice.facts } : notice.facts;
      notice.count = 0;
      notice.toldAt = at;
      if (!(await add({ key, subject, since, facts }, kind, false))) matters.forget(notice);
    }
  }

  /** Its owner has paused or disabled it, and knows. */
  function isHeld(lane: number, kind: AlertKind): boolean {
    const subscription = kind === "subscription.failing" ? known.subscription(lane) : undefined;
    return subscription !== undefined && stateOf(subscription) !== "active";
  }

  async function write(): Promise<void> {
    const due = digest.due(targets.audiences(), clock.monotonic());
    for (const [home, messages] of Map.groupBy(due, ({ audience }) => audience.home)) {
      const now = clock.now();
      const alerts = messages.map((message) => alertOf(message, deps.newEventId(), now));
      const written = await acceptAlerts(deps, home, alerts, now);
      for (const message of messages) {
        if (written === null) digest.drop(message);
        else digest.sent(message);
      }
      if (written === null) continue;
      for (const { body, targets: to } of alerts) {
        const facts = { organization: home, kind: body.kind, count: body.count, event_id: body.id, targets: to.length };
        log.info("alert.told", facts, "An alert is on its way to those who asked for it.");
      }
    }
  }

  async function step(): Promise<number | null> {
    if (!targets.isAny()) {
      matters.clear();
      digest = createDigest(pace);
      isTakenUp = false;
      return null;
    }
    if (!isTakenUp) {
      isTakenUp = true;
      await deps.takeUp().catch((error: unknown) => {
        isTakenUp = false;
        throw error;
      });
    }
    await collectMatters();
    await collectNotices();
    await write();
    const isLeft = matters.tidy();
    return isLeft || !digest.isEmpty() ? pace.settleMs / 2 : null;
  }

  const { keepTrying } = deps;
  const backoffMs = { first: pace.settleMs / 2, most: 60_000 };
  const options: BackgroundOptions = { clock, log, backoffMs, keepTrying, onFailed: () => {} };
  const loop = createBackgroundLoop(step, "Alerts could not be written. Trying again.", options);
  return { ...loop, takeUpAgain: () => void (isTakenUp = false) };
}

function alertOf({ audience, kind, items }: Message, id: string, now: number): NewAlert {
  const [first] = items;
  const subject = items.length === 1 ? first!.id : audience.home;
  return { body: alertBody(id, items, now), subject, targets: takers(audience, kind) };
}

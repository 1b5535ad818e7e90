// Who goes next: round robin over organizations, then over their lanes, within the caps. Lanes that cannot start stand in
// no ring, so a decision never walks past them, however many there are and however much they are owed.

import { createLinkedList, append, remove } from "../structures/linked-list.ts";
import {
  byKind,
  type Host,
  type HostShare,
  inFlightAt,
  isHostFull,
  type Kind,
  kinds,
  type Lane,
  type OrganizationSlots,
  type OrganizationQueue,
} from "./lane.ts";
import { firstClass, waitingRows } from "./buffer.ts";
import { createSharedSlots } from "./shared-slots.ts";
import { countStart } from "./throttle.ts";
import { ownReason, type SlotReason } from "./why-idle.ts";
import type { DeliverySettings } from "../settings.ts";

/** What the schedule remembers of an attempt in flight. */
export interface Slot {
  readonly lane: Lane;
  /** As they were when it began: a subscription may change meanwhile. */
  readonly organization: OrganizationSlots;
  readonly host: HostShare;
  /** Not of a live delivery. */
  readonly lower: boolean;
  /** The lane's, when it began. */
  readonly endpointChanges: number;
  /** Monotonic ms. */
  readonly startedAt: number;
  /** Counts against the part of the slots that slow and unknown lanes may hold. */
  slow: boolean;
  ended: boolean;
}

export interface Scheduler {
  /** Puts the lane where it belongs after anything about it has changed; `at`: monotonic ms. */
  place(lane: Lane, at: number): void;
  /** Takes it out of everything, before its organization or host changes. */
  withdraw(lane: Lane): void;
  /** The lane that starts next; it must. Null: none can. `at`: monotonic ms. */
  pick(at: number): Lane | null;
  /** Why the lane may not take a slot now, whatever waits in it; null: it may. */
  slotReason(lane: Lane): SlotReason | null;
  /** `lower`: with a retry or a replay. */
  started(lane: Lane, lower: boolean): Slot;
  /** The outcome is there: the slots of lane, organization and host are free. */
  ended(slot: Slot): void;
  /** Something at the host has ended, or an organization has left it: lanes that wait for it may go on. */
  wake(host: Host): void;
  /** Lanes stand in the rounds: they would start if there were room. */
  hasReady(): boolean;
  /** Only quick lanes may start. */
  isSlowFull(): boolean;
  /** Attempts in flight that count as slow, for the figures. */
  slow(): number;
}

type Settings = Pick<DeliverySettings, "caps" | "slowMs" | "slowShare" | "lowerShare">;

/** `shared`: with the other dispatchers of the process, of which `part` is that of this one. */
export function createScheduler(
  settings: Settings,
  monotonic: () => number,
  shared = createSharedSlots({ hostCap: settings.caps.host }),
  part = shared.join(),
): Scheduler {
  const { caps } = settings;
  const rounds = byKind(() => createLinkedList<OrganizationQueue>());
  const slowMost = Math.max(Math.floor(caps.overall * settings.slowShare), 1);
  const lowerMost = Math.max(Math.floor(caps.overall * settings.lowerShare), 1);
  const engineLowerEvery = Math.max(Math.round(1 / settings.lowerShare), 1);
  /** Attempts of quick lanes, oldest first: which of them have become slow is seen at the head. */
  let young: Slot[] = [];
  let youngHead = 0;
  let slow = 0;
  let lower = 0;
  let starts = 0;
  /** Hosts whose free slot was offered to one lane while others wait for it. */
  const offered = new Set<Host>();

  part.slow = () => slow;
  part.lower = () => lower;
  /** Slow attempts hold all that they may, over all dispatchers. */
  const isSlowFull = (): boolean => slow + shared.others(part, "slow") >= slowMost;

  const hasSlot = (lane: Lane): boolean =>
    lane.organization.inFlight < caps.organization && (lane.quick || !isSlowFull());

  function enter(lane: Lane, kind: Kind): void {
    const queue = lane.organization.queues[kind];
    lane.kind = kind;
    append(queue.lanes, lane);
    if (queue.list === null && lane.organization.inFlight < caps.organization) append(rounds[kind], queue);
  }

  function leave(lane: Lane): void {
    remove(lane);
    if (lane.kind === null) {
      if (lane.host.waiting.head === null) remove(lane.host);
      return;
    }
    const queue = lane.organization.queues[lane.kind];
    lane.kind = null;
    if (queue.lanes.head === null) remove(queue);
  }

  /** Lets lanes that wait for the host back into their rounds, the organizations in turn, until one of them can use its free
   * slot. */
  function wake(host: Host): void {
    if (inFlightAt(host) >= shared.hostCap) return;
    let share = host.waiting.head;
    while (share !== null) {
      const next = share.after;
      const lane = isHostFull(share, shared.hostCap) ? null : share.waiting.head;
      if (lane !== null) {
        remove(lane);
        remove(share);
        if (share.waiting.head !== null) append(host.waiting, share);
        enter(lane, kindOf(lane));
        if (hasSlot(lane)) {
          if (host.waiting.head !== null) offered.add(host);
          return;
        }
      }
      share = next ?? (lane === null ? null : host.waiting.head);
    }
  }

  function waitForHost(lane: Lane): void {
    const { host: share } = lane;
    append(share.waiting, lane);
    if (share.list === null) append(share.host.waiting, share);
  }

  /** Other slots have run out: lanes to which a host's slot was offered may not be able to use it any more. */
  function offerAgain(): void {
    const hosts = [...offered];
    offered.clear();
    for (const host of hosts) wake(host);
  }

  function withdraw(lane: Lane): void {
    if (lane.list === null) return;
    leave(lane);
    wake(lane.host.host);
  }

  function place(lane: Lane, at: number): void {
    if (waitingRows(lane.buffer) === 0 || ownReason(lane, at) !== null) return withdraw(lane);
    if (lane.list === lane.host.waiting) return;
    const kind = kindOf(lane);
    if (lane.kind === kind) return;
    leave(lane);
    enter(lane, kind);
    if (!hasSlot(lane)) wake(lane.host.host);
  }

  /** Quick attempts that have run for too long since: they count as slow from now on. */
  function countSlow(at: number): void {
    const limit = at - settings.slowMs;
    const wasFull = isSlowFull();
    for (;;) {
      const slot = young[youngHead];
      if (slot === undefined || slot.startedAt > limit) break;
      youngHead++;
      if (slot.ended) continue;
      slot.slow = true;
      slow++;
    }
    if (offered.size > 0 && !wasFull && isSlowFull()) offerAgain();
    if (youngHead >= 1024 && youngHead * 2 >= young.length) {
      young = young.slice(youngHead);
      youngHead = 0;
    }
  }

  function pickOf(kind: Kind): Lane | null {
    const round = rounds[kind];
    for (;;) {
      const queue = round.head;
      const lane = queue?.lanes.head ?? null;
      if (queue === null || lane === null) return null;
      leave(lane);
      if (isHostFull(lane.host, shared.hostCap)) {
        waitForHost(lane);
        // What was offered to this lane may serve one of another organization.
        wake(lane.host.host);
        continue;
      }
      if (queue.list !== null) {
        remove(queue);
        append(round, queue);
      }
      return lane;
    }
  }

  /** Quick lanes and others take turns; the others only while slow attempts hold less than their part. */
  function pickFrom(quick: Kind, others: Kind, turn = starts): Lane | null {
    if (isSlowFull()) return pickOf(quick);
    return turn % 2 === 0 ? (pickOf(quick) ?? pickOf(others)) : (pickOf(others) ?? pickOf(quick));
  }

  /** Two turns in four retries come first, then replays; one of the two begins with quick lanes. */
  function pickLower(turn: number): Lane | null {
    if (turn % 4 < 2) return pickFrom(2, 3, turn) ?? pickFrom(4, 5, turn);
    return pickFrom(4, 5, turn) ?? pickFrom(2, 3, turn);
  }

  return {
    place,
    withdraw,
    pick(at) {
      countSlow(at);
      starts++;
      const lowerFirst = starts % engineLowerEvery === 0 && lower + shared.others(part, "lower") < lowerMost;
      return (
        (lowerFirst ? pickLower(starts / engineLowerEvery) : null) ?? pickFrom(0, 1) ?? pickFrom(2, 3) ?? pickFrom(4, 5)
      );
    },
    slotReason(lane) {
      countSlow(monotonic());
      if (lane.organization.inFlight >= caps.organization) return "at_organization_cap";
      if (isHostFull(lane.host, shared.hostCap)) return "at_host_cap";
      return lane.quick || !isSlowFull() ? null : "slow_share";
    },
    started(lane, isLower) {
      const { organization, host, endpointChanges } = lane;
      const at = monotonic();
      lane.lastStartedAt = at;
      const slot: Slot = {
        lane,
        organization,
        host,
        lower: isLower,
        endpointChanges,
        startedAt: at,
        slow: !lane.quick,
        ended: false,
      };
      if (slot.slow) slow++;
      else young.push(slot);
      if (isLower) lower++;
      countStart(lane, at);
      lane.inFlight++;
      host.inFlight++;
      host.host.inFlight++;
      if (++organization.inFlight === caps.organization) for (const queue of organization.queues) remove(queue);
      place(lane, at);
      wake(host.host);
      const hasRunOut = isSlowFull() || organization.inFlight === caps.organization;
      if (hasRunOut && offered.size > 0) offerAgain();
      return slot;
    },
    ended(slot) {
      const { lane, organization, host } = slot;
      slot.ended = true;
      if (slot.slow) slow--;
      if (slot.lower) lower--;
      lane.inFlight--;
      host.inFlight--;
      host.host.inFlight--;
      if (organization.inFlight-- === caps.organization) {
        for (const kind of kinds) {
          const queue = organization.queues[kind];
          if (queue.lanes.head !== null) append(rounds[kind], queue);
        }
      }
      wake(host.host);
      shared.offer(host.host);
    },
    wake,
    hasReady: () => rounds.some(({ head }) => head !== null),
    isSlowFull,
    slow: () => slow,
  };
}

function kindOf(lane: Lane): Kind {
  const first = firstClass(lane.buffer);
  if (first === "live") return lane.quick ? 0 : 1;
  if (first === "retry") return lane.quick ? 2 : 3;
  return lane.quick ? 4 : 5;
}

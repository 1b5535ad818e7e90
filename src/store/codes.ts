// Small numbers for words that are in every row. A number never changes its meaning: add, never renumber.

import type { OutcomeCode } from "../model/attempt.ts";
import type { DeliveryClass, DeliveryState } from "../model/delivery.ts";
import type { EntryGrant, EntryKind } from "../model/entry.ts";
import type { MinuteSeries } from "../model/minute.ts";

export const outcomeNumber = {
  delivered: 0,
  http_error: 1,
  redirect: 2,
  gone: 3,
  timeout: 4,
  dns_not_found: 5,
  dns_failed: 6,
  dns_timeout: 7,
  connect_refused: 8,
  connect_reset: 9,
  connect_unreachable: 10,
  connect_timeout: 11,
  tls_expired: 12,
  tls_not_yet_valid: 13,
  tls_name_mismatch: 14,
  tls_untrusted: 15,
  tls_failed: 16,
  address_forbidden: 17,
  url_forbidden: 18,
  header_forbidden: 19,
  protocol_error: 20,
  response_headers_too_large: 21,
  closed_early: 22,
  interrupted: 23,
  cancelled: 24,
  expired: 25,
  quarantined: 26,
  local_shortage: 27,
  superseded: 28,
} as const satisfies Record<OutcomeCode, number>;

export type FinalState = Exclude<DeliveryState, "pending" | "held">;

/** `delivered` is 0: all others, which are few, have an index of their own. */
export const stateNumber = {
  delivered: 0,
  exhausted: 1,
  cancelled: 2,
  expired: 3,
  superseded: 4,
} as const satisfies Record<FinalState, number>;

/** The order of classes in a lane. After a failed attempt a delivery has at least the number of `retry` (settle.ts). */
export const classNumber = { live: 0, retry: 1, replay: 2 } as const satisfies Record<DeliveryClass, number>;

export const seriesNumber = { presence: 0, traffic: 1, traffic_occupancy: 2 } as const satisfies Record<
  MinuteSeries,
  number
>;

export const entryKindNumber = { access: 0, call: 1 } as const satisfies Record<EntryKind, number>;

/** Added to the number of the kind. */
export const readyMadeKind = 2;

export const groundNumber = { self: 0, unit: 1, mate: 2 } as const satisfies Record<EntryGrant["ground"], number>;

/** The n of a closing row, a row without a request: higher than any attempt's. */
export const closingRow = 65_535;

const outcomeNames = new Map<number, OutcomeCode>(
  Object.entries(outcomeNumber).map(([name, number]) => [number, name as OutcomeCode]),
);
const stateNames = new Map<number, FinalState>(
  Object.entries(stateNumber).map(([name, number]) => [number, name as FinalState]),
);

const classNames = new Map<number, DeliveryClass>(
  Object.entries(classNumber).map(([name, number]) => [number, name as DeliveryClass]),
);

export function outcomeName(number: number): OutcomeCode {
  const name = outcomeNames.get(number);
  if (name === undefined) throw new Error(`there is no outcome ${number}`);
  return name;
}

export function stateName(number: number): FinalState {
  const name = stateNames.get(number);
  if (name === undefined) throw new Error(`there is no final state ${number}`);
  return name;
}

export function className(number: number): DeliveryClass {
  const name = classNames.get(number);
  if (name === undefined) throw new Error(`there is no class of deliveries ${number}`);
  return name;
}

// What crosses the border of a thread: calls one way, answers the other. Errors are carried without losing their kind, the
// busy verbs go flat, everything else goes as it is.

import type { AcceptResult, LaneRows, Ledger } from "../../ledger.ts";
import type { Epoch } from "../../shards.ts";
import type { OperationResult, Call } from "../group-commit.ts";
import { type Carried, carry, revive } from "../failure.ts";
import {
  type Flat,
  packAccept,
  packAcceptResult,
  type PackedAccept,
  type PackedAcceptResult,
  packRows,
  packSettlements,
  unpackAccept,
  unpackAcceptResult,
  unpackRows,
  unpackSettlements,
} from "./row-codec.ts";

export type CarriedAnswer =
  | { readonly value: unknown }
  | { readonly accepted: PackedAcceptResult }
  | { readonly taken: Flat }
  | { readonly error: Carried };

export type ToThread = readonly Call[] | "close";

export type FromThread =
  | { readonly kind: "ready" }
  /** One list per batch, in the order of the batches. */
  | { readonly kind: "answers"; readonly batches: readonly (readonly CarriedAnswer[])[] }
  /** It could not start, or the store can no longer be trusted. */
  | { readonly kind: "failed"; readonly error: Carried };

export function packCall([verb, given]: Call): Call {
  if (verb === "accept") return [verb, packAccept(...(given as Parameters<Ledger["accept"]>))];
  if (verb === "settle") {
    const [epoch, settlements] = given as Parameters<Ledger["settle"]>;
    return [verb, [epoch, packSettlements(settlements)]];
  }
  return [verb, given];
}

export function unpackCall([verb, given]: Call): Call {
  if (verb === "accept") return [verb, unpackAccept(given as PackedAccept)];
  if (verb === "settle") {
    const [epoch, settlements] = given as readonly [epoch: Epoch, settlements: Flat];
    return [verb, [epoch, unpackSettlements(settlements)]];
  }
  return [verb, given];
}

export function packAnswer(verb: string, answer: OperationResult): CarriedAnswer {
  if ("error" in answer) return { error: carry(answer.error) };
  if (verb === "accept") return { accepted: packAcceptResult(answer.value as AcceptResult) };
  if (verb === "readDue") return { taken: packRows(answer.value as readonly LaneRows[]) };
  return answer;
}

export function unpackAnswer(answer: CarriedAnswer): OperationResult {
  if ("error" in answer) return { error: revive(answer.error) };
  if ("accepted" in answer) return { value: unpackAcceptResult(answer.accepted) };
  if ("taken" in answer) return { value: unpackRows(answer.taken) };
  return answer;
}

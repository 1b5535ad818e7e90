// The messages between the threads: calls one way, answers the other. Errors keep their kind. The three operations that
// carry rows in bulk send them packed; everything else goes as it is.

import type { AcceptResult, FoldProgress } from "../../acceptance.ts";
import type { Ledger } from "../../ledger.ts";
import type { LaneRows } from "../../owed.ts";
import type { Epoch } from "../../shards.ts";
import type { OperationResult, Call } from "../group-commit.ts";
import { type Carried, carry, revive } from "../failure.ts";
import { type Flat, pack, unpack } from "./row-codec.ts";
import { acceptances, laneRows, minutes, receipts, settlements } from "./rows.ts";

export type CarriedAnswer =
  | { readonly value: unknown }
  | { readonly receipts: Flat }
  | { readonly due: Flat }
  | { readonly error: Carried };

type FlatProgress = Omit<FoldProgress, "minutes"> & { readonly minutes: Flat };

export type ToThread = readonly Call[] | "close" | CopyRequest;

/** To the writer: copy the database to a file that does not exist. One at a time. */
export interface CopyRequest {
  readonly copyTo: string;
}

export type FromThread =
  | { readonly kind: "ready" }
  /** One list per batch, in the order of the batches. */
  | { readonly kind: "answers"; readonly batches: readonly (readonly CarriedAnswer[])[] }
  | { readonly kind: "copying"; readonly copied: number; readonly bytes: number }
  /** `error`: why there is no copy. */
  | { readonly kind: "copied"; readonly error: Carried | null }
  /** It could not start, or the store can no longer be trusted. */
  | { readonly kind: "failed"; readonly error: Carried };

export function packCall([name, given]: Call): Call {
  if (name === "accept") {
    const [accepted, fold, ...entries] = given as Parameters<Ledger["accept"]>;
    return [name, [pack(acceptances, accepted), fold && { ...fold, minutes: pack(minutes, fold.minutes) }, ...entries]];
  }
  if (name === "settle") {
    const [epoch, settled] = given as Parameters<Ledger["settle"]>;
    return [name, [epoch, pack(settlements, settled)]];
  }
  return [name, given];
}

export function unpackCall([name, given]: Call): Call {
  if (name === "accept") {
    const [accepted, fold, ...entries] = given as readonly [Flat, FlatProgress | null, ...entries: unknown[]];
    return [
      name,
      [unpack(acceptances, accepted), fold && { ...fold, minutes: unpack(minutes, fold.minutes) }, ...entries],
    ];
  }
  if (name === "settle") {
    const [epoch, settled] = given as readonly [epoch: Epoch, settled: Flat];
    return [name, [epoch, unpack(settlements, settled)]];
  }
  return [name, given];
}

/** `name`: of the operation that gave the answer. */
export function packAnswer(name: string, answer: OperationResult): CarriedAnswer {
  if ("error" in answer) return { error: carry(answer.error) };
  if (name === "readDue") return { due: pack(laneRows, answer.value as readonly LaneRows[]) };
  if (name === "accept") {
    const result = answer.value as AcceptResult;
    if (result.status === "done") return { receipts: pack(receipts, result.receipts) };
  }
  return answer;
}

export function unpackAnswer(answer: CarriedAnswer): OperationResult {
  if ("error" in answer) return { error: revive(answer.error) };
  if ("due" in answer) return { value: unpack(laneRows, answer.due) };
  if ("receipts" in answer) {
    return { value: { status: "done", receipts: unpack(receipts, answer.receipts) } satisfies AcceptResult };
  }
  return answer;
}

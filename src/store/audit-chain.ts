// The chain of the audit: each entry carries a hash over itself and the entry before it, so that one that was changed or removed
// later shows. Pure; engines keep the rows.

import { createHash } from "node:crypto";
import type { AuditCheck, AuditPosition } from "./history.ts";
import type { AuditEntry } from "./registry.ts";
import { storableText } from "./storable-text.ts";

/** An entry as it is stored. */
export interface ChainedEntry extends AuditEntry {
  /** 1, 2, 3, … */
  readonly number: number;
  /** Number of the organization; null: of none. */
  readonly organization: number | null;
  readonly hash: Uint8Array;
}

/** Where a chain without entries goes on. */
export const chainStart: AuditPosition = { number: 0, hash: new Uint8Array(32) };

/** The entries as they follow on `last`. */
export function chained(
  last: AuditPosition,
  entries: readonly AuditEntry[],
  organization: number | null,
): readonly ChainedEntry[] {
  let before = last;
  return entries.map((entry) => {
    const whole = stored(entry);
    const next = { ...whole, number: before.number + 1, organization, hash: link(before.hash, whole, organization) };
    before = next;
    return next;
  });
}

/** Whether these entries, the next `most` after `from` or all there are, follow on it. */
export function checkChain(from: AuditPosition | null, entries: Iterable<ChainedEntry>, most: number): AuditCheck {
  let last = from ?? chainStart;
  let checked = 0;
  for (const { number, organization, hash, ...entry } of entries) {
    checked++;
    if (number !== last.number + 1 || !link(last.hash, entry, organization).equals(hash)) {
      return { brokenAt: number, last, isEnd: true };
    }
    last = { number, hash };
  }
  return { brokenAt: null, last, isEnd: checked < most };
}

/** As it is read again: the hash is over that. */
const stored = ({ at, actor, action, object, detail }: AuditEntry): AuditEntry => ({
  at: Math.floor(at),
  actor: storableText(actor),
  action: storableText(action),
  object: storableText(object),
  detail: detail === null ? null : storableText(detail),
});

function link(before: Uint8Array, entry: AuditEntry, organization: number | null): Buffer {
  const { at, actor, action, object, detail } = entry;
  return createHash("sha256")
    .update(before)
    .update(JSON.stringify([organization, at, actor, action, object, detail]))
    .digest();
}

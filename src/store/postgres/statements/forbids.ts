// Which events a lane may not have any more: its tenant has moved, or is over [model/withdrawal.ts].

import type { Scopes } from "../../../model/event.ts";
import { isWithdrawn, type WithdrawalReason } from "../../../model/withdrawal.ts";
import type { Session } from "../database.ts";

const ofLane = 'select tenant, reason, up_to as "upTo" from withdrawal where lane = $1 and up_to >= $2';

/** The scopes of the event are asked for only where a withdrawal may concern it. */
export type Forbids = (event: number, scopesOf: () => Scopes) => boolean;

/** Of events from this number on. */
export async function forbidsOf(session: Session, lane: number, from: number): Promise<Forbids> {
  const rows = await session.rows<{ tenant: string; reason: WithdrawalReason; upTo: number }>(ofLane, [lane, from]);
  return (event, scopesOf) => {
    const concerned = rows.filter(({ upTo }) => upTo >= event);
    if (concerned.length === 0) return false;
    const scopes = scopesOf();
    return concerned.some((row) => isWithdrawn(row, scopes));
  };
}

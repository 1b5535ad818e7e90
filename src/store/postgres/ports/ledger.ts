// The port of what is owed, on PostgreSQL.

import type { Ledger } from "../../ledger.ts";
import type { Context } from "../context.ts";
import { createAcceptance } from "../statements/accept.ts";
import { createObservationLog } from "../statements/observation-log.ts";
import type { Lines } from "../statements/lines.ts";
import { createOwnership } from "../statements/ownership.ts";
import { createDue } from "../statements/due.ts";
import { createSettle } from "../statements/settle.ts";
import { createHasten } from "../statements/hasten.ts";
import { createOweAgain } from "../statements/owe-again.ts";
import { createWithdraw } from "../statements/withdrawals.ts";
import { createMinuteReads } from "../statements/minutes.ts";
import { createEntryReads } from "../statements/entries.ts";
import { createLastSequences } from "../statements/sequences.ts";
import { createOrphans } from "../statements/orphans.ts";
import { createErase } from "../statements/erase.ts";
import { createRetention } from "../statements/retention.ts";

export function createLedger(context: Context, lines: Lines): { readonly port: Ledger; idle(): Promise<void> } {
  const orphans = createOrphans(context.database, context.clock);
  return {
    port: {
      ...createAcceptance(context, orphans),
      ...createLastSequences(context),
      ...createObservationLog(context),
      ...createOwnership(context, lines),
      ...createDue(context, lines),
      ...createSettle(context, lines),
      ...createHasten(context),
      ...createOweAgain(context),
      ...createWithdraw(context.owners, lines),
      ...createMinuteReads(context),
      ...createEntryReads(context),
      ...createErase(context),
      ...createRetention(context),
    },
    idle: orphans.stop,
  };
}

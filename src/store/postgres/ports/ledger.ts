// The port of what is owed, on PostgreSQL.

import type { Ledger } from "../../ledger.ts";
import type { Context } from "../context.ts";
import { createAcceptance } from "../statements/accept.ts";
import { createObservationLog } from "../statements/observation-log.ts";
import type { Lines } from "../statements/lines.ts";
import { createOwnership } from "../statements/ownership.ts";
import { createDue } from "../statements/due.ts";
import { createCancel } from "../statements/cancel.ts";
import { createReadArrivals } from "../statements/arrivals.ts";
import { createOwnerGroup } from "../statements/owner-group.ts";
import { createStarted } from "../statements/started.ts";
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
  const started = createStarted();
  const group = createOwnerGroup(context, started, lines);
  const orphans = createOrphans(context.database, context.clock);
  const arrivals = createReadArrivals(context, orphans);
  return {
    port: {
      ...createAcceptance(context, orphans),
      ...createLastSequences(context),
      ...createObservationLog(context),
      ...createOwnership(context, started, lines),
      ...createDue(context, lines),
      settle: group.settle,
      remember: group.remember,
      spill: group.spill,
      cancel: createCancel(context, lines),
      readArrivals: arrivals.readArrivals,
      ...createHasten(context),
      ...createOweAgain(context),
      ...createWithdraw(context.owners, lines),
      ...createMinuteReads(context),
      ...createEntryReads(context),
      ...createErase(context, lines),
      ...createRetention(context, lines),
    },
    async idle() {
      await group.idle();
      await arrivals.idle();
      await context.owners.idle();
      await orphans.stop();
    },
  };
}

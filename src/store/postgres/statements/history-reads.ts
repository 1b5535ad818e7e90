// Every read of the history on PostgreSQL.

import type { HistoryOperations } from "../../history-operations.ts";
import { createAuditReads } from "./audit-reads.ts";
import { createCountReads } from "./count-reads.ts";
import { createDeliveryReads } from "./delivery-reads.ts";
import { createDerivedReads } from "./derived-reads.ts";
import { createEntryReads } from "./entry-reads.ts";
import { createEventReads } from "./event-reads.ts";
import { createExpiringReads } from "./expiring-reads.ts";
import { createFigureReads } from "./figure-reads.ts";
import type { HistoryContext, Reads } from "./history-context.ts";
import { createMinuteReads } from "./minute-reads.ts";
import { createReplayReads } from "./replay-reads.ts";
import { createSequenceReads } from "./sequence-reads.ts";
import { createStorageReads } from "./storage-reads.ts";

export const createHistoryReads = (context: HistoryContext): Reads<keyof HistoryOperations> => ({
  ...createEventReads(context),
  ...createDeliveryReads(context),
  ...createMinuteReads(context),
  ...createDerivedReads(context),
  ...createEntryReads(context),
  ...createReplayReads(context),
  ...createSequenceReads(context),
  ...createFigureReads(context),
  ...createExpiringReads(context),
  ...createStorageReads(context),
  ...createAuditReads(context),
  ...createCountReads(context),
});

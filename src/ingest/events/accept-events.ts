// Accepts ready-made events: read by their dialect, matched, and each written with everything it owes in one durable
// transaction. Nothing is counted as accepted before that. Then its deliveries go to their lanes [delivery/enqueue-port.ts].

import type { Addressee, Dialect, Reading, ReadyMade } from "../../dialects/dialect.ts";
import type { PlacePort } from "../../dialects/place-port.ts";
import type { Enqueuer } from "../../delivery/enqueue-port.ts";
import { BelfryError } from "../../errors.ts";
import type { EngineEvents } from "../../model/engine-events.ts";
import { mayIngest, type Principal } from "../../model/principal.ts";
import type { AcceptedEntry, AcceptResult, EventReceipt } from "../../store/acceptance.ts";
import type { Ledger } from "../../store/ledger.ts";
import type { IngestResult, IngestItem, RejectedItem } from "../ingest-port.ts";
import { enqueuePlan, type PlannedEvent, fanOut, releasePlan } from "./fan-out.ts";
import { contentHash } from "../content-hash.ts";
import { modelUnreadable, type Organization, type Organizations } from "../../organizations/organizations.ts";

export interface AcceptEventsDeps {
  readonly ledger: Ledger;
  readonly organizations: Organizations;
  /** Creates an empty organization: an operator may send events of one that is not known yet. */
  readonly createOrganization: (id: string, who: Principal) => Promise<void>;
  readonly enqueuer: Enqueuer;
  readonly place: Pick<PlacePort, "buildingOf">;
  readonly now: () => number;
  readonly newEventId: () => string;
  readonly events?: EngineEvents;
}

interface WriteDeps extends AcceptEventsDeps {
  readonly dialect: Dialect;
  readonly trace: string | null;
}

interface Read {
  readonly index: number;
  readonly item: Extract<ReadyMade, { status: "read" }>;
}

const tries = 8;
/** A call of the store ends with the event that brings it to so many: a batch of ten thousand events that each of a thousand
 * subscriptions takes would fill its memory. */
const enoughDeliveries = 16_384;

export async function acceptEvents(
  deps: AcceptEventsDeps,
  dialect: Dialect,
  items: readonly IngestItem[],
  addressee: Addressee,
  who: Principal,
  trace: string | null = null,
): Promise<IngestResult> {
  const rejected: RejectedItem[] = [];
  const byOrganization = new Map<string, Read[]>();
  const reading: Reading = { addressee, place: deps.place, newId: deps.newEventId, now: deps.now() };
  for (const [index, { text, value }] of items.entries()) {
    const made = dialect.read(text, value, reading);
    // A batch is read in one turn where it can be: waiting costs more than reading.
    const item = made instanceof Promise ? await made : made;
    if (item.status === "rejected") rejected.push({ index, code: item.code, message: item.message });
    else if (!mayIngest(who, item.organization)) rejected.push(foreign(index, item.organization));
    else {
      const reads = byOrganization.get(item.organization);
      if (reads === undefined) byOrganization.set(item.organization, [{ index, item }]);
      else reads.push({ index, item });
    }
  }
  let accepted = 0;
  let duplicates = 0;
  // Where one organization fails the sender gets an error, although others may be durable by then. It sends all again: events
  // with an id are duplicates then, for the days that ids are kept; one without an id is accepted twice.
  const written = await Promise.all(
    [...byOrganization].map(async ([id, reads]) => ({
      reads,
      receipts: await write({ ...deps, dialect, trace }, id, reads, who),
    })),
  );
  for (const { reads, receipts } of written) {
    for (const [position, receipt] of receipts.entries()) {
      if (receipt.status === "accepted") accepted++;
      else if (receipt.status === "duplicate") duplicates++;
      else rejected.push(reused(reads[position]!.index));
    }
  }
  return { accepted, duplicates, rejected: rejected.toSorted((a, b) => a.index - b.index) };
}

async function write(
  deps: WriteDeps,
  id: string,
  reads: readonly Read[],
  who: Principal,
): Promise<readonly EventReceipt[]> {
  const receipts: EventReceipt[] = [];
  let organization = await deps.organizations.get(id);
  for (let attempt = 0; attempt < tries; attempt++) {
    if (organization === null) await deps.createOrganization(id, who);
    else if (organization.isModelUnreadable === true) throw modelUnreadable(id);
    else if (await writeRest(deps, organization, reads, receipts)) return receipts;
    organization = await deps.organizations.reload(id);
  }
  throw new BelfryError("UNAVAILABLE", `The subscriptions of ${id} keep changing. Send the request again.`);
}

/** Writes the events that have no receipt yet, and adds theirs. False: the organization has changed since it was read. Where
 * a later call fails, the sender gets an error although the first events are durable: see above. */
async function writeRest(
  deps: WriteDeps,
  organization: Organization,
  reads: readonly Read[],
  receipts: EventReceipt[],
): Promise<boolean> {
  while (receipts.length < reads.length) {
    const written = await writeAs(deps, organization, reads.slice(receipts.length));
    if (written === null) return false;
    receipts.push(...written);
  }
  return true;
}

/** Writes events from the front until they owe 16,384 deliveries together. Null: the organization has changed since it was
 * read; nothing was written. */
async function writeAs(
  deps: WriteDeps,
  organization: Organization,
  reads: readonly Read[],
): Promise<readonly EventReceipt[] | null> {
  const acceptedAt = deps.now();
  const plan: PlannedEvent[] = [];
  const entries: AcceptedEntry[] = [];
  let owed = 0;
  let result: AcceptResult;
  try {
    for (const { item } of reads) {
      const idempotencyKey =
        item.inputId === null ? null : { id: item.inputId, hash: contentHash(item.content ?? item.event.body) };
      const planned = fanOut(item.event, organization, deps.dialect, deps.enqueuer, {
        acceptedAt,
        key: null,
        idempotencyKey,
        trace: deps.trace,
      });
      if (item.entry !== undefined) entries.push({ event: plan.length, entry: item.entry, acceptedAt });
      plan.push(planned);
      owed += planned.row.deliveries.length;
      if (owed >= enoughDeliveries) break;
    }
    const { id, revision } = organization;
    const acceptances = [{ organization: id, revision, events: plan.map(({ row }) => row) }];
    result = await deps.ledger.accept(acceptances, null, ...(entries.length === 0 ? [] : [entries]));
  } catch (error) {
    releasePlan(plan, deps.enqueuer);
    throw error;
  }
  if (result.status === "stale") {
    releasePlan(plan, deps.enqueuer);
    return null;
  }
  enqueuePlan(plan, result.receipts, deps.enqueuer);
  deps.events?.eventsWritten?.(organization.id, entries.length > 0);
  return result.receipts;
}

const foreign = (index: number, organization: string): RejectedItem => ({
  index,
  code: "UNKNOWN_ORGANIZATION",
  message: `This key cannot send events for ${organization}. Use a key of that organization.`,
});

const reused = (index: number): RejectedItem => ({
  index,
  code: "ID_REUSED",
  message: "An event with this id and other content was accepted before. Give a new event a new id.",
});

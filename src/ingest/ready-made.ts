// Accepts ready-made events: read by their dialect, matched, and written with everything they owe in one durable
// transaction. Nothing is counted as accepted before that.

import type { Addressee, Dialect, Places, ReadyMade } from "../dialects/dialect.ts";
import type { Intake } from "../delivery/intake.ts";
import { BelfryError } from "../errors.ts";
import { mayIngest, type Principal } from "../model/principal.ts";
import type { EventReceipt, Ledger } from "../store/ledger.ts";
import type { Answer, Item, Rejected } from "./acceptor.ts";
import { offerPlan, type PlannedEvent, planEvent, releasePlan } from "./delivery-plan.ts";
import { contentHash } from "./content-hash.ts";
import type { Organization, Organizations } from "./organizations.ts";

export interface ReadyMadeDeps {
  readonly ledger: Ledger;
  readonly organizations: Organizations;
  /** Creates an empty organization: an operator may send events of one that is not known yet. */
  readonly createOrganization: (id: string, who: Principal) => Promise<void>;
  readonly intake: Intake;
  readonly places: Places;
  readonly now: () => number;
  readonly newEventId: () => string;
}

interface Read {
  readonly index: number;
  readonly item: Extract<ReadyMade, { status: "read" }>;
}

const tries = 8;

export async function acceptReadyMade(
  deps: ReadyMadeDeps,
  dialect: Dialect,
  items: readonly Item[],
  addressee: Addressee,
  who: Principal,
): Promise<Answer> {
  const rejected: Rejected[] = [];
  const byOrganization = new Map<string, Read[]>();
  for (const [index, { text, value }] of items.entries()) {
    const reading = dialect.read(text, value, addressee, deps.places, deps.newEventId);
    // A batch is read in one turn where it can be: waiting costs more than reading.
    const item = reading instanceof Promise ? await reading : reading;
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
  const written = await Promise.all(
    [...byOrganization].map(async ([id, reads]) => ({ reads, receipts: await write(deps, id, reads, who) })),
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
  deps: ReadyMadeDeps,
  id: string,
  reads: readonly Read[],
  who: Principal,
): Promise<readonly EventReceipt[]> {
  let organization = await deps.organizations.get(id);
  for (let attempt = 0; attempt < tries; attempt++) {
    if (organization === null) await deps.createOrganization(id, who);
    else {
      const receipts = await writeAs(deps, organization, reads);
      if (receipts !== null) return receipts;
    }
    organization = await deps.organizations.reload(id);
  }
  throw new BelfryError("UNAVAILABLE", `The subscriptions of ${id} keep changing. Send the request again.`);
}

/** Null: the organization has changed since it was read; nothing was written. */
async function writeAs(
  deps: ReadyMadeDeps,
  organization: Organization,
  reads: readonly Read[],
): Promise<readonly EventReceipt[] | null> {
  const acceptedAt = deps.now();
  const plan: PlannedEvent[] = reads.map(({ item }) => {
    const input =
      item.inputId === null ? null : { id: item.inputId, hash: contentHash(item.content ?? item.event.body) };
    return planEvent(item.event, organization, deps.intake, { acceptedAt, key: null, input });
  });
  try {
    const { id, revision } = organization;
    const result = await deps.ledger.accept([{ organization: id, revision, events: plan.map(({ row }) => row) }], null);
    if (result.status === "done") {
      offerPlan(plan, result.receipts, deps.intake);
      return result.receipts;
    }
  } catch (error) {
    releasePlan(plan, deps.intake);
    throw error;
  }
  releasePlan(plan, deps.intake);
  return null;
}

const foreign = (index: number, organization: string): Rejected => ({
  index,
  code: "UNKNOWN_ORGANIZATION",
  message: `This key cannot send events for ${organization}. Use a key of that organization.`,
});

const reused = (index: number): Rejected => ({
  index,
  code: "ID_REUSED",
  message: "An event with this id and other content was accepted before. Give a new event a new id.",
});

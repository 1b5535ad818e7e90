// Makes alerts durable: each is an event with its deliveries, written in one transaction like any other. Then the engine delivers
// it as it delivers everything: signed, guarded, again where it fails, after a crash as well.

import type { Enqueuer } from "../delivery/enqueue-port.ts";
import { alertForms, targetOf } from "../model/alert.ts";
import type { Subscription } from "../model/subscription.ts";
import type { Organizations } from "../organizations/organizations.ts";
import type { NewEvent } from "../store/acceptance.ts";
import type { Ledger } from "../store/ledger.ts";
import type { AlertBody } from "./body.ts";

export interface NewAlert {
  readonly body: AlertBody;
  /** What it is about, for lists of events. */
  readonly subject: string;
  readonly targets: readonly Subscription[];
}

export interface AcceptAlertsDeps {
  readonly ledger: Pick<Ledger, "accept">;
  readonly organizations: Pick<Organizations, "get" | "reload">;
  readonly enqueuer: Pick<Enqueuer, "readLater">;
}

const tries = 8;

/** Numbers of the deliveries, alert by alert. null: the organization is gone. Throws what the ledger throws. */
export async function acceptAlerts(
  { ledger, organizations, enqueuer }: AcceptAlertsDeps,
  home: string,
  alerts: readonly NewAlert[],
  now: number,
): Promise<readonly (readonly number[])[] | null> {
  let organization = await organizations.get(home);
  for (let attempt = 0; attempt < tries && organization !== null; attempt++) {
    const { revision, subscriptions } = organization;
    const there = new Set(subscriptions.map(({ number }) => number));
    const events = alerts.map((alert) => eventOf(alert, there, now));
    const result = await ledger.accept([{ organization: home, revision, events }], null);
    if (result.status === "done") {
      for (const { deliveries } of events) {
        for (const { lane } of deliveries) enqueuer.readLater(lane, "live", now);
      }
      return result.receipts.map((receipt) => (receipt.status === "accepted" ? receipt.deliveries : []));
    }
    organization = await organizations.reload(home);
  }
  if (organization === null) return null;
  throw new Error(`The subscriptions of ${home} keep changing: its alerts are not written yet.`);
}

/** `there`: targets that still exist. Alerts are few: their rows are read from the store, and need no place in memory. */
function eventOf({ body, subject, targets }: NewAlert, there: ReadonlySet<number>, now: number): NewEvent {
  const lanes = targets.filter(({ number }) => there.has(number));
  return {
    id: body.id,
    dialect: "belfry",
    type: body.kind,
    subject,
    at: now,
    acceptedAt: now,
    body: JSON.stringify(body),
    revision: 0,
    previous: null,
    value: null,
    isLate: false,
    scopes: null,
    key: null,
    idempotencyKey: null,
    deliveries: lanes.map((target) => ({
      lane: target.number,
      variant: alertForms.indexOf(targetOf(target).form),
      onChange: false,
      spilled: true,
    })),
    repeats: [],
  };
}

// Alerts: Belfry's own events, to whoever asked for them. Listeners note what is wrong, a loop tells it, and the delivery engine
// delivers it. Where nobody has alerts all of it sleeps.

import type { Clock } from "../clock.ts";
import { BelfryError } from "../errors.ts";
import type { Log } from "../log.ts";
import { deliveryId } from "../model/delivery.ts";
import type { EngineEvents } from "../model/engine-events.ts";
import { stateOf, type Subscription } from "../model/subscription.ts";
import type { OrganizationChange, Organizations } from "../organizations/organizations.ts";
import type { Service } from "../service.ts";
import type { History } from "../store/history.ts";
import { acceptAlerts, type AcceptAlertsDeps } from "./accept-alerts.ts";
import type { AlertsPort } from "./alerts-port.ts";
import { testBody } from "./body.ts";
import { certificateSeen } from "./certificates.ts";
import { createInstallationWatch } from "./installation-watch.ts";
import { listenForAlerts } from "./listen.ts";
import { keyOf } from "./matters.ts";
import { createOpenMatters } from "./open-matters.ts";
import { type AlertPace, usualPace } from "./problems.ts";
import { takeUp } from "./take-up.ts";
import { createTargets } from "./targets.ts";
import { toldLately } from "./told.ts";
import { createTeller } from "./teller.ts";
import { wrongNow, type WrongNowDeps } from "./wrong-now.ts";

export interface AlertsDeps extends AcceptAlertsDeps, Pick<WrongNowDeps, "lane" | "watching" | "disk"> {
  readonly clock: Clock;
  readonly log: Log;
  readonly organizations: Pick<Organizations, "get" | "reload" | "subscription" | "subscriptions">;
  readonly history: Pick<History, "deliveries" | "event">;
  readonly openLane: (number: number) => void;
  readonly waiting: () => Promise<number>;
  readonly newEventId: () => string;
  readonly pace?: AlertPace;
  /** Whether this process tells of the organization, of this server for null: several share a database. Default: it does. */
  readonly isOwn?: (organization: string | null) => boolean;
}

export interface Alerts extends Service, AlertsPort {
  /** To be told of everything from the start on. */
  readonly events: EngineEvents;
  /** A connection to this host was opened, name and port. `endsAt` gives the end of its certificate, epoch ms; it is asked
   * only where somebody has alerts. */
  readonly certificateSeen: (host: string, endsAt: () => number) => void;
  /** Other organizations are this process's own now: what is wrong there is taken up, and what another one tells is forgotten. */
  ownersChanged(): void;
  /** The subscriptions of an organization have changed. */
  readonly organizationChanged: (organization: string, change: Pick<OrganizationChange, "subscriptions">) => void;
}

export function createAlerts(deps: AlertsDeps): Alerts {
  const { clock, organizations, pace = usualPace, isOwn = () => true } = deps;
  let running = false;
  const targets = createTargets();
  const known = { organization: organizations.get, subscription: organizations.subscription };
  const ofOrganizations = {
    subscriptions: organizations.subscriptions,
    subscriptionsOf: async (organization: string) => (await organizations.get(organization))?.subscriptions ?? [],
  };
  const matters = createOpenMatters(clock, pace, () => wake());
  const teller = createTeller({
    ...deps,
    known,
    matters,
    targets,
    pace,
    takeUp: () => takeUp({ ...deps, isOwn, targets, matters, subscriptions: organizations.subscriptions }),
    keepTrying: () => running,
  });
  const installation = createInstallationWatch({
    ...deps,
    matters,
    isWanted: () => targets.isOperators() && isOwn(null),
  });

  function wake(): void {
    if (running) teller.wake();
  }

  /** Its owner has enabled it, and needs nobody who says so. Belfry tells that it disables before it has. */
  function forgetEnabled(subscription: Subscription): void {
    const matter = matters.get(keyOf("subscription.disabled", subscription));
    if (matter?.now !== "subscription.disabled" || stateOf(subscription) !== "active") return;
    if (subscription.updatedAt > matter.since) matters.forget(matter);
  }

  return {
    events: listenForAlerts(matters, targets.isAny),
    certificateSeen(host, endsAt) {
      if (targets.isAny()) certificateSeen(matters, clock, organizations.subscriptions(), host, endsAt());
    },
    organizationChanged(organization, { subscriptions }) {
      const hadAny = targets.isAny();
      targets.changed(organization, subscriptions);
      if (!hadAny && targets.isAny()) wake();
      if (targets.isAny()) subscriptions.forEach(forgetEnabled);
    },
    async test(target) {
      if (stateOf(target) !== "active") {
        throw new BelfryError("CONFLICT", "This alert is disabled: its URL failed or is gone. PATCH it to enable it.");
      }
      const now = clock.now();
      const body = testBody(deps.newEventId(), target.id, now);
      const alert = { body, subject: target.id, targets: [target] };
      const delivery = (await acceptAlerts(deps, target.organization, [alert], now))?.[0]?.[0];
      if (delivery === undefined) throw new BelfryError("NOT_FOUND", "There is no such alert any more.");
      deps.openLane(target.number);
      return { event: body.id, delivery: deliveryId(delivery) };
    },
    ownersChanged() {
      for (const matter of [...matters.matters(), ...matters.notices()]) {
        if (!isOwn(matter.subject.organization)) matters.forget(matter);
      }
      teller.takeUpAgain();
      wake();
    },
    told: (to, limit) => toldLately(deps.history, to, limit),
    open: (organization) => wrongNow({ ...deps, known, ...ofOrganizations, matters: matters.matters }, organization),
    async start() {
      const byOrganization = Map.groupBy(organizations.subscriptions(), ({ organization }) => organization);
      for (const [organization, own] of byOrganization) targets.changed(organization, own);
      running = true;
      await installation.start();
      if (targets.isAny()) wake();
    },
    async stop() {
      await installation.stop();
      running = false;
      teller.hurry();
      await teller.idle();
    },
  };
}

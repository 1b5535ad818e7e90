// The certificates of receivers, seen when a connection to one is opened: about to end, or renewed. A matter for each subscription
// that delivers there.

import type { Clock } from "../clock.ts";
import { isAlertTarget } from "../model/alert.ts";
import type { Subscription } from "../model/subscription.ts";
import { subjectOf } from "./listen.ts";
import { keyOf } from "./matters.ts";
import type { OpenMatters } from "./open-matters.ts";

/** So early that there is time to renew it by hand; those who renew by machine do so a month before. */
const warnMs = 14 * 24 * 3_600_000;

/** `host`: name and port, as in a URL whose port is written. `endsAt`: epoch ms. */
export function certificateSeen(
  matters: OpenMatters,
  clock: Pick<Clock, "now">,
  subscriptions: Iterable<Subscription>,
  host: string,
  endsAt: number,
): void {
  const ends = endsAt - clock.now() < warnMs;
  // Nearly always: then nobody needs to know who delivers there.
  if (!ends && !hasMatter(matters)) return;
  for (const subscription of subscriptions) {
    const { endpoint } = subscription;
    if (isAlertTarget(subscription) || hostOf(endpoint.url) !== host) continue;
    const subject = subjectOf(subscription);
    const facts = { host, ends_at: new Date(endsAt).toISOString() };
    if (ends) matters.open("certificate.expiring", subject, facts);
    else if (matters.get(keyOf("certificate.expiring", subject)) !== undefined) {
      matters.close("certificate.expiring", subject, facts);
    }
  }
}

function hasMatter(matters: OpenMatters): boolean {
  for (const { now, told } of matters.matters()) {
    if (now === "certificate.expiring" || told === "certificate.expiring") return true;
  }
  return false;
}

/** null: no HTTPS. */
function hostOf(url: string): string | null {
  const parsed = URL.parse(url);
  if (parsed?.protocol !== "https:") return null;
  return `${parsed.hostname.replace(/\.$/, "")}:${parsed.port === "" ? "443" : parsed.port}`;
}

// How anything is sent: the words of its dialect, the client that sends, and the guard that says where it may go.

import { composeAlert } from "../alerts/body.ts";
import type { Composer } from "../delivery/attempt/attempt.ts";
import { createClient } from "../delivery/client/client.ts";
import { createDestinationGuard } from "../delivery/guard/guard.ts";
import { isAlertTarget } from "../model/alert.ts";
import { version } from "../version.ts";
import type { Ground } from "./ground.ts";
import type { Later } from "./later.ts";
import type { Listeners } from "./listeners.ts";

export type Sending = ReturnType<typeof assembleSending>;

export function assembleSending({ policy, resolver, clock, tls }: Ground, { alerts }: Listeners, { dialect }: Later) {
  const composer: Composer = {
    version,
    compose: (name, body, variant) =>
      name === "belfry" ? composeAlert(body, variant) : dialect(name).compose(body, variant),
    authentication: (subscription) =>
      isAlertTarget(subscription) ? [] : dialect(subscription.dialect).authentication(subscription),
  };
  return {
    composer,
    client: createClient({ policy, resolver, clock, tls, onCertificate: alerts.certificateSeen }),
    guard: createDestinationGuard(policy, resolver),
  };
}

// How anything is sent: the words of its dialect, the client that sends, and the guard that says where it may go.

import { composeAlert } from "../alerts/body.ts";
import type { Composer } from "../delivery/attempt/attempt.ts";
import { createClient, type DeliveryClient } from "../delivery/client/client.ts";
import { createDestinationGuard } from "../delivery/guard/guard.ts";
import { createInboxSend, withInboxes } from "../delivery/inbox-send.ts";
import { createInboxes, type Inboxes } from "../inboxes/inboxes.ts";
import { isAlertTarget } from "../model/alert.ts";
import { version } from "../version.ts";
import type { Ground } from "./ground.ts";
import type { Later } from "./later.ts";
import type { Listeners } from "./listeners.ts";
import type { Known } from "./organizations.ts";

export type Sending = ReturnType<typeof assembleSending>;

export function assembleSending(ground: Ground, { organizations }: Known, { alerts }: Listeners, { dialect }: Later) {
  const { config, policy, resolver, clock, random, tls } = ground;
  // They are in the memory of one process: with several, an arrival would look for them in another.
  const isOn = config.inbox && ground.store.nodes === null;
  const composer: Composer = {
    version,
    compose: (name, body, variant) =>
      name === "belfry" ? composeAlert(body, variant) : dialect(name).compose(body, variant),
    authentication: (subscription) =>
      isAlertTarget(subscription) ? [] : dialect(subscription.dialect).authentication(subscription),
  };
  const inboxes = createInboxes({
    isOn,
    clock,
    random,
    deliveringTo: async (organization, url) =>
      (await organizations.get(organization))?.subscriptions.filter(({ endpoint }) => endpoint.url === url) ?? [],
  });
  organizations.listen((organization, { isGone }) => {
    if (isGone) inboxes.organizationRemoved(organization);
  });
  const client = createClient({ policy, resolver, clock, tls, onCertificate: alerts.certificateSeen });
  const guard = createDestinationGuard(policy, resolver);
  if (!isOn) return { composer, inboxes, client, guard };
  return { composer, inboxes, client: answering(client, inboxes, ground), guard: withInboxes(guard, inboxes) };
}

/** The client, before which inboxes answer what is theirs. */
function answering(client: DeliveryClient, inboxes: Inboxes, { clock }: Ground): DeliveryClient {
  const { send, stop } = createInboxSend(inboxes, client.send, clock);
  return {
    ...client,
    send,
    close() {
      stop();
      return client.close();
    },
  };
}

// Whether the signature of a request holds, by the secrets of the subscriptions that deliver to its inbox. Tells which fits, and
// nothing of a secret.

import { verify, WebhookVerificationError } from "../../receiver/src/index.ts";
import type { Arrival, InboxVerification } from "../model/inbox.ts";
import type { Subscription } from "../model/subscription.ts";

/** null: there is no subscription to verify with. `now`: epoch ms. */
export function verifyArrival(
  { headers, body }: Pick<Arrival, "headers" | "body">,
  subscriptions: readonly Subscription[],
  now: number,
): InboxVerification | null {
  const secretsOf = ({ signingSecrets }: Subscription) =>
    signingSecrets.flatMap(({ secret, until }) => (until === null || until > now ? [secret] : []));
  const signers = subscriptions.filter((each) => secretsOf(each).length > 0);
  const [first] = signers;
  if (first === undefined) return null;
  const named = Object.fromEntries(headers.map(([name, value]) => [name.toLowerCase(), value]));
  let fault = "";
  for (const signer of signers) {
    try {
      verify({ headers: named, body, secret: secretsOf(signer), now });
      return { subscription: signer.id, fault: null };
    } catch (error) {
      if (!(error instanceof WebhookVerificationError)) throw error;
      fault ||= error.message;
    }
  }
  return { subscription: first.id, fault };
}

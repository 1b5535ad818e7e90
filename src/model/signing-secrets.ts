// How the secret of a subscription is renewed: a new one signs from now on, those before it sign beside it for a while. Pure.

import type { SigningSecret } from "./subscription.ts";

/** Every one of them is a signature in the header of every delivery. */
const mostSecrets = 5;

/** None gets a longer life than it had, and what has ended is dropped. `overlap` in ms. Null: too many would sign at once. */
export function rotateSecrets(
  before: readonly SigningSecret[],
  next: SigningSecret,
  now: number,
  overlap: number,
): readonly SigningSecret[] | null {
  const kept = before
    .map((each) => ({ ...each, until: Math.min(each.until ?? Infinity, now + overlap) }))
    .filter(({ until }) => until > now);
  return kept.length >= mostSecrets ? null : [...kept, next];
}

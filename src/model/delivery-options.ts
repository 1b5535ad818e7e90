// What an owner may set of how a ButterflyMX integration is delivered, over what it had. Pure: the vendor's API and the operator
// API change it by the same rules.

import { isSameOrigin, keptAt } from "./endpoint.ts";
import {
  type Binding,
  type Endpoint,
  type PayloadOptions,
  type SigningSecret,
  type Subscription,
  usualPayload,
} from "./subscription.ts";

/** Absent keeps what is there, null gives the usual. */
export interface OptionsInput {
  readonly headers?: Readonly<Record<string, string>> | null | undefined;
  readonly format?: PayloadOptions["format"] | null | undefined;
  readonly secrecy?: boolean | null | undefined;
  readonly includeLocked?: boolean | null | undefined;
  /** null: a new one is made. */
  readonly secret?: string | null | undefined;
}

/** Headers of the owner's choice that one subscription may have. */
export const mostHeaders = 16;

/** Entries with another status than `Unlocked`, and the type that those who open a door have. */
export const openEntries = "access_log.create";
export const otherEntries = "access_log.other";

/** `before` has its new URL already; `url` is the one it had. At another origin the secret is not inherited, nor is what
 * [endpoint.ts] names. `fresh` makes a new secret. */
export function withOptions(
  before: Subscription,
  url: string,
  given: OptionsInput,
  fresh: (secret?: string) => SigningSecret,
): { readonly subscription: Subscription; readonly newSecret: string | null } {
  const { payload = usualPayload, endpoint } = before;
  const isElsewhere = !isSameOrigin(url, endpoint.url);
  const renewed = given.secret === null || (given.secret === undefined && isElsewhere);
  const secret = typeof given.secret === "string" ? fresh(given.secret) : renewed ? fresh() : null;
  const includeLocked = picked(given.includeLocked, payload.includeLocked, usualPayload.includeLocked);
  const { url: next, timeoutMs, apiKey, basicAuth } = endpoint;
  const moved = { url: next, timeoutMs, apiKey, basicAuth, ...keptAt(next, { ...endpoint, url }) };
  const subscription: Subscription = {
    ...before,
    endpoint: given.headers === undefined ? moved : withHeaders(moved, given.headers),
    signingSecrets: secret === null ? before.signingSecrets : [secret],
    bindings: lockedBindings(before.bindings, includeLocked),
    payload: {
      format: picked(given.format, payload.format, usualPayload.format),
      secrecy: picked(given.secrecy, payload.secrecy, usualPayload.secrecy),
      includeLocked,
    },
  };
  return { subscription, newSecret: renewed ? secret!.secret : null };
}

export function withHeaders(endpoint: Endpoint, headers: Readonly<Record<string, string>> | null): Endpoint {
  const { headers: _, ...bare } = endpoint;
  return headers === null || Object.keys(headers).length === 0 ? bare : { ...bare, headers };
}

/** Whoever takes entries takes those of doors that did not open, or does not. */
function lockedBindings(bindings: readonly Binding[], include: boolean): readonly Binding[] {
  const bare = bindings.filter(({ type }) => type !== otherEntries);
  if (!include) return bare;
  return bare.flatMap((each) => (each.type === openEntries ? [each, { ...each, type: otherEntries }] : [each]));
}

const picked = <Value>(given: Value | null | undefined, before: Value, usual: Value): Value =>
  given === undefined ? before : (given ?? usual);

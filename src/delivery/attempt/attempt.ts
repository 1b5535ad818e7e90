// One attempt put together: the bytes and headers of the request. The event's text and the variant are fixed at acceptance, and
// every attempt composes the body from them: the same bytes, as long as a variant keeps its meaning. The time of the
// signature and the number of the attempt are new.

import { sign } from "../../../receiver/src/index.ts";
import { deliveryId } from "../../model/delivery.ts";
import type { DialectName } from "../../model/event.ts";
import type { Subscription } from "../../model/subscription.ts";
import type { DueDelivery, DueEvent } from "../../store/owed.ts";
import { judgeHeader } from "../guard/header.ts";
import { secretsOf } from "./redact.ts";
import type { DeliverySettings } from "../settings.ts";
import type { DeliveryRequest } from "./request.ts";
import { type SigningKey, signingKey } from "./signing-key.ts";
import { signExtra, type SignExtra } from "./extra-signatures.ts";
import { identityOf, type TlsIdentity } from "./tls-identity.ts";

export interface Composer {
  /** Belfry's version, for `user-agent`. */
  readonly version: string;
  readonly compose: (dialect: DialectName, body: string, variant: number) => string;
  /** The vendor's own authentication towards the receiver, as header names and values. */
  readonly authentication: (subscription: Subscription) => readonly Header[];
}

export type Timeouts = Pick<DeliverySettings, "timeoutMs" | "longestTimeoutMs">;

type Header = readonly [name: string, value: string];

/** What all attempts of a subscription share, worked out once per change of it. */
export interface Prepared {
  readonly organization: string;
  readonly url: string;
  readonly timeoutMs: number;
  readonly identity: TlsIdentity | null;
  /** Those before the signature, and those at the end. */
  readonly opening: readonly Header[];
  readonly closing: readonly Header[];
  /** The current one first, shared secrets before ed25519 keys. */
  readonly keys: readonly { readonly key: SigningKey; readonly until: number | null }[];
  /** Null: the usual signature alone. */
  readonly signExtra: SignExtra | null;
  /** Why no attempt may be made: the customer's header, judged anew. */
  readonly refused: string | null;
  /** What must not be kept of an answer. */
  readonly secrets: readonly string[];
}

/** Throws what `authentication` throws, and a TypeError for a signing secret that is none. */
export function prepare(subscription: Subscription, composer: Composer, timeouts: Timeouts): Prepared {
  const { endpoint, extraSignatures } = subscription;
  const newestFirst = subscription.signingSecrets.toReversed();
  const shared = newestFirst.map(({ secret, until }) => ({ key: signingKey(secret), until }));
  const pairs = newestFirst.flatMap(({ key, until }) => (key ? [{ key: signingKey(key.privateKey), until }] : []));
  const closing = composer.authentication(subscription);
  return {
    organization: subscription.organization,
    url: endpoint.url,
    timeoutMs: Math.min(endpoint.timeoutMs ?? timeouts.timeoutMs, timeouts.longestTimeoutMs),
    identity: identityOf(endpoint),
    opening: [
      ["content-type", "application/json"],
      ["user-agent", `Belfry/${composer.version}`],
    ],
    closing,
    keys: extraSignatures.includes("ed25519") ? [...shared, ...pairs] : shared,
    signExtra: signExtra(subscription),
    refused: refusedHeader(subscription),
    secrets: secretsOf(endpoint, closing),
  };
}

/** A header that was allowed when it was stored may be reserved by now. */
function refusedHeader({ endpoint: { apiKey, basicAuth, headers = {} } }: Subscription): string | null {
  const named = [...(apiKey === null ? [] : [[apiKey.name, apiKey.value] as const]), ...Object.entries(headers)];
  const verdicts = named.map(([name, value]) => judgeHeader(name, value, basicAuth !== null));
  const refused = verdicts.find(({ allowed }) => !allowed);
  return refused?.allowed === false ? refused.message : null;
}

/** `now`: wall time, epoch ms. `more`: headers that few requests have. */
export function request(
  prepared: Prepared,
  delivery: DueDelivery,
  composer: Composer,
  now: number,
  more?: readonly Header[],
): DeliveryRequest {
  const { event } = delivery;
  const body = composer.compose(event.dialect, event.body, delivery.variant);
  const timestamp = Math.floor(now / 1000);
  const secret: SigningKey[] = [];
  for (const { key, until } of prepared.keys) if (until === null || until > now) secret.push(key);
  const headers: Header[] = [
    ...prepared.opening,
    ["webhook-id", event.id],
    ["webhook-timestamp", `${timestamp}`],
    ["webhook-signature", sign({ id: event.id, timestamp, body, secret })],
    ["belfry-attempt", `${delivery.attempts + 1}`],
    ["belfry-delivery", deliveryId(delivery.number)],
  ];
  if (delivery.sequence !== null) headers.push(["belfry-sequence", `${delivery.sequence}`]);
  if (delivery.class === "replay" && delivery.replay !== undefined) headers.push(["belfry-replay", delivery.replay]);
  if (event.revision > 0) {
    headers.push(["belfry-revision", `${event.revision}`]);
    if (event.previous !== null) headers.push(["belfry-previous-value", printable(event.previous)]);
  }
  if (more !== undefined) headers.push(...more);
  if (prepared.signExtra !== null) headers.push(...prepared.signExtra(body, timestamp, now));
  headers.push(...prepared.closing);
  const { organization, url, timeoutMs, identity } = prepared;
  return { organization, url, headers, body, timeoutMs, identity };
}

/** A request that stands for no delivery: marked as a test, written once, and otherwise as the first attempt of this event. */
export function testRequest(
  prepared: Prepared,
  event: StandInEvent,
  variant: number,
  composer: Composer,
  now: number,
): DeliveryRequest {
  const made = request(prepared, standIn(event, variant, null, now), composer, now);
  const marked = made.headers.map((header) => (header[0] === "belfry-delivery" ? testHeader : header));
  return { ...made, headers: marked, once: true };
}

const testHeader: Header = ["belfry-test", "true"];

/** A request without an event: signed like any other, with the last number that was given; null: none was. */
export function heartbeatRequest(
  prepared: Prepared,
  event: Omit<StandInEvent, "type">,
  sequence: number | null,
  composer: Composer,
  now: number,
): DeliveryRequest {
  const made = request(prepared, standIn({ ...event, type: "" }, 0, sequence, now), composer, now);
  const headers = made.headers.flatMap((header): Header[] => {
    if (header[0] === "belfry-delivery") return [["belfry-heartbeat", "true"]];
    return header[0] === "belfry-attempt" ? [] : [header];
  });
  return { ...made, headers };
}

type StandInEvent = Pick<DueEvent, "id" | "dialect" | "type" | "body">;

/** In place of the delivery, for a request that stands for none. */
function standIn(
  { id, dialect, type, body }: StandInEvent,
  variant: number,
  sequence: number | null,
  now: number,
): DueDelivery {
  const event = { number: 0, id, dialect, type, body, revision: 0, previous: null };
  return { number: 0, lane: 0, class: "live", variant, attempts: 0, due: now, createdAt: now, event, sequence };
}

/** Name and port under which the slots of a host are counted; text that is no URL counts for itself. */
export function hostOf(url: string): string {
  if (!URL.canParse(url)) return url;
  const { protocol, hostname, port } = new URL(url);
  return `${hostname.replace(/\.$/, "")}:${port === "" ? (protocol === "http:" ? "80" : "443") : port}`;
}

/** JSON text as it may stand in a header: what is not printable ASCII is escaped, which means the same in JSON. */
function printable(json: string): string {
  return json.replaceAll(/[^\x20-\x7e]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

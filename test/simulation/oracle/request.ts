// Whether a request is one that its subscription allows: where it goes, who it says it is, how it is signed, and its bytes.

import { createHmac, createSecretKey, type KeyObject } from "node:crypto";
import type { DeliveryRequest } from "../../../src/delivery/attempt/request.ts";
import type { DeliverySettings } from "../../../src/delivery/settings.ts";
import { stateOf, type Subscription } from "../../../src/model/subscription.ts";

/** Why the request cannot be one of this version of the subscription; null: it can. The second null: the subscription is
 * removed. */
export type Objection = (
  request: DeliveryRequest,
  headers: ReadonlyMap<string, string>,
  version: Subscription | null,
) => string | null;

/** `wall`: epoch ms; `marker` stands in every secret. */
export function createObjection(
  wall: () => number,
  marker: string,
  settings: Pick<DeliverySettings, "timeoutMs" | "longestTimeoutMs">,
): Objection {
  const keys = new Map<string, KeyObject>();

  const keyOf = (secret: string): KeyObject => {
    let key = keys.get(secret);
    if (key === undefined) keys.set(secret, (key = createSecretKey(secret.slice("whsec_".length), "base64")));
    return key;
  };

  return (request, headers, version) => {
    if (version === null) return "its subscription is removed";
    if (stateOf(version) !== "active") return `its subscription is ${stateOf(version)}`;
    const { url, apiKey, basicAuth, timeoutMs } = version.endpoint;
    if (request.url !== url) return `its subscription points to ${url}, it goes to ${request.url}`;
    const deadline = Math.min(timeoutMs ?? settings.timeoutMs, settings.longestTimeoutMs);
    if (request.timeoutMs !== deadline) return "it has another deadline than its subscription";
    if (apiKey !== null && headers.get(apiKey.name) !== apiKey.value) return "it lacks the API key";
    if (basicAuth !== null) {
      const credentials = Buffer.from(`${basicAuth.username}:${basicAuth.password}`).toString("base64");
      if (headers.get("authorization") !== `Basic ${credentials}`) return "it lacks the basic authentication";
    }
    for (const [name, value] of headers) {
      const own = name === apiKey?.name || (basicAuth !== null && name === "authorization");
      if (!own && value.includes(marker)) return `header ${name} carries a secret`;
    }
    const now = wall();
    const timestamp = Number(headers.get("webhook-timestamp"));
    if (Math.abs(timestamp * 1000 - now) > 5000) return `its timestamp is ${timestamp}, the time ${now / 1000}`;
    const head = `${headers.get("webhook-id")}.${timestamp}.`;
    const wanted = version.signingSecrets
      .filter(({ until }) => until === null || until > now)
      .map(
        ({ secret }) => `v1,${createHmac("sha256", keyOf(secret)).update(head).update(request.body).digest("base64")}`,
      );
    const given = (headers.get("webhook-signature") ?? "").split(" ");
    if (!wanted.every((each) => given.includes(each))) return "its signature is missing or wrong";
    if (given.length !== wanted.length) return "it is signed with a secret that has ended";
    return null;
  };
}

/** Variant 1 and 2 say how the owner calls an entry of a door; the simulation writes it in one way only. */
export function expectedBody(body: string, variant: number): string {
  if (variant === 0) return body;
  return body.replace(
    /"resource_type":"[a-z_]+"/,
    `"resource_type":"${variant === 1 ? "access_log" : "door_release"}"`,
  );
}

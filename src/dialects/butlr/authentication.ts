// How Butlr's webhooks say who calls: a header of the owner's choice, HTTP Basic, or both [butlr.md §7]; and the headers that
// Belfry's own API adds to them.

import type { Subscription } from "../../model/subscription.ts";

/** Header names and values as they are sent. The user name and password go out as UTF-8. */
export function authentication(subscription: Subscription): readonly (readonly [name: string, value: string])[] {
  const { apiKey, basicAuth, headers: fixed = {} } = subscription.endpoint;
  const headers: [string, string][] = [];
  if (apiKey !== null) headers.push([apiKey.name, apiKey.value]);
  if (basicAuth !== null) {
    const credentials = Buffer.from(`${basicAuth.username}:${basicAuth.password}`).toString("base64");
    headers.push(["authorization", `Basic ${credentials}`]);
  }
  headers.push(...Object.entries(fixed));
  return headers;
}

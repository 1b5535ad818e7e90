// Bodies that vendors document or were seen to send, and requests that carry them.

import { type RawRequest, sign } from "../../receiver/src/index.ts";
import { allExamples as butlr } from "../dialects/butlr/place.ts";

const entry = {
  id: 123456789,
  logged_at: "2025-04-24T10:24:35Z",
  access_point: 22177636,
  entry_method: "Swipe to open",
  release_status: "Unlocked",
  name: "John Tenant",
  image_url: "https://cdn.butterflymx.com/snapshot.png",
};
const call = {
  id: 400494507,
  building_id: 577696272,
  logged_at: "2026-06-14T15:12:19Z",
  notification_type: "visitor",
  recipient: { id: 377389742, type: "Tenant" },
  unit: { id: 474917539 },
  device: { id: 708353660, name: "Main Entrance" },
  status: "initializing",
  image_url: "https://cdn.butterflymx.com/snapshot.png",
};
const envelope = (resource_type: string, data: object) => ({ event: { resource_type, action: "create", data } });

/** Event name → body. */
export const bodies: Readonly<Record<string, string>> = {
  ...butlr,
  "access_log.create": JSON.stringify(envelope("access_log", entry)),
  "door_release.create": JSON.stringify(envelope("door_release", entry)),
  "call.create": JSON.stringify(envelope("call", call)),
  "call.create.flat": JSON.stringify({
    guid: "00000000-0000-4000-8000-000000000000",
    user: { id: 1, first_name: "A", last_name: "B" },
    panel: { id: 2, name: "Front Door", sip_username: "panel_2" },
    unit: { id: 3, label: "4B" },
    provider: "twilio",
  }),
  "call.status_update": JSON.stringify({ call: { guid: "00000000-0000-4000-8000-000000000000" }, status: "canceled" }),
};

export const secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

export const post = (body: string | Uint8Array, headers: Record<string, string> = {}, url = "/hook"): RawRequest => ({
  method: "POST",
  url,
  headers,
  body,
});

/** Signed as Belfry does it, now. */
export function signed(
  body: string | Uint8Array,
  id = "event_1",
  more: Record<string, string> = {},
  key: string = secret,
): RawRequest {
  return post(body, signedHeaders(body, id, more, key));
}

export function signedHeaders(
  body: string | Uint8Array,
  id = "event_1",
  more: Record<string, string> = {},
  key: string = secret,
): Record<string, string> {
  const timestamp = Math.floor(Date.now() / 1000);
  return {
    "content-type": "application/json",
    "webhook-id": id,
    "webhook-timestamp": String(timestamp),
    "webhook-signature": sign({ id, timestamp, body, secret: key }),
    ...more,
  };
}

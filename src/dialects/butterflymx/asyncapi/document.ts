// The AsyncAPI 3 document of this dialect's deliveries: entries, calls in each form, statuses of calls, and the request that a
// bridge to doors gets. Records are those of the OpenAPI document. Pure.

import { asyncApiOf, signatureHeaders } from "../../asyncapi.ts";
import { accessLog, call, doorRelease } from "../openapi/records.ts";
import { integer, moment, object, only, oneOf, orNull, reference, type Schema, text, told } from "../openapi/schema.ts";
import { callExample, entryExample, releaseExample, statusExample } from "./examples.ts";

/** `version` is that of Belfry. */
export const asyncApi = (version: string): object =>
  asyncApiOf({
    title: "Belfry: webhooks in ButterflyMX's format",
    version,
    description:
      "What a receiver gets: one POST for each event, to the URL of the integration that bound it. Answer with 2xx within 5" +
      " seconds. The same event may come more than once, with the same webhook-id, and events may come in another order than" +
      " they happened. What was delivered can be read over REST already. An integration with `secrecy` gets null for names," +
      " pictures and e-mails. Events that a sender made ready go out as that sender wrote them.",
    channels: {
      webhook: "The URL in `configuration` of an integration.",
      bridge:
        "The bridge to the doors of a building. Asked once, void after 5 seconds; 2xx means that the door opened.",
    },
    messages: {
      "access_log.create": {
        title: "A door was opened",
        payload: envelope(["access_log", "door_release"], "create", entry),
        examples: [{ name: "documented", payload: entryExample }],
      },
      "call.create": {
        title: "A visitor calls somebody at a panel",
        payload: { anyOf: [both(flatCall, calling), calling, object(flatCall)] },
        examples: [{ name: "both forms", payload: callExample }],
      },
      "call.status_update": {
        title: "A call has another status now",
        payload: { anyOf: [both(flatStatus, changing), changing, object(flatStatus)] },
        examples: [{ name: "both forms", payload: statusExample }],
      },
      "door_release_request.create": {
        title: "Somebody asks to open a door",
        channel: "bridge",
        headers: { type: "object", required: Object.keys(signatureHeaders), properties: signatureHeaders },
        payload: object({ ...members(envelope(["door_release_request"], "create", doorRelease)), void_after: moment }),
        examples: [{ name: "documented", payload: releaseExample }],
      },
    },
    schemas: {},
  });

type Members = Readonly<Record<string, Schema>>;
const members = (schema: Schema): Members => schema["properties"] as Members;

const envelope = (types: readonly string[], action: string, data: Schema): Schema =>
  object({ event: object({ resource_type: oneOf(...types), action: only(action), data }) });

/** The flat keys and the envelope in one body. */
const both = (flat: Members, enveloped: Schema): Schema => object({ ...flat, ...members(enveloped) });

/** The keys that the vendor's guide shows. */
const documented = ["id", "logged_at", "access_point", "entry_method", "release_status", "name", "image_url"];
const entry = object(Object.fromEntries(documented.map((key) => [key, members(accessLog)[key]!])));

const panel = orNull(object({ id: reference, name: text, sip_username: orNull(text) }));
const flatCall: Members = {
  guid: text,
  user: told(
    orNull(
      object({
        id: integer,
        first_name: orNull(text),
        last_name: orNull(text),
        sip_username: orNull(text),
        email: told(orNull(text), "null but for the building, and for the person who is called."),
      }),
    ),
    "The tenant who is called.",
  ),
  panel,
  unit: orNull(object({ id: reference, label: orNull(text) })),
  provider: orNull(text),
  source: told(panel, "The panel again."),
  image_url: orNull(text),
};
const flatStatus: Members = { call: object({ guid: text }), status: text };
const calling = envelope(["call"], "create", call);
const changing = envelope(["call"], "status_update", call);

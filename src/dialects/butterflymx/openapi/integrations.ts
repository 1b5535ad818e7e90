// Integrations in the OpenAPI document: what ../integration.ts reads and shows. Resource types, actions and formats are those of
// the tables that it reads with.

import type { RouteDocument } from "../../../http/scope.ts";
import { mostHeaders } from "../../../model/delivery-options.ts";
import { payloadFormats } from "../../../model/subscription.ts";
import { sharedSecretForm } from "../../../shared-secret.ts";
import { actionsOf, resourceTypes } from "../types.ts";
import { flag, list, object, one, only, oneOf, open, orNull, page, type Schema, text, told } from "./schema.ts";
import { jsonBodies, paging } from "./requests.ts";

const actions = oneOf(...new Set(resourceTypes.flatMap(actionsOf)));
const format = oneOf(...payloadFormats);

const binding = (resource: Schema, sometimes: readonly string[]): Schema =>
  object(
    {
      resource_type: oneOf(...resourceTypes),
      actions: { ...list(actions), minItems: 1 },
      resource_id: told(resource, "The one access point, of calls the one device, that is meant; null: all."),
    },
    sometimes,
  );

const configuration = object(
  {
    url: text,
    method: only("post"),
    payload_format: format,
    secrecy: flag,
    include_locked: flag,
    header_names: list(text),
  },
  ["payload_format", "secrecy", "include_locked", "header_names"],
);

export const integrationSchemas: Readonly<Record<string, Schema>> = {
  Integration: object({
    id: { type: "string", pattern: "^\\d+$" },
    type: only("integrations"),
    attributes: object(
      {
        integrator: only("webhook"),
        configuration,
        config: told(configuration, "The same again, for clients of /v3."),
        bindings: list(binding(orNull(text), ["resource_id"])),
        signing_secret: told(text, "`whsec_…`, only where it was made just now."),
        signing_public_key: text,
      },
      ["signing_secret", "signing_public_key"],
    ),
  }),
};

const input: Schema = {
  ...object({
    data: object({
      type: only("integrations"),
      attributes: object({
        integrator: only("webhook"),
        configuration: open(
          {
            url: told(text, "Kept byte for byte."),
            method: told({ type: "string", pattern: "^[Pp][Oo][Ss][Tt]$" }, "`post`, which is also meant if absent."),
            headers: orNull({ type: "object", maxProperties: mostHeaders, additionalProperties: text }),
            payload_format: orNull(format),
            secrecy: orNull(flag),
            include_locked: orNull(flag),
            secret: orNull({ type: "string", pattern: sharedSecretForm.source }),
          },
          ["url"],
        ),
        bindings: { ...list(binding({ type: ["string", "integer", "null"] }, ["resource_id"])), minItems: 1 },
      }),
    }),
  }),
  additionalProperties: false,
};

/** Of a building or tenant of the path. */
export const integrationDocuments = {
  list: {
    summary: "Lists the integrations, oldest first.",
    query: open(paging),
    answers: { 200: page("Integration") },
  },
  create: {
    summary: "Makes an integration. Its signing secret is in this answer only.",
    body: jsonBodies(input),
    answers: { 200: one("Integration") },
  },
  show: { summary: "Shows an integration.", answers: { 200: one("Integration") } },
  replace: {
    summary: "Replaces an integration, and makes a disabled one active again.",
    body: jsonBodies(input),
    answers: { 200: one("Integration") },
  },
  remove: { summary: "Deletes an integration. What it is owed is cancelled.", answers: { 204: null } },
} as const satisfies Readonly<Record<string, RouteDocument>>;

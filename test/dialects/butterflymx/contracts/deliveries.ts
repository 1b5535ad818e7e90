// The served AsyncAPI document, and what a program makes of it: a judge of deliveries.

import { Ajv2020 } from "ajv/dist/2020.js";
import { asyncApi } from "../../../../src/dialects/butterflymx/asyncapi/document.ts";
import { closed, isMoment } from "../../../fixtures/closed-schemas.ts";

export const document = asyncApi("1.2.3") as {
  readonly channels: Readonly<Record<string, { readonly messages: object }>>;
  readonly operations: object;
  readonly components: {
    readonly messages: Readonly<Record<string, { readonly examples: readonly { readonly payload: object }[] }>>;
    readonly schemas: object;
  };
};
const ajv = new Ajv2020({ strict: false, allErrors: true });
ajv.addFormat("date-time", isMoment);
ajv.addSchema(closed(document), "asyncapi");

/** What is wrong with a body of this event type; empty: it fits, and has no key beside. */
export function faultsOf(type: string, body: unknown): string {
  const validate = ajv.getSchema(`asyncapi#/components/schemas/${type}`)!;
  return validate(body) === true ? "" : `${ajv.errorsText(validate.errors)}\n${JSON.stringify(body)}`;
}

/** What is wrong with what a receiver got; empty: nothing. */
export function faultsOfDelivery({
  body,
  headers,
}: {
  readonly body: Buffer;
  readonly headers: Readonly<Record<string, unknown>>;
}): string {
  const value = JSON.parse(body.toString()) as Readonly<Record<string, unknown>>;
  return faultsOf(typeOf(value), value) + faultsOf("headers", { ...pick(headers) });
}

/** The flat form of a call has no name for itself. */
function typeOf(value: Readonly<Record<string, unknown>>): string {
  const event = value["event"] as { resource_type: string; action: string } | undefined;
  if (event === undefined) return "call" in value ? "call.status_update" : "call.create";
  return `${event.resource_type.replace("door_release", "access_log")}.${event.action}`;
}

const pick = (headers: Readonly<Record<string, unknown>>) =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => /^(?:webhook|belfry)-/.test(name)));

// The served document, and what a program makes of it: a judge of payloads.

import specs from "@asyncapi/specs";
import { Ajv } from "ajv";
import { asyncApi } from "../../../../src/dialects/butlr/asyncapi/document.ts";
import { type EventType, eventTypes } from "../../../../src/dialects/butlr/types.ts";
import { metadataKeys } from "../../../../src/dialects/butlr/payload-schema.ts";

export const document = asyncApi("1.2.3") as Readonly<Record<string, unknown>>;

const ajv = new Ajv({ strict: false, allErrors: true });
ajv.addSchema(document, "asyncapi");

/** What is wrong with a payload; empty: it fits the schema of its type. */
export function faultsOf(type: EventType, payload: unknown): string {
  const validate = ajv.getSchema(`asyncapi#/components/schemas/${type}`)!;
  return validate(payload) === true ? "" : ajv.errorsText(validate.errors);
}

/** Keys that the schemas say nothing of. */
export function unknownKeys(type: EventType, payload: Readonly<Record<string, unknown>>): readonly string[] {
  const { level } = eventTypes[type];
  const known = Object.entries(metadataKeys).filter(([, key]) => [...key.always, ...key.sometimes].includes(level));
  const names = new Set(known.map(([name]) => name));
  const top = ["id", "type", "timestamp", "version", "metadata", "data"];
  return [
    ...Object.keys(payload).filter((key) => !top.includes(key)),
    ...Object.keys(payload["metadata"] as object).filter((key) => !names.has(key)),
  ];
}

/** What AsyncAPI's own schema of version 3.0.0 says of a document; empty: nothing. */
export function documentFaults(given: object): string {
  const schema: object = specs.schemasWithoutId["3.0.0"];
  const standard = new Ajv({ strict: false, allErrors: true, validateFormats: false });
  return standard.validate(schema, given) ? "" : standard.errorsText();
}

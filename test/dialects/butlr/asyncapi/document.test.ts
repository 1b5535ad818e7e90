import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { fastify } from "fastify";
import { asyncApiRoute } from "../../../../src/dialects/butlr/asyncapi/route.ts";
import { payloadExample } from "../../../../src/dialects/butlr/payload-schema.ts";
import { type EventType, eventTypeNames } from "../../../../src/dialects/butlr/types.ts";
import { allExamples } from "../place.ts";
import { document, documentFaults, faultsOf, unknownKeys } from "./validator.ts";

type Keyed = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

describe("the AsyncAPI document", () => {
  test("is what version 3.0.0 of the standard asks for", () => {
    assert.equal(documentFaults(document), "");
    const { operations } = document as { operations: object };
    assert.notEqual(documentFaults({ ...document, operations: { ...operations, X: { action: "shout" } } }), "");
  });

  test("has no reference that leads nowhere", () => {
    const references = [...JSON.stringify(document).matchAll(/"\$ref":"#\/([^"]+)"/g)].map(([, path]) => path!);
    assert.ok(references.length > 30);
    for (const path of references) {
      const found = path.split("/").reduce<unknown>((value, key) => (value as Keyed | undefined)?.[key], document);
      assert.equal(typeof found, "object", path);
    }
  });

  test("has a message, an operation and a schema of each event type, and of no other", () => {
    const { channels, operations, components } = document as {
      channels: { webhook: { messages: object } };
      operations: object;
      components: { messages: object; schemas: object };
    };
    for (const each of [channels.webhook.messages, operations, components.messages]) {
      assert.deepEqual(Object.keys(each), eventTypeNames);
    }
    for (const type of eventTypeNames) assert.ok(type in components.schemas, type);
  });

  test("shows the payloads that the vendor documents, in their order of keys", () => {
    for (const [type, text] of Object.entries(allExamples)) {
      assert.equal(JSON.stringify(payloadExample(type as EventType)), JSON.stringify(JSON.parse(text)), type);
    }
  });

  test("accepts the documented payloads, and none with a key too few, of another kind, or of another type", () => {
    for (const type of eventTypeNames) {
      const payload = JSON.parse(allExamples[type]) as Record<string, unknown>;
      assert.equal(faultsOf(type, payload), "", type);
      assert.deepEqual(unknownKeys(type, payload), [], type);
      const others = eventTypeNames.filter((other) => other !== type);
      for (const other of others) assert.match(faultsOf(other, payload), /data\/type must be equal to constant/);
      for (const key of Object.keys(payload)) {
        const { [key]: _, ...rest } = payload;
        assert.match(faultsOf(type, rest), new RegExp(`must have required property '${key}'`), `${type} ${key}`);
        assert.notEqual(faultsOf(type, { ...payload, [key]: null }), "", `${type} ${key}`);
      }
      if (type.endsWith("_HEALTH")) checkHealth(type, payload);
      const metadata = payload["metadata"] as Record<string, unknown>;
      for (const key of Object.keys(metadata)) {
        assert.match(faultsOf(type, { ...payload, metadata: { ...metadata, [key]: 1 } }), /must be string/);
        const { [key]: _, ...rest } = metadata;
        const isOptional = key.endsWith("_custom_id") || (key.startsWith("room_") && !/^(ROOM|PIR)/.test(type));
        const faults = faultsOf(type, { ...payload, metadata: rest });
        if (isOptional) assert.equal(faults, "", `${type} ${key}`);
        else assert.match(faults, new RegExp(`required property '${key}'`), type);
      }
    }
  });

  function checkHealth(type: EventType, payload: Record<string, unknown>): void {
    const data = payload["data"] as Record<string, unknown>;
    for (const key of Object.keys(data)) {
      const { [key]: _, ...rest } = data;
      assert.match(faultsOf(type, { ...payload, data: rest }), new RegExp(`required property '${key}'`));
      assert.notEqual(faultsOf(type, { ...payload, data: { ...data, [key]: "late" } }), "", `${type} ${key}`);
    }
  }

  test("is served to everybody", async () => {
    const server = fastify();
    asyncApiRoute(server, "1.2.3");
    const { statusCode, headers, body } = await server.inject("/v1/asyncapi/butlr.json");
    assert.equal(statusCode, 200);
    assert.match(String(headers["content-type"]), /^application\/json/);
    assert.deepEqual(JSON.parse(body), document);
    await server.close();
  });
});

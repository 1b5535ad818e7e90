import assert from "node:assert/strict";
import { describe, test } from "node:test";
import specs from "@asyncapi/specs";
import { Ajv } from "ajv";
import { fastify } from "fastify";
import { fc } from "../../../fixtures/properties.ts";
import { grantsOf } from "../../../../src/building/entitled.ts";
import { asyncApiRoute } from "../../../../src/dialects/butterflymx/asyncapi/route.ts";
import { callVariant, compose, entryVariant } from "../../../../src/dialects/butterflymx/compose.ts";
import { express } from "../../../../src/dialects/butterflymx/payload.ts";
import { types } from "../../../../src/dialects/butterflymx/types.ts";
import type { AccessLog, CallLog, Fact } from "../../../../src/model/fact.ts";
import { payloadFormats } from "../../../../src/model/subscription.ts";
import { accessFact, callFact } from "../../../fixtures/door-facts.ts";
import { north } from "../place.ts";
import { document, faultsOf } from "./deliveries.ts";

type Keyed = Readonly<Record<string, unknown>>;
const release = "door_release_request.create";

describe("the AsyncAPI document", () => {
  test("is what version 3.0.0 of the standard asks for", () => {
    const standard = new Ajv({ strict: false, validateFormats: false });
    const schema: object = specs.schemasWithoutId["3.0.0"];
    assert.ok(standard.validate(schema, document), standard.errorsText());
    assert.ok(!standard.validate(schema, { ...document, operations: { X: { action: "shout" } } }));
  });

  test("has no reference that leads nowhere", () => {
    const references = [...JSON.stringify(document).matchAll(/"\$ref":"#\/([^"]+)"/g)].map(([, path]) => path!);
    assert.ok(references.length > 15);
    for (const path of references) {
      const found = path.split("/").reduce<unknown>((value, key) => (value as Keyed | undefined)?.[key], document);
      assert.equal(typeof found, "object", path);
    }
  });

  test("has a message and an operation of each event type and of the request to a bridge, and of nothing else", () => {
    const { channels, operations, components } = document;
    assert.deepEqual(Object.keys(channels["webhook"]!.messages), types);
    assert.deepEqual(Object.keys(channels["bridge"]!.messages), [release]);
    for (const each of [operations, components.messages]) assert.deepEqual(Object.keys(each), [...types, release]);
  });

  test("takes its own examples, and none with a key too few or too many", () => {
    for (const [type, { examples }] of Object.entries(document.components.messages)) {
      for (const { payload } of examples as readonly { readonly payload: Keyed }[]) {
        assert.equal(faultsOf(type, payload), "");
        assert.notEqual(faultsOf(type, { ...payload, extra: 1 }), "", type);
        const { data } = payload["event"] as { data: Keyed };
        for (const key of Object.keys(data)) {
          const { [key]: _, ...rest } = data;
          assert.notEqual(
            faultsOf(type, { ...payload, event: { ...(payload["event"] as object), data: rest } }),
            "",
            key,
          );
        }
      }
    }
  });

  test("takes every body that Belfry makes, in every form", () => {
    const id = fc.oneof(
      fc.integer({ min: 1 }),
      fc.string({ minLength: 1 }),
      fc.constantFrom(37112193, 377389742, 22177636),
    );
    const orNull = <Value>(some: fc.Arbitrary<Value>) => fc.option(some, { nil: null });
    const entry: fc.Arbitrary<Partial<AccessLog>> = fc.record({
      id,
      access_point: fc.oneof(id, fc.constant("")),
      name: orNull(fc.string()),
      image_url: orNull(fc.webUrl()),
      unit: orNull(id),
      tenant_id: orNull(id),
      entry_method: fc.oneof(
        fc.constantFrom("Swipe to open", null),
        id.map((keychain) => ({ keychain })),
        id.map((access_tool) => ({ access_tool })),
      ),
    });
    const ring: fc.Arbitrary<Partial<CallLog>> = fc.record({
      id,
      guid: fc.uuid(),
      building_id: id,
      recipient: fc.record({ id: orNull(id), type: fc.constantFrom("Tenant", "Attendant") }),
      unit: orNull(fc.record({ id })),
      device: orNull(fc.record({ id, name: fc.string() })),
      status: fc.constantFrom("initializing", "canceled"),
      image_url: orNull(fc.webUrl()),
      provider: orNull(fc.constant("twilio")),
    });
    const fact: fc.Arbitrary<Fact> = fc.oneof(
      entry.map((data) => accessFact(data)),
      ring.map((data) => callFact(data)),
      ring.map((data) => ({ ...callFact(data), kind: "call_status" as const, told: true })),
    );
    const flags = [false, true];
    const calls = payloadFormats.flatMap((format) =>
      flags.flatMap((secrecy) => flags.map((quiet) => callVariant({ format, secrecy, quiet }))),
    );
    const entries = [1, 2].flatMap((name) => flags.map((secrecy) => entryVariant(name, secrecy)));
    fc.assert(
      fc.property(fact, (given) => {
        const event = express(given, north, () => "event_1", grantsOf)!;
        for (const variant of given.kind === "access" ? entries : calls) {
          assert.equal(faultsOf(event.type, JSON.parse(compose(event.body, variant))), "");
        }
      }),
      { numRuns: 60 },
    );
  });

  test("is served to everybody", async () => {
    const server = fastify();
    asyncApiRoute(server, "1.2.3");
    const { statusCode, headers, body } = await server.inject("/v1/asyncapi/butterflymx.json");
    assert.equal(statusCode, 200);
    assert.match(String(headers["content-type"]), /^application\/json/);
    assert.deepEqual(JSON.parse(body), document);
    await server.close();
  });
});

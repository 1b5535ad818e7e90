// What the compiler promises: a handler knows its payload by the name it registers for. These are checked by tsc; running
// them proves only that the file loads.

// oxlint-disable typescript/no-unnecessary-type-parameters -- assertions about types have nothing else
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { createServer as createSecureServer } from "node:https";
import { test } from "node:test";
import fastify from "fastify";
import { createReceiver, type EventName, eventNames, type Payloads, type Received } from "../../receiver/src/index.ts";
import { fastifyReceiver } from "../../receiver/src/fastify.ts";
import { fetchHandler } from "../../receiver/src/fetch.ts";
import { nodeHandler } from "../../receiver/src/node.ts";
import { type EventType, eventTypeNames } from "../../src/dialects/butlr/types.ts";
import { types as butterflymxTypes } from "../../src/dialects/butterflymx/types.ts";

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const holds = <_Claim extends true>(): void => {};

test("the receiver knows every event that the server makes", () => {
  const made: readonly (EventType | (typeof butterflymxTypes)[number])[] = [...eventTypeNames, ...butterflymxTypes];
  const known: readonly EventName[] = made;
  assert.deepEqual(
    known.filter((name) => !eventNames.includes(name)),
    [],
  );
});

test("event names and payloads are typed", () => {
  holds<Equal<Received<"ROOM_OCCUPANCY">["payload"], Payloads["ROOM_OCCUPANCY"]>>();
  holds<Equal<Payloads["ROOM_OCCUPANCY"]["data"], number>>();
  holds<Equal<Payloads["ROOM_OCCUPANCY"]["type"], "ROOM_OCCUPANCY">>();
  holds<Equal<Payloads["ROOM_OCCUPANCY"]["metadata"]["room_id"], string>>();
  holds<Equal<Payloads["ZONE_OCCUPANCY_1MIN"]["metadata"]["room_id"], string | undefined>>();
  holds<Equal<Payloads["DETECTIONS"]["data"]["local"][number], readonly [x: number, y: number]>>();
  holds<"data" extends keyof Payloads["PIR_MOTION"] ? false : true>();
  holds<"room_id" extends keyof Payloads["FLOOR_OCCUPANCY"]["metadata"] ? false : true>();
  holds<Equal<Payloads["door_release.create"]["event"]["resource_type"], "door_release">>();
  holds<Equal<Payloads["access_log.create"]["event"]["data"], Payloads["door_release.create"]["event"]["data"]>>();
  holds<Equal<Payloads["call.create"]["event"]["data"]["recipient"]["id"], number | null>>();
});

test("handlers are typed by the names they register for", () => {
  createReceiver({ unverified: true })
    .on("TRAFFIC", ({ payload }) => {
      holds<Equal<typeof payload.data, { readonly in: number; readonly out: number }>>();
      // @ts-expect-error -- passages have no count
      void payload.data.toFixed;
    })
    .on(["access_log.create", "door_release.create"], ({ payload }) => {
      holds<Equal<typeof payload.event.resource_type, "access_log" | "door_release">>();
      holds<Equal<typeof payload.event.data.name, string | null>>();
    })
    .on(["ROOM_OCCUPANCY", "PIR_MOTION"], async (event) => {
      if (event.name === "ROOM_OCCUPANCY") holds<Equal<typeof event.payload.data, number>>();
      // @ts-expect-error -- motion carries no data
      else void event.payload.data;
    })
    .otherwise(({ name, payload }) => {
      holds<Equal<typeof name, string>>();
      holds<Equal<typeof payload, unknown>>();
    });
  const receiver = createReceiver({ unverified: true });
  // @ts-expect-error -- no such event
  const misspelt = () => receiver.on("ROOM_OCUPANCY", () => {});
  // @ts-expect-error -- a secret is text or a prepared key
  const wrong = () => createReceiver({ secret: 42 });
  void [misspelt, wrong];
});

test("adapters fit the servers they are for", () => {
  const receiver = createReceiver({ unverified: true });
  const handler = nodeHandler(receiver);
  createServer(handler);
  createSecureServer(handler);
  void fastify().register(fastifyReceiver(receiver, "/hook"));
  const fetching: (request: Request) => Promise<Response> = fetchHandler(receiver);
  void fetching;
});

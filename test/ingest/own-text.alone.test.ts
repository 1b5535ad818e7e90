import assert from "node:assert/strict";
import { test } from "node:test";
import { readBody } from "../../src/ingest/http/batch-body.ts";
import { examples } from "../dialects/butlr/place.ts";
import { heldMemory } from "../fixtures/held-memory.ts";
import { makeSubscription } from "../fixtures/subscription.ts";
import { createWayIn, operator } from "./fixture.ts";

const organization = "org_2oUBiRES2AmpczNM5yLu7pChz8o";
const nowhere = { organization: null, building: null, unit: null, tenant: null };
const requests = 20;

test("a delivery that waits in memory does not keep the request that brought it", async () => {
  const way = await createWayIn();
  const send = async (number: number) => {
    const event = examples.TRAFFIC.replace("event_2oUBiSXgx48RtbZKXHm5ekpAzFe", `event_${number}`);
    // One event among much that nobody wants.
    const body = Buffer.from(`[${event},${JSON.stringify("é".repeat(1_000_000))}]`);
    const { items } = readBody(body, "json", { depth: 64, items: 10 });
    assert.equal((await way.acceptor.events("butlr", items, nowhere, operator)).accepted, 1);
  };
  // Makes the organization.
  await send(0);
  await way.subscribe(makeSubscription({ organization }));
  const before = await heldMemory();
  for (let number = 1; number <= requests; number++) await send(number);
  const each = ((await heldMemory()).all - before.all) / requests;
  assert.equal(way.offered.length, requests);
  assert.ok(each < 100_000, `${each} bytes each`);
  await way.close();
});

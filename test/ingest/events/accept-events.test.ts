import assert from "node:assert/strict";
import { test } from "node:test";
import { acceptEvents, type AcceptEventsDeps } from "../../../src/ingest/events/accept-events.ts";
import type { Dialect } from "../../../src/dialects/dialect.ts";
import { compileMatcher } from "../../../src/organizations/matcher.ts";
import { makeSubscription } from "../../fixtures/subscription.ts";
import { operator } from "../fixture.ts";

const event = (id: string) => ({
  id,
  dialect: "butlr" as const,
  type: "TRAFFIC",
  subject: "room_1",
  at: 0,
  body: "{}",
  revision: 0,
  previous: null,
  value: null,
  scopes: {},
});

test("an event that cannot be matched fails the request, and the places reserved for those before it are given back", async () => {
  const reserved: number[] = [];
  const matcher = compileMatcher([makeSubscription({ number: 1 }), makeSubscription({ number: 2 })]);
  let matched = 0;
  const organization = {
    id: "org_1",
    revision: 1,
    model: null,
    subscriptions: [],
    matcher: {
      ...matcher,
      match: (given: Parameters<typeof matcher.match>[0]) => {
        if (++matched === 3) throw new Error("no such scope");
        return matcher.match(given);
      },
    },
  };
  const deps = {
    organizations: { get: async () => organization, reload: async () => organization },
    ledger: { accept: () => assert.fail("nothing may be written") },
    enqueuer: {
      reserve: (lane: number) => reserved.push(lane) > 0,
      release: (lane: number) => void reserved.splice(reserved.indexOf(lane), 1),
      enqueue: () => assert.fail("nothing is durable"),
      readLater: () => assert.fail("nothing is durable"),
    },
    now: () => 0,
  } as unknown as AcceptEventsDeps;
  const dialect = {
    variant: () => 0,
    read: (text: string) => ({
      status: "read",
      organization: "org_1",
      event: event(text),
      inputId: null,
      content: null,
    }),
  } as unknown as Dialect;
  const items = ["event_1", "event_2", "event_3"].map((text) => ({ text, value: null }));
  const nowhere = { organization: null, building: null, unit: null, tenant: null };
  await assert.rejects(acceptEvents(deps, dialect, items, nowhere, operator), /no such scope/);
  assert.equal(matched, 3);
  assert.deepEqual(reserved, []);
});

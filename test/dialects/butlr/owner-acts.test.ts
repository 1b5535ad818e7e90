// What owners of webhooks have done through Butlr's API beyond changing them: resume, retry, test.

import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { failed } from "../../delivery/network.ts";
import { type Door, openDoor } from "./api-harness.ts";

let door: Door;
const opened: number[] = [];
const hastened: number[] = [];
let answer = failed(500);

before(async () => {
  door = await openDoor(undefined, {
    acts: {
      openLane: (lane) => opened.push(lane) > 0,
      hasten: {
        lane: async (lane) => hastened.push(lane),
        one: () => assert.fail("nobody asks for one delivery here"),
      },
      sendTest: async (_, { id, type, body }) => ({ id, type, body, startedAt: 7, outcome: answer }),
    },
  });
});
after(() => door.close());
beforeEach(() => {
  opened.length = 0;
  hastened.length = 0;
});

/** The id and the lane of a new webhook. */
async function made(type: string): Promise<{ readonly id: string; readonly lane: number }> {
  const input = [{ name: type, event_types: [type], endpoint_config: { url: "https://a.test/hook", http_timeout: 5 } }];
  const query = "mutation($input: [WebhookCreateInput!]!) { createWebhooks(input: $input) { id } }";
  const { data } = await door.run("manager", query, { input });
  const [{ id }] = data!["createWebhooks"] as [{ id: string }];
  return { id, lane: (await door.registry.subscription(id, null))!.number };
}

const mutate = (name: string, ids: readonly string[], who = "manager") =>
  door.run(who, `mutation($ids: [ID!]!) { ${name}(ids: $ids) { id state } }`, { ids });
const audits = async (action: string) =>
  (await door.store.history.audit({ limit: 100, before: null })).items.filter((each) => each.action === action);

test("resumeWebhooks opens the lane of a webhook that nobody holds, as the operator API does, and is audited", async () => {
  const { id, lane } = await made("TRAFFIC");
  assert.deepEqual((await mutate("resumeWebhooks", [id, id])).errors, []);
  assert.deepEqual(opened, [lane]);
  assert.deepEqual(
    (await audits("lane.open")).map(({ object }) => object),
    [id],
  );
  await mutate("pauseWebhooks", [id]);
  assert.deepEqual(opened, [lane], "a pause opens nothing");
});

test("retryWebhooks has all of them retried, each once, or none where one is held", async () => {
  const [one, other] = [await made("DETECTIONS"), await made("PIR_MOTION")];
  const done = await mutate("retryWebhooks", [one.id, other.id, one.id]);
  assert.deepEqual(done.errors, []);
  assert.equal((done.data!["retryWebhooks"] as object[]).length, 2);
  assert.deepEqual(
    [hastened, opened],
    [
      [one.lane, other.lane],
      [one.lane, other.lane],
    ],
  );
  await mutate("pauseWebhooks", [other.id]);
  hastened.length = 0;
  const refused = await mutate("retryWebhooks", [one.id, other.id]);
  assert.deepEqual(
    refused.errors.map(({ extensions }) => extensions.code),
    ["CONFLICT"],
  );
  assert.match(refused.errors[0]!.message, new RegExp(`${other.id}.*paused.*resume`));
  assert.deepEqual(hastened, []);
  const missing = await mutate("retryWebhooks", [one.id, "webhook_none"]);
  assert.deepEqual(
    missing.errors.map(({ extensions }) => extensions.code),
    ["NOT_FOUND"],
  );
  assert.deepEqual(hastened, []);
  assert.equal((await audits("subscription.retry")).length, 2);
});

test("testWebhook answers with the attempt of a sample, of a held webhook as well", async () => {
  const { id } = await made("ROOM_OCCUPANCY");
  await mutate("pauseWebhooks", [id]);
  answer = failed(503, { detail: "why", response: Buffer.from("down"), responseBytes: 4, durationMs: 12.4 });
  const fields =
    "event_id event_type body attempt { attempt started_at duration_ms outcome status detail } response response_encoding";
  const { data, errors } = await door.run("manager", `mutation { testWebhook(id: "${id}") { ${fields} } }`);
  assert.deepEqual(errors, []);
  const { body, event_id: event, ...told } = data!["testWebhook"] as { body: string; event_id: string };
  assert.equal(JSON.parse(body).id, event);
  assert.deepEqual(told, {
    event_type: "ROOM_OCCUPANCY",
    attempt: {
      attempt: 1,
      started_at: "1970-01-01T00:00:00.007Z",
      duration_ms: 12,
      outcome: "http_error",
      status: 503,
      detail: "why",
    },
    response: "down",
    response_encoding: "text",
  });
  const named = await door.run("manager", `mutation { testWebhook(id: "${id}", type: HIVE_HEALTH) { event_type } }`);
  assert.deepEqual(named.data, { testWebhook: { event_type: "HIVE_HEALTH" } });
  assert.equal((await audits("subscription.test")).length, 2);
});

// Alerts as an operator sets them up: one command adds a URL, one tests it, and the server's own store and engine deliver.

import assert from "node:assert/strict";
import { test } from "node:test";
import { verify } from "../../receiver/src/index.ts";
import { until } from "../fixtures/until.ts";
import { belfry, call, kill, makePlace, serve, startReceiver, stop } from "./harness.ts";

test("an alert is added, tested and listed by commands, and what was accepted is sent after a kill", async () => {
  const data = makePlace();
  const receiver = await startReceiver();
  const first = await serve(data);
  const added = await belfry(["alerts", "add", `${receiver.url}/in`, "--form", "slack", "--json", "--data", data]);
  assert.equal(added.code, 0, added.stderr);
  const { id, signing_secret: secret } = JSON.parse(added.stdout) as { id: string; signing_secret: string };
  const tested = await belfry(["alerts", "test", id, "--data", data]);
  assert.equal(tested.stdout, "The test arrived: the receiver answered 200.\n", tested.stderr);
  const [request] = receiver.requests;
  const body = request!.body.toString();
  verify({ headers: request!.headers, body, secret });
  assert.match((JSON.parse(body) as { text: string }).text, new RegExp(`^This is a test of ${id}: alerts arrive here`));

  receiver.answer("hang");
  const sent = await call(`${first.url}/v1/alerts/${id}/test`, { method: "POST", key: first.key });
  assert.equal(sent.status, 202);
  await receiver.waitFor(2);
  await kill(first);
  receiver.answer({});
  const second = await serve(data);
  const requests = await receiver.waitFor(3);
  assert.equal(requests[2]!.headers["webhook-id"], sent.body.event);
  assert.deepEqual(requests[2]!.body, requests[1]!.body);

  const key = second.key;
  const listed = await call(`${second.url}/v1/subscriptions`, { key });
  assert.deepEqual(listed.body.data, []);
  const organizations = await call(`${second.url}/v1/organizations`, { key });
  assert.deepEqual(organizations.body.data, []);
  const { body: alerts } = await call(`${second.url}/v1/alerts`, { key });
  assert.deepEqual([alerts.data[0].id, alerts.data[0].organization, alerts.data[0].lane.state], [id, null, "open"]);
  const metrics = async () => (await fetch(`${second.url}/metrics`)).text();
  await until("the attempt in the metrics", async () =>
    /^belfry_attempts_total\{code="delivered",dialect="belfry"\} 1$/m.test(await metrics()),
  );
  await stop(second);
});

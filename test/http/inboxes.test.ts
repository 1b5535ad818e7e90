// Inboxes over HTTP: what anybody may send to one, what whoever knows its address may see and choose, and what keys may do with
// them. Roles and other organizations: other-organizations.test.ts.

import assert from "node:assert/strict";
import { after, before, beforeEach, describe, test } from "node:test";
import { createOpenInbox } from "../../src/http/operator/open-inbox.ts";
import { createHttpServer } from "../../src/http/server.ts";
import { mostInboxes } from "../../src/inboxes/inboxes.ts";
import { silentLog } from "../../src/log.ts";
import { calm } from "../fixtures/steered-clock.ts";
import { type Answer, ask, type House, keyFor, modelOf, openHouse } from "./fixture.ts";

let house: House;
let operator: string;
let id: string;
let path: string;

before(async () => {
  house = await openHouse();
  operator = await keyFor(house, "operator");
  await ask(house, "PUT /v1/building-model", { key: operator, body: modelOf("a") });
});
after(() => house.close());

beforeEach(async () => {
  for (const inbox of house.inboxes.list()) house.inboxes.remove(inbox.id);
  const made = await ask(house, "POST /v1/inboxes", { key: await keyFor(house, "organization", "org_a"), body: {} });
  assert.equal(made.status, 201, made.text);
  id = made.body.id;
  path = new URL(made.body.url).pathname;
});

const requests = async (after = 0): Promise<Answer> => ask(house, `GET ${path}/requests?after=${after}`);
const latest = async () => (await requests()).body.data[0];
const untilReceived = async (count: number): Promise<void> => {
  while ((await requests()).body.inbox.received < count) await calm();
};

describe("what is sent to an inbox", () => {
  test("is kept with method, headers and body, whatever it is, and answered 204", async () => {
    for (const method of ["POST", "PUT", "PATCH", "DELETE", "GET", "OPTIONS"]) {
      const hasBody = !["GET", "OPTIONS"].includes(method);
      const answer = await ask(house, `${method} ${path}?a=b`, {
        headers: { "x-sent": "Yes", "content-type": "text/plain" },
        ...(hasBody && { text: "{not json" }),
      });
      assert.equal(answer.status, 204, answer.text);
      const kept = await latest();
      assert.deepEqual([kept.method, kept.from, kept.verification], [method, "outside", null]);
      assert.equal(kept.body, hasBody ? "{not json" : "");
      assert.ok(kept.headers.some(([name, value]: string[]) => name === "x-sent" && value === "Yes"));
    }
  });

  test("is shown in base64 where it is no text", async () => {
    await ask(house, `POST ${path}`, { text: Buffer.from([0xff, 0x00]) });
    const { body, body_encoding, body_bytes, is_cut } = await latest();
    assert.deepEqual([body, body_encoding, body_bytes, is_cut], ["/wA=", "base64", 2, false]);
  });

  test("gets 404 where there is no such inbox, and 413 where it is too large", async () => {
    const unknown = path.slice(0, -1) + (path.endsWith("a") ? "b" : "a");
    for (const what of [`POST ${unknown}`, `GET ${unknown}/requests`]) {
      const { status, text } = await ask(house, what);
      assert.deepEqual([status, text.includes("There is no such inbox, or it has ended.")], [404, true]);
    }
    assert.equal((await ask(house, `PATCH ${unknown}/answer`, { body: {} })).status, 404);
    assert.equal((await ask(house, `POST ${path}`, { text: Buffer.alloc(1024 * 1024 + 1) })).status, 413);
  });

  test("is answered after the delay that was chosen; too many that wait are told so", async () => {
    await ask(house, `PATCH ${path}/answer`, { body: { delay_ms: 30_000, status: 503 } });
    const slow = Array.from({ length: 17 }, () => ask(house, `POST ${path}`, { text: "x" }));
    const first = await Promise.race(slow);
    assert.equal(first.status, 429, "the one beyond the sixteen");
    await house.clock.pass(30_000);
    const statuses = (await Promise.all(slow)).map(({ status }) => status);
    assert.equal(statuses.filter((status) => status === 503).length, 16);
    assert.equal(house.clock.timers(), 0);
  });

  test("is neither kept nor one of the failures where too many wait: it was not answered", async () => {
    await ask(house, `PATCH ${path}/answer`, { body: { delay_ms: 30_000, fail_first: 1 } });
    const slow = Array.from({ length: 16 }, () => ask(house, `POST ${path}`, { text: "x" }));
    await untilReceived(16);
    const headers = { "belfry-delivery": "delivery_late" };
    assert.equal((await ask(house, `POST ${path}`, { headers })).status, 429);
    const { body } = await requests();
    assert.deepEqual([body.inbox.received, body.data.length], [16, 16]);
    await house.clock.pass(30_000);
    await Promise.all(slow);
    const late = ask(house, `POST ${path}`, { headers });
    await untilReceived(17);
    await house.clock.pass(30_000);
    assert.equal((await late).status, 503, "the first attempt that is answered");
    assert.equal(house.clock.timers(), 0);
  });

  test("waits for nothing where whoever sent it hung up before", async () => {
    const { inboxes, clock } = house;
    await ask(house, `PATCH ${path}/answer`, { body: { delay_ms: 30_000 } });
    const server = createHttpServer({ host: "127.0.0.1", port: 0, log: silentLog, clock });
    server.mount((scope) => {
      scope.addHook("preHandler", async (_, reply) => void reply.raw.destroy());
      createOpenInbox({ inboxes, clock, page: (_, reply) => reply })(scope);
    });
    await assert.rejects(ask({ server }, `POST ${path}`, { text: "x" }), /destroyed/);
    await untilReceived(1);
    await calm();
    assert.equal(clock.timers(), 0);
  });

  test("is the page for a browser that opens the address, and nothing is kept of that", async () => {
    const { text } = await ask(house, `GET ${path}`, { headers: { accept: "text/html,*/*;q=0.8" } });
    assert.equal(text, "the page");
    assert.equal((await requests()).body.inbox.received, 0);
  });
});

describe("whoever knows the address", () => {
  test("sees what arrived, and neither the organization nor the id by which keys name it", async () => {
    await ask(house, `POST ${path}`, { text: "x" });
    const { body, text, headers } = await requests();
    assert.deepEqual(Object.keys(body.inbox), ["name", "url", "created_at", "expires_at", "answer", "received"]);
    assert.ok(!text.includes("org_a") && !text.includes(id));
    assert.equal(headers["cache-control"], "no-store");
    assert.deepEqual((await requests(1)).body.data, []);
  });

  test("chooses the answer, within bounds", async () => {
    const { body } = await ask(house, `PATCH ${path}/answer`, { body: { status: 418, fail_first: 1 } });
    assert.deepEqual(body.answer, { status: 418, delay_ms: 0, fail_first: 1 });
    const headers = { "belfry-delivery": "delivery_1" };
    const statuses = [];
    for (let count = 0; count < 2; count++) statuses.push((await ask(house, `POST ${path}`, { headers })).status);
    assert.deepEqual(statuses, [503, 418]);
    for (const wrong of [{ status: 199 }, { status: 600 }, { delay_ms: 30_001 }, { fail_first: -1 }, { more: 1 }]) {
      assert.equal((await ask(house, `PATCH ${path}/answer`, { body: wrong })).status, 422, JSON.stringify(wrong));
    }
  });
});

describe("keys", () => {
  test("make, list, read, change and remove inboxes, and each act but reading is audited", async () => {
    const key = await keyFor(house, "organization", "org_a");
    await ask(house, `POST ${path}`, { text: "x" });
    const listed = (await ask(house, "GET /v1/inboxes", { key })).body.data;
    assert.deepEqual(
      listed.map((each: { id: string; url: string }) => [each.id, each.url]),
      [[id, `https://belfry.test${path}`]],
    );
    const read = (await ask(house, `GET /v1/inboxes/${id}/requests`, { key })).body;
    assert.deepEqual([read.inbox.id, read.inbox.received, read.data[0].body], [id, 1, "x"]);
    const changed = await ask(house, `PATCH /v1/inboxes/${id}/answer`, { key, body: { status: 500 } });
    assert.equal(changed.body.answer.status, 500);
    assert.equal((await ask(house, `DELETE /v1/inboxes/${id}`, { key })).status, 204);
    assert.equal((await requests()).status, 404);
    const audit = (await ask(house, "GET /v1/audit?limit=5", { key: operator })).body.data;
    assert.deepEqual(
      audit
        .filter(({ object }: { object: string }) => object === id)
        .map((entry: { action: string; object: string }) => [entry.action, entry.object]),
      ["remove", "answer", "create"].map((act) => [`inbox.${act}`, id]),
    );
  });

  test("of a building and of a tenant have inboxes of their own, and see no others", async () => {
    const [building, tenant] = [
      await keyFor(house, "building", "org_a", "building_a"),
      await keyFor(house, "tenant", "org_a", "tenant_a"),
    ];
    for (const key of [building, tenant]) await ask(house, "POST /v1/inboxes", { key, body: {} });
    const kinds = async (key: string) =>
      (await ask(house, "GET /v1/inboxes", { key })).body.data.map(
        (each: { scope: { kind: string } }) => each.scope.kind,
      );
    assert.deepEqual(await kinds(tenant), ["tenant"]);
    assert.deepEqual((await kinds(building)).toSorted(), ["building", "tenant"], "the tenant lives in the building");
    assert.equal((await kinds(operator)).length, 3);
    assert.equal((await ask(house, `GET /v1/inboxes/${id}/requests`, { key: building })).status, 404);
    const viewer = await keyFor(house, "viewer", "org_a");
    assert.equal((await ask(house, "GET /v1/inboxes", { key: viewer })).status, 403);
  });

  test("of an operator name the organization where there are several", async () => {
    const make = (headers = {}) => ask(house, "POST /v1/inboxes", { key: operator, body: {}, headers });
    assert.equal((await make()).body.organization, "org_a", "the only one");
    await ask(house, "PUT /v1/building-model", { key: operator, body: modelOf("b") });
    assert.equal((await make()).body.code, "ORGANIZATION_REQUIRED");
    assert.equal((await make({ "belfry-organization": "org_b" })).body.organization, "org_b");
  });

  test("hear of the limit, and of a server that has no inboxes", async () => {
    const key = await keyFor(house, "organization", "org_a");
    for (let count = 1; count < mostInboxes.scope; count++) await ask(house, "POST /v1/inboxes", { key, body: {} });
    const { status, body } = await ask(house, "POST /v1/inboxes", { key, body: {} });
    assert.deepEqual([status, body.code], [409, "CONFLICT"]);
  });
});

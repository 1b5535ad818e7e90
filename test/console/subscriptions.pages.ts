// Subscriptions, deliveries and events in a real Chromium: made, edited and tested against a real HTTPS receiver; a day of 10,000
// deliveries; names that are long, short and from right to left; who may do what, and what is shown where there is nothing.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import axe from "axe-core";
import type { Browser, Page } from "playwright-core";
import { systemClock } from "../../src/clock.ts";
import { loadMasterKey } from "../../src/store/master-key.ts";
import { openSqlite } from "../../src/store/sqlite/open.ts";
import { event, outcome, owed, refusal, settlement } from "../contract/samples.ts";
import { call, makePlace, type Server, serve, startReceiver, stop } from "../e2e/harness.ts";
import type { HttpsReceiver } from "../fixtures/https-receiver.ts";
import { until } from "../fixtures/until.ts";
import { modelOf } from "../http/fixture.ts";
import { done, hop, launch, type Look, settled, signIn, skip, type Watched, watch } from "./browser.ts";
import { everyLook } from "./every-look.ts";

const many = 10_000;
const dayMs = 86_400_000;
const longName = "A dashboard whose name fills all of the sixty characters now";
const rightToLeft = "לוח מחוונים של הקומה";

let browser: Browser;
let server: Server;
let receiver: HttpsReceiver;
/** By name. */
const webhooks = new Map<string, { id: string; number: number }>();

describe("subscriptions, deliveries and events in a browser", { skip, concurrency: 2 }, () => {
  before(async () => {
    [browser, receiver] = await Promise.all([launch(), startReceiver()]);
    receiver.answer(({ path }) => (path === "/down" ? { status: 503, body: "being moved" } : { status: 204 }));
    const place = makePlace();
    server = await serve(place);
    const put = await call(`${server.url}/v1/building-model`, { method: "PUT", key: server.key, body: modelOf("a") });
    assert.equal(put.status, 200, JSON.stringify(put.body));
    const hooks = [
      ["Rooms", "ROOM_OCCUPANCY", "/rooms"],
      [longName, "FLOOR_OCCUPANCY", "/long"],
      ["x", "TRAFFIC", "/short"],
      [rightToLeft, "ZONE_OCCUPANCY", "/right"],
      ["Old", "PIR_MOTION", "/down"],
    ] as const;
    for (const [name, type, path] of hooks) {
      // What fails is tried again only when a test asks for it.
      const more = { retry_delays_s: [3_600, 3_600, 3_600] };
      const body = { dialect: "butlr", organization: "org_a", name, types: [type], url: receiver.url + path, ...more };
      const made = await call(`${server.url}/v1/subscriptions`, { key: server.key, body });
      assert.equal(made.status, 201, JSON.stringify(made.body));
      webhooks.set(name, { id: made.body.id, number: 0 });
    }
    // A day of deliveries, written by the store itself: to send them would take longer than all tests.
    await stop(server);
    await fill(place);
    server = await serve(place);
  });
  after(() => browser?.close());

  async function fill(data: string): Promise<void> {
    const store = await openSqlite({ directory: data, masterKey: loadMasterKey(undefined, data), clock: systemClock });
    const { epoch } = await store.ledger.acquire(Date.now(), 0);
    const snapshot = (await store.registry.snapshot("org_a"))!;
    const lane = snapshot.subscriptions.find(({ name }) => name === "Rooms")!.number;
    const start = Date.now() - dayMs + 60_000;
    for (let first = 0; first < many; first += 1_000) {
      const events = Array.from({ length: 1_000 }, (_, index) => {
        const acceptedAt = start + Math.floor(((first + index) * (dayMs - 120_000)) / many);
        const body = JSON.stringify({ type: "ROOM_OCCUPANCY", data: index % 7 });
        const scopes = JSON.stringify({ building: "building_a", floor: "floor_a", room: "room_a" });
        const more = { subject: "room_a", at: acceptedAt, acceptedAt, body, value: String(index % 7), scopes };
        return event(`event_${first + index}`, { ...more, deliveries: [owed(lane)] });
      });
      const { revision } = snapshot.organization;
      const done = await store.ledger.accept([{ organization: "org_a", revision, events }], null);
      assert.ok(done.status === "done");
      const settled = done.receipts.flatMap((receipt, index) => {
        assert.ok(receipt.status === "accepted");
        const [number] = receipt.deliveries;
        const startedAt = events[index]!.acceptedAt + 40;
        const isBad = (first + index) % 50 === 0;
        return settlement(number!, lane, {
          startedAt,
          outcome: isBad ? refusal : outcome({ durationMs: 3 + (index % 40) }),
          next: { state: isBad ? "exhausted" : "delivered" },
        });
      });
      await store.ledger.settle(epoch, settled);
    }
    await store.close();
  }

  const api = (path: string, body?: object) =>
    call(`${server.url}/v1/${path}`, {
      key: server.key,
      headers: { "belfry-organization": "org_a" },
      ...(body && { body }),
    });
  const keyFor = async (role: string, of: string): Promise<string> => (await api("keys", { role, for: of })).body.key;
  const signedIn = async (look: Look = { width: 1_440, theme: "light" }, key = server.key): Promise<Watched> => {
    const watched = await watch(browser, server.url, look);
    await signIn(watched.page, server.url, key);
    return watched;
  };
  const go = async (page: Page, path: string): Promise<void> => {
    await page.goto(`${server.url}/console${path}`);
    await settled(page);
  };
  const idOf = (name: string): string => webhooks.get(name)!.id;
  /** A page may end before the first one on a machine that is busy. */
  const firstOf = async (query: string): Promise<{ id: string; event: string }> => {
    let found: { id: string; event: string } | undefined;
    await until(`a delivery of ${query}`, async () => {
      [found] = (await api(`deliveries?limit=1&${query}`)).body.data;
      return found !== undefined;
    });
    return found!;
  };

  test("shows every page in both themes at both widths: nothing is cut off, and axe finds nothing serious", async () => {
    const watched = await signedIn();
    const { page } = watched;
    await go(page, "/subscriptions");
    await page.evaluate(axe.source);
    const rooms = idOf("Rooms");
    const paths = [
      "/subscriptions",
      "/subscriptions/new",
      `/subscriptions/${idOf(longName)}/edit`,
      `/deliveries?subscription=${rooms}&state=exhausted&since=2026-01-01T00:00:00.000Z&until=2099-01-01T00:00:00.000Z`,
    ];
    for (const path of paths) {
      await hop(page, path);
      await everyLook(page, path);
    }
    await done(watched);
  });

  test("the list has figures of a day, those in trouble first, and names of every length and direction", async () => {
    const watched = await signedIn();
    const { page } = watched;
    await go(page, "/subscriptions");
    const row = page.getByRole("row").filter({ has: page.getByRole("link", { name: "Rooms", exact: true }) });
    await row.getByText(/^9[78](\.\d)? %$/).waitFor();
    await row.getByRole("img", { name: /^The last 24 hours, hour by hour: attempts failed in \d+ hours$/ }).waitFor();
    await row.getByText("last number 10,000").waitFor();
    assert.match((await row.textContent())!, /\d+ ms \/ \d+ ms/);
    for (const name of [longName, "x", rightToLeft]) await page.getByRole("link", { name, exact: true }).waitFor();
    await row.click({ position: { x: 20, y: 8 } });
    await page.getByRole("heading", { name: "24 hours" }).waitFor();
    await page.getByRole("img", { name: "Attempts by outcome, hour by hour" }).waitFor();
    await page.getByText(/answered with an error$/).waitFor();
    await page.getByText("of a sample").waitFor();
    assert.match(
      (await page.getByRole("link", { name: "Replay…" }).getAttribute("href"))!,
      /\/replays\/new\?.*subscription=webhook_/,
    );
    await done(watched);
  });

  test("makes a webhook: faults stand beside their fields, then its secret is shown and a test arrives", async () => {
    const watched = await signedIn();
    const { page } = watched;
    await go(page, "/subscriptions");
    await page.getByRole("link", { name: "New subscription" }).click();
    await page.getByRole("heading", { name: "New subscription" }).waitFor();
    await page.getByText(/Held by “Rooms”: an organization takes it once/).waitFor();
    assert.equal(await page.getByRole("checkbox", { name: /^ROOM_OCCUPANCY people/ }).isDisabled(), true);
    await page.getByLabel("Name", { exact: true }).fill("Made here");
    await page.getByLabel("URL").fill("http://plain.example.test/");
    await page.getByRole("checkbox", { name: /^SENSOR_HEALTH/ }).check();
    await page.getByText("Headers, certificates, pace and retries").click();
    await page.getByLabel("Answers within, seconds").fill("99");
    await page.getByRole("button", { name: "Make the subscription" }).click();
    await page.locator('[data-field="timeout_s"]').waitFor();
    await page.getByLabel("Answers within, seconds").fill("5");
    await page.getByRole("button", { name: "Make the subscription" }).click();
    await page
      .locator('[data-field="url"]')
      .getByText(/^Is refused: /)
      .waitFor();
    await page.getByLabel("URL").fill(`${receiver.url}/made`);
    await page.getByRole("combobox", { name: "Headers", exact: true }).selectOption("set");
    await page.getByLabel("Name of header 1").fill("x-shared");
    await page.getByLabel("Value of header 1").fill("canary");
    await page.getByText("Rooms: all rooms").click();
    await page.getByRole("checkbox", { name: "Room", exact: true }).check();
    await page.getByRole("button", { name: "Make the subscription" }).click();
    await page.getByRole("heading", { name: "Made here is made" }).waitFor();
    const secret = (await page.getByText(/^whsec_/).textContent())!;
    const { data } = (await api("subscriptions?type=SENSOR_HEALTH")).body;
    assert.deepEqual(data[0].filters, { room_ids: ["room_a"] });
    assert.deepEqual([data[0].endpoint.timeout_ms, data[0].endpoint.header_names], [5_000, ["x-shared"]]);
    const reveal = await api(`subscriptions/${data[0].id}/signing-secret/reveal`, {});
    assert.equal(reveal.body.signing_secret, secret);
    await page.getByRole("button", { name: "Send a test" }).click();
    await page.getByText("The receiver answered 204.").waitFor();
    const [tested] = receiver.requests.filter(({ path }) => path === "/made");
    assert.deepEqual([tested!.headers["belfry-test"], tested!.headers["x-shared"]], ["true", "canary"]);
    await page.getByRole("link", { name: "Go to the subscription" }).click();
    await page.getByText("the headers x-shared").waitFor();
    await done(watched, /status of 422/);
  });

  test("a test that fails says what is wrong, with status, duration and body", async () => {
    const watched = await signedIn();
    const { page } = watched;
    await go(page, `/subscriptions/${idOf("Old")}`);
    await page.getByRole("button", { name: "Send a test" }).click();
    const card = page.getByRole("region", { name: "Test" });
    await card.getByText("The receiver answered 503.").waitFor();
    await card.getByText("being moved").waitFor();
    await card.getByText("http_error").waitFor();
    await done(watched);
  });

  test("edits what is changed and nothing else; another host gets a new secret", async () => {
    const { id } = webhooks.get("x")!;
    const watched = await signedIn();
    const { page } = watched;
    await go(page, `/subscriptions/${id}/edit`);
    const name = page.getByLabel("Name", { exact: true });
    assert.equal(await name.inputValue(), "x");
    await name.fill("y");
    await page.getByLabel("Order").selectOption("subject");
    await page.getByRole("checkbox", { name: "Limit the rate" }).check();
    await page.getByLabel("Attempts in a second").fill("0");
    await page.getByRole("button", { name: "Save the changes" }).click();
    await page.locator('[data-field="rate_limit.per_second"]').waitFor();
    await page.getByLabel("Attempts in a second").fill("5");
    await page.getByRole("button", { name: "Save the changes" }).click();
    await page.getByRole("heading", { name: "y", exact: true }).waitFor();
    const { body } = await api(`subscriptions/${id}`);
    assert.deepEqual([body.name, body.order, body.rate_limit], ["y", "subject", { per_second: 5, burst: 5 }]);
    await page.getByRole("link", { name: "Edit" }).click();
    await page.getByLabel("URL").fill(`${receiver.url.replace("127.10.0.1", "127.10.0.2")}/else`);
    await page.getByText("Another host gets a new signing secret").waitFor();
    await page.getByRole("button", { name: "Save the changes" }).click();
    await page.getByRole("heading", { name: "y has a new secret" }).waitFor();
    await done(watched, /status of 422/);
  });

  test("a tenant makes an integration for itself and nothing else", async () => {
    const watched = await signedIn({ width: 1_440, theme: "light" }, await keyFor("tenant", "tenant_a"));
    const { page } = watched;
    await go(page, "/subscriptions");
    await page.getByText("Nobody subscribes yet.").waitFor();
    await page.getByRole("link", { name: "Make the first" }).click();
    await page.getByLabel("URL").waitFor();
    assert.equal(await page.getByRole("radio", { name: /Butlr/ }).count(), 0);
    await page.getByLabel("URL").fill(`${receiver.url}/tenant`);
    await page.getByRole("checkbox", { name: /^call\.create/ }).check();
    await page.getByRole("button", { name: "Make the subscription" }).click();
    await page.getByText(/^whsec_/).waitFor();
    const { data } = (await api("subscriptions?dialect=butterflymx")).body;
    assert.deepEqual(data[0].scope, { kind: "tenant", id: "tenant_a" });
    await done(watched);
  });

  test("a viewer is offered no form, and a subscription that is not there says so", async () => {
    const watched = await signedIn({ width: 1_440, theme: "light" }, await keyFor("viewer", "org_a"));
    const { page } = watched;
    await go(page, `/subscriptions/${idOf("Rooms")}`);
    for (const name of ["Send a test", "Pause", "Show the secret"])
      assert.equal(await page.getByRole("button", { name }).count(), 0, name);
    assert.equal(await page.getByRole("link", { name: "Edit" }).count(), 0);
    await go(page, "/subscriptions/new");
    await page.getByText("Your key may read subscriptions, and change none.").waitFor();
    const delivery = await firstOf("state=exhausted");
    await go(page, `/deliveries/${delivery.id}`);
    assert.equal((await page.getByText(`${receiver.url}/…`).count()) > 0, true, "no more of a URL than its host");
    await done(watched);
    const operator = await signedIn();
    await go(operator.page, "/subscriptions/webhook_none/edit");
    await operator.page.getByText("There is no such subscription, or this key may not see it.").waitFor();
    await operator.page.getByRole("button", { name: "Try again" }).waitFor();
    await done(operator);
  });

  test("retries now what waits for a later try, and says how many", async () => {
    const { id } = webhooks.get("Old")!;
    const sent = await api("events?dialect=butlr", [readyMade("PIR_MOTION")]);
    assert.equal(sent.status, 202, JSON.stringify(sent.body));
    await until(
      "the first attempt to fail",
      async () => (await api(`subscriptions/${id}`)).body.lane.status.failing !== null,
    );
    const watched = await signedIn();
    const { page } = watched;
    await go(page, `/subscriptions/${id}`);
    const before = receiver.requests.filter(({ path }) => path === "/down").length;
    await page.getByRole("button", { name: "Retry now" }).click();
    await page.getByText("1 delivery that waited for a later try is due now.").waitFor();
    await until("another attempt", () => receiver.requests.filter(({ path }) => path === "/down").length > before);
    await done(watched);
  });

  test("10,000 deliveries are paged, narrowed by state, space and time, and kept on the way back", async () => {
    const watched = await signedIn();
    const { page } = watched;
    await go(page, "/deliveries");
    const rows = page.locator("table.deliveries tbody tr");
    // A page may end early on a machine that is busy, and goes on with the next.
    const shown = await rows.count();
    assert.ok(shown > 0 && shown <= 50, String(shown));
    await page.getByRole("button", { name: "Show older ones" }).click();
    await until("older ones", async () => (await rows.count()) > shown);
    await page.getByRole("combobox", { name: "State", exact: true }).selectOption("exhausted");
    await page.getByRole("combobox", { name: "Space or door" }).selectOption("room_a");
    await page.getByRole("combobox", { name: "Time" }).selectOption("between");
    await page.waitForURL(/state=exhausted&subject=room_a&since=.*&until=/);
    await settled(page);
    const local = (at: number) => new Date(at + zoneOffset(at)).toISOString().slice(0, 16);
    const [from, to] = [Date.now() - 12 * 3_600_000, Date.now() - 6 * 3_600_000];
    await page.getByLabel("From").fill(local(from));
    await page.getByLabel("From").blur();
    await page.getByLabel("Until").fill(local(to));
    await page.getByLabel("Until").blur();
    await settled(page);
    await until("only those of that time", async () => {
      const times = await page.evaluate<string[]>(
        "[...document.querySelectorAll('table.deliveries tbody td[data-label=When] time')].map((each) => each.dateTime)",
      );
      const made = times.map((each) => Date.parse(each)).filter((at) => at < to + 60_000 && at > from - 60_000);
      return made.length > 0 && made.length === times.length;
    });
    const address = page.url();
    await rows.first().click({ position: { x: 8, y: 8 } });
    await page.getByRole("heading", { name: "What and to whom" }).waitFor();
    await page.goBack();
    await page.waitForURL(address);
    assert.equal(await page.getByRole("combobox", { name: "State", exact: true }).inputValue(), "exhausted");
    await done(watched);
  });

  test("sends many again: how many and for how long stands there first", async () => {
    const id = idOf("Rooms");
    const watched = await signedIn();
    const { page } = watched;
    await go(page, "/deliveries");
    await page.getByText("Choose one subscription: a replay sends to one.").waitFor();
    await page.getByRole("combobox", { name: "Subscription", exact: true }).selectOption(id);
    await page.getByRole("combobox", { name: "State", exact: true }).selectOption("exhausted");
    await page.waitForURL(/state=exhausted/);
    await settled(page);
    const dialog = page.getByRole("dialog");
    // A count that was cut off.
    await page.route("**/v1/replays", async (route) => {
      const response = await route.fetch();
      await route.fulfill({ response, json: { ...(await response.json()), complete: false } });
    });
    await page.getByRole("button", { name: "Send these again…" }).click();
    await dialog.getByText("At least 200 events").waitFor();
    await dialog.getByRole("button", { name: "Send at least 200 again" }).waitFor();
    await dialog.getByRole("button", { name: "Cancel" }).click();
    await page.unroute("**/v1/replays");
    await page.getByRole("button", { name: "Send these again…" }).click();
    await dialog.getByText(/^At 100 a second that takes 2 s/).waitFor();
    await dialog.getByText("200 events").waitFor();
    await dialog.getByRole("button", { name: "Send 200 again" }).click();
    await page.waitForURL(/\/replays\/replay_\w+/);
    const { data } = (await api(`replays?subscription=${id}`)).body;
    assert.deepEqual(data[0].states, ["exhausted"]);
    await receiver.waitFor(200);
    await done(watched);
  });

  test("a delivery shows its request without secrets, copies it as curl, and every attempt to scale", async () => {
    const sent = await api("events?dialect=butlr", [readyMade("PIR_MOTION")]);
    assert.equal(sent.status, 202);
    const id = idOf("Old");
    let delivery: { id: string; attempt_count: number } | undefined;
    await until("two attempts", async () => {
      await api(`subscriptions/${id}/retry`, {});
      const { data } = (await api(`deliveries?subscription=${id}&limit=10`)).body;
      delivery = data.find((each: { attempt_count: number }) => each.attempt_count > 1);
      return delivery !== undefined;
    });
    const watched = await signedIn();
    const { page } = watched;
    await go(page, `/deliveries/${delivery!.id}`);
    await page.getByRole("img", { name: /^\d+ attempts within .*, drawn to scale$/ }).waitFor();
    const request = page.getByRole("region", { name: "Request" });
    await request.getByText("Headers").click();
    await request.getByText("webhook-signature").waitFor();
    assert.equal(await request.getByText(/^v1,/).count(), 0, "no signature is shown");
    await request.getByText("not shown").first().waitFor();
    const arrived = receiver.requests.find(({ headers }) => headers["belfry-delivery"] === delivery!.id)!;
    const told = (await api(`deliveries/${delivery!.id}`)).body.request;
    assert.equal(told.body, arrived.body.toString(), "the body as it was sent");
    const names = told.headers.map(({ name }: { name: string }) => name);
    const wire = arrived.rawHeaders.filter((_, index) => index % 2 === 0).map((each) => each.toLowerCase());
    assert.deepEqual(
      names,
      wire.filter((each) => !["host", "content-length", "connection"].includes(each)),
    );
    await page.getByText("Request headers").first().click();
    await page.getByRole("button", { name: "Copy as curl" }).click();
    await page.getByText("Copied").first().waitFor();
    await done(watched);
  });

  test("an event says to whom it did not go, and why", async () => {
    const delivery = await firstOf("state=delivered");
    const watched = await signedIn();
    const { page } = watched;
    await go(page, `/events/${delivery.event}`);
    const card = page.getByRole("region", { name: "Not sent to" });
    await card.getByRole("link", { name: longName }).waitFor();
    // They were made a moment ago, and the event is of yesterday.
    await card.getByText("It was made after the event.").first().waitFor();
    const sent = page.getByRole("region", { name: /^Sent in/ }).locator(".table-frame");
    // One that was sent again meanwhile has two.
    await sent
      .getByText(/^answered/)
      .first()
      .waitFor();
    const isCut = await sent.evaluate(({ scrollWidth, clientWidth }) => scrollWidth > clientWidth);
    assert.equal(isCut, false, "what the receiver answered is there without scrolling");
    await done(watched);
  });
});

/** As a client of Butlr's sends it. */
function readyMade(type: string): object {
  const metadata = {
    org_id: "org_a",
    site_id: "site_a",
    building_id: "building_a",
    floor_id: "floor_a",
    room_id: "room_a",
  };
  return { id: `own_${++given}`, type, timestamp: Date.now(), version: "v1.0.0", metadata };
}
let given = 0;

/** The building's zone, as the page has it. */
function zoneOffset(at: number): number {
  const text = new Intl.DateTimeFormat("en-US", { timeZone: "Europe/Berlin", timeZoneName: "longOffset" }).format(at);
  return Number(/GMT\+(\d+)/.exec(text)?.[1] ?? 0) * 3_600_000;
}

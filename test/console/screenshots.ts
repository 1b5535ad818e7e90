// npm run screenshots: the few pictures of README and docs, in docs/images/. With a folder as argument: every page in both
// themes at four widths into it, to look at; with widths after the folder: at these.

import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import type { Page } from "playwright-core";
import { call, stop } from "../e2e/harness.ts";
import { launch, settled, watch } from "./browser.ts";
import { type ConsoleHouse, createWebhooks, furnishConsole } from "./house.ts";

/** The house stands where it is 10:40. */
const sinceMs = 190 * 60_000;
const images = join(import.meta.dirname, "../../docs/images");
const [everythingTo, ...wanted] = process.argv.slice(2);
const widths = wanted.length === 0 ? [360, 768, 1_440, 2_560] : wanted.map(Number);

/** What is done on a page before its picture is taken. */
const acts: Readonly<Record<string, (page: Page) => Promise<unknown>>> = {
  room: async (page) => {
    await page.getByRole("button", { name: /^Why / }).click();
    await page.locator(".why li").first().waitFor();
  },
  replay_dry_run: async (page) => {
    await page.getByRole("button", { name: "Dry run" }).click();
    await page.getByRole("button", { name: /^Send .* again$/ }).waitFor();
  },
  alert_form: async (page) => {
    await page.getByRole("button", { name: "Add a URL" }).click();
    await page.getByRole("dialog").getByLabel("URL").fill("http://plain.example");
    await page.getByRole("button", { name: "Add it" }).click();
    await page.getByRole("dialog").getByRole("alert").waitFor();
  },
  new_key: (page) => page.getByRole("button", { name: "New key" }).click(),
  new_portal_link: (page) => page.getByRole("button", { name: "New portal link" }).click(),
  put_model_faults: (page) => upload(page, "must be text that is not empty", { name: {} }),
  put_model_difference: (page) => upload(page, '"Quiet room"', { name: "Quiet room" }),
  health: () => pause(7_000),
};

const house = await furnishConsole({ sinceMs, environment: { BELFRY_INBOX: "true" } });
await house.catchUp();
await house.computeMorning();
const browser = await launch();
try {
  await Promise.race([settle(house), pause(120_000)]);
  if (everythingTo === undefined) await forDocs();
  else await everything(everythingTo);
} finally {
  await browser.close();
  await stop(house.server);
}
process.exit(0);

/** Until the minutes of the morning are computed, and a receiver has failed often enough to be backed off. */
async function settle({ server, catchUp }: ConsoleHouse): Promise<void> {
  for (;;) {
    await catchUp();
    const { body } = await call(`${server.url}/v1/occupancy?space=${await busiest()}`, { key: server.key });
    const { body: lanes } = await call(`${server.url}/v1/subscriptions`, { key: server.key });
    const backsOff = lanes.data.some(
      ({ lane }: { lane: { status: { state: string } } }) => lane.status.state === "backing_off",
    );
    if (body.minutes.presence.data.length > 170 && backsOff) return;
    await pause(1_000);
  }
}

async function busiest(): Promise<string> {
  const { body } = await call(`${house.server.url}/v1/occupancy?limit=100`, { key: house.server.key });
  const rooms = body.data.filter(({ level }: { level: string }) => level === "room");
  const [first] = rooms.toSorted((a: Held, b: Held) => (b.presence.value ?? 0) - (a.presence.value ?? 0));
  return `room:${first.space}`;
}
interface Held {
  readonly presence: { readonly value: number | null };
}

async function signedIn(width: number, height: number, theme: "light" | "dark", scale = 1): Promise<Page> {
  const { page } = await watch(browser, house.server.url, { width, height, theme }, { deviceScaleFactor: scale });
  await page.goto(`${house.server.url}/console/`);
  await page.getByLabel("Key").fill(house.server.key);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("navigation", { name: "Pages" }).waitFor();
  return page;
}

async function show(page: Page, path: string): Promise<void> {
  await page.goto(`${house.server.url}/console${path}`);
  await settled(page);
  await pause(700);
}

/** Of the room: with its floor. */
async function room(): Promise<string> {
  const space = await busiest();
  const id = space.slice("room:".length);
  const floor = house.building.sites[0]!.buildings![0]!.floors!.find(({ rooms }) =>
    rooms!.some((each) => each.id === id),
  )!;
  return `/?floor=${floor.id}&space=${space}`;
}

async function failing(): Promise<{ readonly subscription: string; readonly delivery: string }> {
  const { body } = await call(`${house.server.url}/v1/deliveries?state=pending&code=http_error&limit=50`, {
    key: house.server.key,
  });
  const [worst] = body.data.toSorted((a: Tried, b: Tried) => b.attempt_count - a.attempt_count);
  return { subscription: worst.subscription, delivery: worst.id };
}
interface Tried {
  readonly attempt_count: number;
}

async function forDocs(): Promise<void> {
  mkdirSync(images, { recursive: true });
  const { subscription } = await failing();
  for (const theme of ["light", "dark"] as const) {
    const page = await signedIn(1_280, 760, theme);
    await show(page, await room());
    await house.catchUp();
    await pause(3_500);
    await page.screenshot({ path: join(images, `console-building-${theme}.png`) });
    if (theme === "light") {
      await show(page, `/subscriptions/${subscription}`);
      await page.screenshot({ path: join(images, "console-subscription.png") });
    }
    await page.context().close();
  }
}

/** The house with its first room changed, checked but not put. */
async function upload(page: Page, answer: string, room: object): Promise<void> {
  const model = structuredClone(house.building);
  Object.assign(model.sites[0]!.buildings![0]!.floors![0]!.rooms![0]!, room);
  const buffer = Buffer.from(JSON.stringify(model, null, 2));
  await page.getByLabel("From a file").setInputFiles({ name: "model.json", mimeType: "application/json", buffer });
  await page.getByRole("button", { name: "Check it" }).click();
  await page.getByText(answer).first().waitFor();
}

/** An inbox of the server itself with one delivery in it: its id, and the address that everybody may watch. */
async function inbox(): Promise<{ readonly id: string; readonly url: string }> {
  const { url: server, key } = house.server;
  const { body } = await call(`${server}/v1/inboxes`, { key, body: { name: "What the concierge gets" } });
  const input = [
    { name: "To an inbox", event_types: ["ZONE_OCCUPANCY"], endpoint_config: { url: body.url, http_timeout: 5 } },
  ];
  const webhook = { query: createWebhooks, variables: { input } };
  const { body: made } = await call(`${server}/api/v3/graphql`, { key, body: webhook });
  if (made.errors !== undefined) throw new Error(JSON.stringify(made.errors));
  await call(`${server}/v1/subscriptions/${made.data.createWebhooks[0].id}/test`, {
    key,
    body: { type: "ZONE_OCCUPANCY" },
  });
  return body;
}

async function portalLink(body: object): Promise<string> {
  const { body: made } = await call(`${house.server.url}/v1/portal-links`, { key: house.server.key, body });
  return `${house.server.url}${made.path}`;
}

/** What is seen without a key: by their whole address. */
async function open(inboxUrl: string): Promise<Readonly<Record<string, string>>> {
  const building = house.building.sites[0]!.buildings![0]!;
  const tenant = await portalLink({ tenant: building.tenants![0]!.id });
  return {
    sign_in_error: `${house.server.url}/console/`,
    open_inbox: inboxUrl,
    portal_tenant: tenant,
    portal_building: await portalLink({ building: building.id, title: "Acme Rooms", home: "https://acme.example" }),
    portal_over: tenant.slice(0, -2),
  };
}

async function everything(folder: string): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const { subscription, delivery } = await failing();
  const { body } = await call(`${house.server.url}/v1/events?type=ROOM_OCCUPANCY&limit=1`, { key: house.server.key });
  const { id, url } = await inbox();
  const replayed = { subscription, from: Date.now() - 3_600_000, to: Date.now() };
  const { body: replay } = await call(`${house.server.url}/v1/replays`, { key: house.server.key, body: replayed });
  const pages: Readonly<Record<string, string>> = {
    building: `/?floor=${house.building.sites[0]!.buildings![0]!.floors![0]!.id}`,
    room: await room(),
    sensors_on_plan: `${await room()}&sensors=shown`,
    table: "/?view=table",
    subscriptions: "/subscriptions",
    subscription: `/subscriptions/${subscription}`,
    new_subscription: "/subscriptions/new",
    edit_subscription: `/subscriptions/${subscription}/edit`,
    deliveries: "/deliveries",
    delivery: `/deliveries/${delivery}`,
    events: "/events",
    event: `/events/${body.data[0].id}`,
    sensors: "/sensors",
    replays: "/replays",
    replay: `/replays/${replay.id}`,
    new_replay: `/replays/new?subscription=${subscription}`,
    replay_dry_run: `/replays/new?subscription=${subscription}`,
    inboxes: "/inboxes",
    inbox: `/inboxes/${id}`,
    alerts: "/alerts",
    alert_form: "/alerts",
    keys: "/keys?of=all",
    new_key: "/keys?of=all",
    new_portal_link: "/keys",
    audit: "/audit",
    model: "/model",
    put_model: "/model/new",
    put_model_faults: "/model/new",
    put_model_difference: "/model/new",
    health: "/health",
    missing: "/deliveries/delivery_999999",
    no_page: "/nowhere",
  };
  const withoutKey = await open(url);
  for (const theme of ["light", "dark"] as const) {
    for (const width of widths) {
      const look = { width, height: width < 500 ? 780 : 900, theme };
      const take = (page: Page, name: string) =>
        page.screenshot({ path: join(folder, `${name}-${width}-${theme}.png`), fullPage: true });
      const page = await signedIn(look.width, look.height, theme);
      for (const [name, path] of Object.entries(pages)) {
        await house.catchUp();
        await show(page, path);
        await acts[name]?.(page);
        await take(page, name);
      }
      await page.context().close();
      for (const [name, address] of Object.entries(withoutKey)) {
        const { page: stranger } = await watch(browser, house.server.url, look);
        await stranger.goto(address);
        await settled(stranger);
        if (name === "sign_in_error") {
          await stranger.getByLabel("Key").fill("belfry_client_wrong");
          await stranger.getByRole("button", { name: "Sign in" }).click();
          await stranger.getByRole("alert").waitFor();
        }
        await pause(700);
        await take(stranger, name);
        await stranger.context().close();
      }
    }
  }
}

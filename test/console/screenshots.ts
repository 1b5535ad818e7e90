// npm run screenshots: the few pictures of README and docs, in docs/images/. With a folder as argument: every page in both
// themes at four widths into it, to look at.

import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import type { Page } from "playwright-core";
import { call, stop } from "../e2e/harness.ts";
import { launch, settled, watch } from "./browser.ts";
import { type ConsoleHouse, furnishConsole } from "./house.ts";

/** The house stands where it is 10:40. */
const sinceMs = 190 * 60_000;
const images = join(import.meta.dirname, "../../docs/images");
const [everythingTo] = process.argv.slice(2);

const house = await furnishConsole({ sinceMs });
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

async function everything(folder: string): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const { subscription, delivery } = await failing();
  const { body } = await call(`${house.server.url}/v1/events?type=ROOM_OCCUPANCY&limit=1`, { key: house.server.key });
  const pages: Readonly<Record<string, string>> = {
    building: `/?floor=${house.building.sites[0]!.buildings![0]!.floors![0]!.id}`,
    room: await room(),
    sensors_on_plan: `${await room()}&sensors=shown`,
    table: "/?view=table",
    subscriptions: "/subscriptions",
    subscription: `/subscriptions/${subscription}`,
    deliveries: "/deliveries",
    delivery: `/deliveries/${delivery}`,
    events: "/events",
    event: `/events/${body.data[0].id}`,
    sensors: "/sensors",
    replays: "/replays",
    new_replay: `/replays/new?subscription=${subscription}`,
    alerts: "/alerts",
    keys: "/keys?of=all",
    audit: "/audit",
    model: "/model",
    put_model: "/model/new",
    health: "/health",
    missing: "/deliveries/delivery_999999",
  };
  for (const theme of ["light", "dark"] as const) {
    for (const width of [360, 768, 1_440, 2_560]) {
      const page = await signedIn(width, width < 500 ? 780 : 900, theme);
      for (const [name, path] of Object.entries(pages)) {
        await house.catchUp();
        await show(page, path);
        if (name === "room") await page.getByRole("button", { name: /^Why / }).click();
        if (name === "room") await page.locator(".why li").first().waitFor();
        if (name === "health") await pause(7_000);
        await page.screenshot({ path: join(folder, `${name}-${width}-${theme}.png`), fullPage: width < 500 });
      }
      await page.context().close();
    }
  }
}

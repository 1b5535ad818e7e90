// Pages that somebody watches: they show what happens as it happens, ask for nothing meanwhile, and outlive the server, the
// network and a tab that is not looked at.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { Browser, Page } from "playwright-core";
import { yourEntry } from "../../src/cli/demo/house.ts";
import { call, serve, type Server, stop } from "../e2e/harness.ts";
import { until } from "../fixtures/until.ts";
import { done, launch, settled, signIn, skip, type Watched, watch } from "./browser.ts";
import { type ConsoleHouse, furnishConsole } from "./house.ts";

/** What a browser says of a server that was stopped. */
const stopped = /ERR_CONNECTION_REFUSED|ERR_CONNECTION_RESET|ERR_INCOMPLETE_CHUNKED_ENCODING|ERR_EMPTY_RESPONSE/;

let browser: Browser;
let house: ConsoleHouse;
/** The one that runs now. */
let server: Server;

describe("a page that is watched", { skip }, () => {
  before(async () => {
    browser = await launch();
    house = await furnishConsole({ sinceMs: 60_000 });
    server = house.server;
    await house.catchUp();
  });
  after(() => browser?.close());

  const signedIn = async (): Promise<Watched> => {
    const watched = await watch(browser, server.url, { width: 1_440, theme: "light" });
    await signIn(watched.page, server.url, server.key);
    return watched;
  };

  const streamsOf = (page: Page): Promise<unknown> =>
    page.waitForResponse((response) => response.url().endsWith("/v1/stream") && response.ok());

  /** With its stream open. */
  const go = async (page: Page, path: string): Promise<void> => {
    const isLive = streamsOf(page);
    await page.goto(`${server.url}/console${path}`);
    await settled(page);
    await isLive;
    await page.evaluate("window.isLoadedOnce = true");
  };

  const wasNotReloaded = async (page: Page): Promise<void> =>
    assert.equal(await page.evaluate("window.isLoadedOnce"), true, page.url());

  /** Somebody opens the front door, which two webhooks are told. */
  const openDoor = async (): Promise<void> => {
    const body = yourEntry(house.building, Date.now());
    const { status } = await call(`${server.url}/v1/observations`, { key: server.key, body });
    assert.equal(status, 202);
  };

  const rowsOf = (page: Page) => page.locator("table tbody tr");
  const firstRow = (page: Page): Promise<string | null> => rowsOf(page).first().locator("th a").getAttribute("href");

  test("shows a new delivery and how it ends, and asks for nothing while nothing happens", async () => {
    const api = (path: string) => call(`${server.url}/v1/${path}`, { key: server.key });
    const { data } = (await api("subscriptions")).body;
    // Of a subscription that hears of doors alone.
    const { id } = data.find(({ endpoint }: { endpoint: { url: string } }) => endpoint.url.endsWith("/access"));
    await openDoor();
    const path = `deliveries?subscription=${id}`;
    await until("a delivery", async () => (await api(path)).body.data[0]?.state === "delivered");
    const watched = await signedIn();
    const { page } = watched;
    await page.clock.install();
    let [asked, answered] = [0, 0];
    const isList = (url: string): boolean => url.includes("/v1/deliveries?") && url.includes(id);
    page.on("request", (request) => void (isList(request.url()) && asked++));
    page.on("requestfinished", (request) => void (isList(request.url()) && answered++));
    await go(page, `/${path}`);
    // Once more for what happened while the stream was being opened.
    await until("the second read", async () => {
      if (asked < 2) await page.clock.runFor(500);
      return answered >= 2 && answered === asked;
    });
    // The stream may still tell of how the first one ended. A page that asks by itself never rests.
    await until("the page rests", async () => {
      const before = asked;
      await page.clock.runFor(15_000);
      return asked === before;
    });
    const before = await firstRow(page);
    await openDoor();
    await until("a new row", async () => {
      await page.clock.runFor(200);
      return (await firstRow(page)) !== before;
    });
    await done(watched);
  });

  test("outlives a restart of the server: it says so meanwhile, then shows what is new, without being loaded again", async () => {
    const watched = await Promise.all(
      ["/deliveries", "/subscriptions", "/"].map(async (path) => {
        const watched = await signedIn();
        await go(watched.page, path);
        return watched;
      }),
    );
    const tabs = watched.map(({ page }) => page);
    const [deliveries] = tabs as [Page];
    const counts = await Promise.all(tabs.map((page) => page.locator("main").textContent()));
    const shown = await firstRow(deliveries);
    await stop(server);
    for (const page of tabs) {
      await page.getByText(/^Last update .* ago\. Connecting again\.$/).waitFor();
      await page.locator("body.lost").waitFor();
    }
    // Until the server was gone a minute that closed may have added rows above.
    const hrefs = rowsOf(deliveries).locator("th a");
    const left = await hrefs.evaluateAll((links) => links.map((link) => link.getAttribute("href")));
    assert.ok(left.includes(shown), "rows stay");
    const before = left[0];
    assert.ok(counts.every((text) => text !== null && text.length > 100));
    server = await serve(server.data, {}, new URL(server.url).port);
    for (const page of tabs) {
      await page.getByText(/Connecting again/).waitFor({ state: "detached" });
      await wasNotReloaded(page);
    }
    await openDoor();
    await until("a new row", async () => (await firstRow(deliveries)) !== before);
    await tabs[2]!
      .getByRole("region", { name: "Doors" })
      .getByText(/You|just now|s ago/)
      .first()
      .waitFor();
    await tabs[2]!.getByRole("region", { name: "Doors" }).locator('a[href*="/events?subject="]').first().waitFor();
    for (const each of watched) await done(each, stopped);
  });

  test("outlives a sleep: without a network it says so, and reads anew as soon as there is one", async () => {
    const watched = await signedIn();
    const { page } = watched;
    await go(page, "/deliveries");
    await page.context().setOffline(true);
    await page.getByText(/Connecting again/).waitFor();
    const before = await firstRow(page);
    await openDoor();
    assert.equal(await firstRow(page), before);
    await page.context().setOffline(false);
    await until("a new row", async () => (await firstRow(page)) !== before);
    await page.getByText(/Connecting again/).waitFor({ state: "detached" });
    await wasNotReloaded(page);
    await done(watched, /ERR_INTERNET_DISCONNECTED/);
  });

  test("gives its stream back while nobody sees it, and reads anew when somebody does", async () => {
    const watched = await signedIn();
    const { page } = watched;
    await page.clock.install();
    await go(page, "/deliveries");
    const before = await firstRow(page);
    const see = (state: string) =>
      page.evaluate(
        `Object.defineProperty(document, "visibilityState", { value: "${state}", configurable: true });
         document.dispatchEvent(new Event("visibilitychange"))`,
      );
    const ended = page.waitForEvent("requestfailed", (request) => request.url().endsWith("/v1/stream"));
    await see("hidden");
    await page.clock.runFor(5_000);
    await ended;
    await openDoor();
    const again = streamsOf(page);
    await see("visible");
    await again;
    await until("a new row", async () => (await firstRow(page)) !== before);
    await done(watched);
  });
});

// Portal links as a vendor's customer meets them: in a tab and in an iframe of the vendor's page, with the vendor's name and colours,
// and with nothing beyond the link's scope. A real server, a real Chromium, a page of another origin.

import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { createServer, type Server as HttpServer } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, describe, test } from "node:test";
import axe from "axe-core";
import type { Browser, Page } from "playwright-core";
import { call } from "../e2e/harness.ts";
import { onePixel } from "../fixtures/one-pixel.ts";
import { until } from "../fixtures/until.ts";
import { faults } from "./axe.ts";
import { done, launch, type Look, settled, signIn, skip, type Watched, watch } from "./browser.ts";
import { everyLook } from "./every-look.ts";
import { type ConsoleHouse, furnishConsole } from "./house.ts";

/** Where pictures of what was tested go, for people who look at them. */
const pictures = process.env["PICTURES"];

let browser: Browser;
let house: ConsoleHouse;
let vendor: HttpServer;
/** The vendor's page frames what its query names. */
let vendorPort: number;

describe("portal links in a browser", { skip }, () => {
  before(async () => {
    browser = await launch();
    house = await furnishConsole({ sinceMs: 300_000 });
    await house.catchUp();
    vendor = createServer((request, response) => {
      const src = new URL(request.url!, "http://vendor.test").searchParams.get("src") ?? "about:blank";
      response.setHeader("content-type", "text/html");
      response.end(`<!doctype html><title>Vendor</title><iframe width="1000" height="700" src="${src}"></iframe>`);
    });
    await new Promise<void>((resolve) => void vendor.listen(0, "127.0.0.1", resolve));
    vendorPort = (vendor.address() as AddressInfo).port;
  });
  after(async () => {
    vendor?.close();
    vendor?.closeAllConnections();
    await browser?.close();
  });

  const operator = (path: string, body?: object, method?: string) =>
    call(`${house.server.url}/v1/${path}`, { key: house.server.key, ...(body && { body }), ...(method && { method }) });

  interface Made {
    readonly id: string;
    readonly url: string;
    readonly token: string;
  }
  const link = async (body: object): Promise<Made> => {
    const { status, body: made } = await operator("portal-links", body);
    assert.equal(status, 201, JSON.stringify(made));
    return { id: made.id, url: `${house.server.url}${made.path}`, token: made.path.split("#")[1] };
  };

  const open = (look: Look = { width: 1_440, theme: "light" }): Promise<Watched> =>
    watch(browser, house.server.url, look);

  const picture = async (page: Page, name: string): Promise<void> => {
    if (pictures === undefined) return;
    mkdirSync(pictures, { recursive: true });
    await page.screenshot({ path: `${pictures}/${name}.png` });
  };

  const building = () => house.building.sites[0]!.buildings![0]!;
  const pagesOf = (page: Page) => page.getByRole("navigation", { name: "Pages" }).getByRole("link");

  test("shows the pages of its scope without a cookie, keeps the token on every page and over a reload", async () => {
    const { url, token } = await link({
      building: building().id,
      title: "Acme Rooms",
      home: "https://acme.example/rooms",
    });
    const watched = await open();
    const { page } = watched;
    const refused: string[] = [];
    page.on("response", (answer) => answer.status() >= 400 && refused.push(`${answer.status()} ${answer.url()}`));
    await page.goto(url);
    await settled(page);
    assert.deepEqual(await pagesOf(page).allTextContents(), [
      "Building",
      "Subscriptions",
      "Deliveries",
      "Sensors",
      "Replays",
      "Alerts",
    ]);
    await page.getByRole("banner").getByText("Acme Rooms").waitFor();
    assert.equal(await page.getByRole("banner").getByText("acme.example").getAttribute("rel"), "noopener noreferrer");
    await page.waitForFunction("/ · Acme Rooms$/.test(document.title)");
    assert.equal(await page.getByRole("button", { name: "Sign out" }).count(), 0);
    for (const name of ["Subscriptions", "Replays", "Alerts", "Deliveries", "Sensors"]) {
      await pagesOf(page).filter({ hasText: name }).click();
      await settled(page);
      assert.equal(new URL(page.url()).hash, `#${token}`);
    }
    await page.reload();
    await settled(page);
    assert.equal(await page.locator("main h1").textContent(), "Sensors");
    await page.goBack();
    await settled(page);
    assert.equal(await page.locator("main h1").textContent(), "Deliveries");
    assert.deepEqual(await page.context().cookies(), []);
    assert.deepEqual(refused, []);
    await done(watched);
  });

  test("is made on the page of keys with its scope, name and origins, shown once, and ended by its id", async () => {
    const watched = await open();
    const { page } = watched;
    await signIn(page, house.server.url, house.server.key);
    await page.goto(`${house.server.url}/console/keys`);
    await settled(page);
    await page.getByRole("button", { name: "New portal link" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByRole("combobox", { name: "For", exact: true }).selectOption({ label: building().name });
    await dialog.getByLabel("Ends after").selectOption("15 minutes");
    await dialog.getByLabel("Title").fill("Acme Rooms");
    await dialog.getByLabel("Origins that may embed it").fill("https://app.acme.example");
    await dialog.getByLabel("Colour, light theme").fill("#fefefe");
    await dialog.getByRole("button", { name: "Make the link" }).click();
    await dialog.getByText(/^colours\.accent is too close to the light background/).waitFor();
    await dialog.getByLabel("Colour, light theme").fill("#8a1c5a");
    await picture(page, "portal-made-asked");
    await dialog.getByRole("button", { name: "Make the link" }).click();
    await dialog.getByRole("heading", { name: "Copy the link now" }).waitFor();
    const shown = await dialog.locator("code").allTextContents();
    const [url, frame, id] = shown as [string, string, string];
    assert.equal(frame, `<iframe src="${url}"></iframe>`);
    const isWide = "(([form]) => form.scrollWidth > form.clientWidth)(document.querySelectorAll('dialog form'))";
    assert.equal(await page.evaluate(isWide), false);
    await picture(page, "portal-made");
    await page.evaluate(axe.source);
    assert.deepEqual(await faults(page), []);
    await dialog.getByRole("button", { name: "I have copied it" }).click();
    assert.equal(await page.getByText(id).count(), 0);
    const token = url.split("#")[1]!;
    const session = () => call(`${house.server.url}/v1/session`, { key: token, method: "GET" });
    const { role, targets } = (await session()).body;
    assert.deepEqual([role, targets], ["building", [building().id]]);
    await page.getByRole("button", { name: "End a link" }).click();
    await dialog.getByLabel("Id of the link").fill(id);
    await dialog.getByRole("button", { name: "End it" }).click();
    await dialog.waitFor({ state: "detached" });
    assert.equal((await session()).status, 401);
    await page.setViewportSize({ width: 360, height: 900 });
    await page.emulateMedia({ colorScheme: "dark" });
    await page.getByRole("heading", { name: "Portal links" }).scrollIntoViewIfNeeded();
    assert.ok((await page.evaluate<number>("document.documentElement.scrollWidth")) <= 360);
    await picture(page, "portal-links-360-dark");
    await done(watched, / 401 | 422 |status of 4(01|22)/);
  });

  test("opens no more than its scope in a browser that is signed in as the operator", async () => {
    const { url } = await link({ tenant: building().tenants![0]!.id });
    const watched = await open();
    const { page } = watched;
    await signIn(page, house.server.url, house.server.key);
    await page.goto(url);
    await settled(page);
    assert.deepEqual(await pagesOf(page).allTextContents(), ["Subscriptions", "Deliveries", "Replays", "Alerts"]);
    assert.equal(await page.locator("main tbody tr").count(), 1);
    const said = await page.locator("main tbody th").innerText();
    assert.match(said, /^127[\d.:]+\/\S+\s+ButterflyMX for you\n/, "no id where a name should be");
    await done(watched);
  });

  test("calls doors, rooms and people by their names, to a tenant and to a building", async () => {
    const { name, access_points: doors, tenants, floors } = building();
    const own = tenants![0]!;
    const watched = await open();
    const { page } = watched;
    await page.goto((await link({ tenant: own.id })).url);
    await settled(page);
    await page.getByRole("banner").getByText(name).waitFor();
    await pagesOf(page).filter({ hasText: "Deliveries" }).click();
    await settled(page);
    const places = page.getByRole("combobox", { name: "Space or door" }).locator("option");
    await places.nth(1).waitFor({ state: "attached" });
    assert.deepEqual(
      (await places.allTextContents()).filter((text) => text.endsWith(" (door)")),
      doors!.map((door) => `${door.name} (door)`),
    );
    await page.evaluate(axe.source);
    await everyLook(page, "a tenant's deliveries");
    await done(watched);

    const other = await open();
    await other.page.goto((await link({ building: building().id })).url);
    await settled(other.page);
    await pagesOf(other.page).filter({ hasText: "Sensors" }).click();
    await settled(other.page);
    const rooms = new Set(floors!.flatMap((floor) => [floor.name, ...floor.rooms!.map((room) => room.name)]));
    const shown = await other.page.locator("table.sensors td a").allInnerTexts();
    assert.ok(shown.length > 10, String(shown.length));
    assert.deepEqual(
      shown.filter((text) => text.split("\n").some((part) => part.trim() !== "" && !rooms.has(part.trim()))),
      [],
    );
    await pagesOf(other.page).filter({ hasText: "Subscriptions" }).click();
    await other.page.getByRole("link", { name: own.full_name ?? `${own.first_name} ${own.last_name}` }).waitFor();
    await other.page.evaluate(axe.source);
    await everyLook(other.page, "a building's subscriptions");
    await done(other);
  });

  test("a link that was ended says so and shows nothing any more; so does one that never was", async () => {
    const { id, url, token } = await link({ building: building().id });
    const watched = await open();
    const { page } = watched;
    await page.goto(url);
    await settled(page);
    assert.equal((await operator(`portal-links/${id}`, undefined, "DELETE")).status, 204);
    await page.getByRole("heading", { name: "This link is over" }).waitFor();
    assert.equal(await page.getByRole("navigation").count(), 0);
    await page.reload();
    await page.getByRole("heading", { name: "This link is over" }).waitFor();
    const other = await link({ building: building().id });
    await page.goto("about:blank");
    await page.goto(other.url.replace(other.token, token.slice(0, -2)));
    await page.getByRole("heading", { name: "This link is over" }).waitFor();
    await done(watched);
  });

  test("stands in an iframe of the origins of the link, and in no other; the console stands in none", async () => {
    const allowed = `http://localhost:${vendorPort}`;
    const { url } = await link({ building: building().id, origins: [allowed] });
    const { url: unframed } = await link({ building: building().id });
    const context = await browser.newContext({ viewport: { width: 1_100, height: 760 } });
    const page = await context.newPage();
    const framed = async (origin: string, src: string) => {
      await page.goto(`${origin}/?src=${encodeURIComponent(src)}`);
      const frame = page.frames()[1]!;
      await frame.waitForLoadState();
      return frame;
    };
    const frame = await framed(allowed, url);
    await frame.getByRole("navigation", { name: "Pages" }).waitFor();
    await frame.getByRole("link", { name: "Deliveries" }).click();
    await frame.getByRole("heading", { name: "Deliveries", exact: true }).waitFor();
    assert.deepEqual(await context.cookies(), []);
    await picture(page, "portal-framed");
    // What a page of another origin gets of it: nothing to read, and no request with the token.
    const token = url.split("#")[1]!;
    const asked = await page.evaluate(
      `fetch("${house.server.url}/v1/session", { headers: { authorization: "Bearer ${token}" } }).then((answer) => answer.status, String)`,
    );
    assert.match(String(asked), /Failed to fetch/);
    for (const [origin, src] of [
      [`http://127.0.0.1:${vendorPort}`, url],
      [allowed, unframed],
      [allowed, `${house.server.url}/console/`],
    ] as const) {
      const refused = await framed(origin, src);
      await until(`a refusal of ${src} in ${origin}`, () => refused.url().startsWith("chrome-error:"));
      assert.equal(
        await refused
          .locator("main")
          .getByRole("heading")
          .filter({ hasText: /Building|Sign in/ })
          .count(),
        0,
      );
    }
    await context.close();
  });

  test("has the colours of the link in both themes, at both widths, and axe finds nothing serious", async () => {
    const colours = { accent: "#8a1c5a", accent_dark: "#f0a0d0" };
    const logo = await operator(`pictures/organization/${house.building.organization.id}`, { data: onePixel }, "PUT");
    assert.ok(logo.status < 300, JSON.stringify(logo.body));
    const { url } = await link({ building: building().id, title: "Acme Rooms", home: "https://acme.example", colours });
    const watched = await open();
    const { page } = watched;
    await page.goto(url);
    await settled(page);
    // It comes by the bearer, as there is no cookie.
    await page.locator(".head img.logo").waitFor();
    assert.match((await page.locator(".head img.logo").getAttribute("src"))!, /^blob:/);
    await page.waitForFunction("document.querySelector('.head img.logo').naturalWidth === 1");
    await page.evaluate(axe.source);
    await pagesOf(page).filter({ hasText: "Subscriptions" }).click();
    await settled(page);
    for (const [theme, width, accent] of [
      ["light", 1_440, "rgb(138, 28, 90)"],
      ["dark", 1_440, "rgb(240, 160, 208)"],
      ["light", 360, "rgb(138, 28, 90)"],
      ["dark", 360, "rgb(240, 160, 208)"],
    ] as const) {
      await page.emulateMedia({ colorScheme: theme });
      await page.setViewportSize({ width, height: 900 });
      const chosen = await page.evaluate("getComputedStyle(document.querySelector('.rail [aria-current]')).color");
      assert.equal(chosen, accent, theme);
      assert.ok((await page.evaluate<number>("document.documentElement.scrollWidth")) <= width);
      assert.deepEqual(await faults(page), [], `${theme} ${width}`);
      await picture(page, `portal-${width}-${theme}`);
    }
    await done(watched);
  });
});

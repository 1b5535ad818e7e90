// Inboxes as people use them: made in the console, named as the URL of a webhook, watched by key and by address alone. A real
// server answers the deliveries inside its process.

import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { after, before, describe, test } from "node:test";
import axe from "axe-core";
import type { Browser, Page } from "playwright-core";
import { until } from "../fixtures/until.ts";
import { call, makePlace, type Server, serve } from "../e2e/harness.ts";
import { modelOf } from "../http/fixture.ts";
import { faults } from "./axe.ts";
import { done, launch, type Look, signIn, skip, type Watched, watch } from "./browser.ts";
import { createWebhooks } from "./house.ts";

/** Where pictures of what was tested go, for people who look at them. */
const pictures = process.env["PICTURES"];

let browser: Browser;
let server: Server;

describe("inboxes in a browser", { skip }, () => {
  before(async () => {
    browser = await launch();
    server = await serve(makePlace(), { BELFRY_INBOX: "true" });
    const put = await ask("building-model", modelOf("a"), "PUT");
    assert.equal(put.status, 200);
  });
  after(() => browser?.close());

  const ask = (path: string, body?: object, method?: string) =>
    call(`${server.url}/v1/${path}`, { key: server.key, ...(body && { body }), ...(method && { method }) });

  const open = async (look: Look = { width: 1_440, theme: "light" }): Promise<Watched> =>
    watch(browser, server.url, look);

  const picture = async (page: Page, name: string): Promise<void> => {
    if (pictures === undefined) return;
    mkdirSync(pictures, { recursive: true });
    await page.screenshot({ path: `${pictures}/${name}.png`, fullPage: true });
  };

  const subscribe = async (url: string, type: string): Promise<string> => {
    const input = [{ name: "To an inbox", event_types: [type], endpoint_config: { url, http_timeout: 5 } }];
    const body = { query: createWebhooks, variables: { input } };
    const { body: answer } = await call(`${server.url}/api/v3/graphql`, { key: server.key, body });
    assert.equal(answer.errors, undefined, JSON.stringify(answer));
    return answer.data.createWebhooks[0].id;
  };

  test("is made with a button, takes deliveries of a webhook, and shows that they verify, live", async () => {
    const watched = await open();
    const { page } = watched;
    await signIn(page, server.url, server.key);
    await page.goto(`${server.url}/console/inboxes`);
    await page.getByText("There is no inbox yet.").waitFor();
    await picture(page, "inboxes-empty-1440");
    await page.getByPlaceholder(/^Name/).fill("What the concierge gets");
    await page.getByRole("button", { name: "Make an inbox" }).click();
    await page.getByText("Nothing has arrived yet.").waitFor();
    await picture(page, "inbox-empty-1440");
    const url = (await page.locator(".secret code").first().textContent())!;
    assert.match(url, new RegExp(`^${server.url}/inbox/[0-9A-Za-z]{32}$`));

    const inboxPage = page.url();
    await page.getByRole("link", { name: "New subscription to it" }).click();
    await page.getByRole("heading", { name: "New subscription" }).waitFor();
    assert.equal(await page.getByLabel("URL").inputValue(), url, "nothing to copy");
    assert.equal(await page.getByLabel("Name").inputValue(), "What the concierge gets");
    await page.goto(inboxPage);

    const webhook = await subscribe(url, "ROOM_OCCUPANCY");
    const tested = await ask(`subscriptions/${webhook}/test`, { type: "ROOM_OCCUPANCY" });
    assert.equal(tested.body.code, "delivered", JSON.stringify(tested.body));
    await page.getByText("It fits the secret of").waitFor();
    await page.getByRole("region", { name: "Body" }).waitFor();
    const headers = await page.locator("table.headers th").allTextContents();
    assert.ok(headers.includes("webhook-signature") && headers.includes("belfry-test"), headers.join());
    const { signing_secret: secret } = (await ask(`subscriptions/${webhook}/signing-secret/reveal`, {})).body;
    assert.ok(!(await page.content()).includes(secret), "the secret is not in the page");
    assert.equal(
      await page.getByRole("link", { name: "its subscription" }).getAttribute("href"),
      `/console/subscriptions/${webhook}`,
    );
    await done(watched);

    const watcher = await open({ width: 360, theme: "dark" });
    await watcher.page.goto(url);
    await watcher.page.getByText("It fits the secret of").waitFor();
    await watcher.page.getByLabel("Signing secret").fill(secret);
    await watcher.page.getByText("It fits the secret that you pasted.").waitFor();
    await picture(watcher.page, "open-inbox-360-dark");
    await watcher.page.getByLabel("Signing secret").fill("whsec_AAAA");
    await watcher.page.getByText("No signature matches this secret and the body.").waitFor();
    await watcher.page.getByLabel("Signing secret").fill("whsec");
    await watcher.page.getByText("This is no signing secret: it is whsec_ followed by base64.").waitFor();
    await done(watcher);
  });

  test("shows whoever knows the address alone what arrives, and lets them choose the answer, without a key", async () => {
    const { url } = (await ask("inboxes", { name: "Open" })).body;
    const watched = await open();
    const { page } = watched;
    await page.goto(url);
    await page.getByText("Nothing has arrived yet.").waitFor();
    assert.equal(await page.getByRole("navigation").count(), 0);
    assert.equal(await page.getByRole("button", { name: "Remove the inbox" }).count(), 0);
    assert.equal(await page.evaluate("document.cookie"), "");
    await page.getByLabel("Status").fill("418");
    await page.getByLabel("Fail first").fill("1");
    await page.getByRole("button", { name: "Change", exact: true }).click();
    await page.getByText("The first attempt of each delivery is answered 503, later ones 418.").waitFor();
    const statuses = [];
    for (const body of ['{"n":1}', "<img src=x onerror=alert(1)>"]) {
      statuses.push((await fetch(url, { method: "POST", body, headers: { "content-type": "text/plain" } })).status);
    }
    assert.deepEqual(statuses, [503, 418]);
    await page.locator(".arrivals li").nth(1).waitFor();
    assert.equal(await page.locator("img[src=x]").count(), 0, "text from outside is text");
    await page.locator(".arrivals button").nth(1).click();
    await page.getByRole("heading", { name: /^Request 1/ }).waitFor();
    await page.waitForURL(/\?request=1$/);
    await page.reload();
    await page.getByRole("heading", { name: /^Request 1/ }).waitFor();
    await done(watched);
  });

  test("keeps what is typed into its answer before the page has come to rest", async () => {
    const { url } = (await ask("inboxes", { name: "Quick" })).body;
    const watched = await open();
    const { page } = watched;
    await page.clock.install();
    await page.clock.pauseAt(Date.now() + 60_000);
    await page.goto(url);
    // Frames come only as they are asked for: none between the form and what is typed into it.
    await until("the form", async () => {
      if ((await page.getByLabel("Status").count()) > 0) return true;
      await page.clock.runFor(20);
      return false;
    });
    await page.getByLabel("Status").fill("418");
    await page.clock.runFor(200);
    assert.equal(await page.getByLabel("Status").inputValue(), "418");
    await done(watched);
  });

  test("is easy to read in both themes at both widths: nothing is cut off, and axe finds nothing serious", async () => {
    const { url, id } = (
      await ask("inboxes", { name: "A name that is long enough to need two lines on a narrow screen" })
    ).body;
    const webhook = await subscribe(url, "FLOOR_OCCUPANCY");
    await ask(`subscriptions/${webhook}/test`, { type: "FLOOR_OCCUPANCY" });
    await fetch(url, { method: "POST", body: "x".repeat(300) });
    const watched = await open();
    const { page } = watched;
    await signIn(page, server.url, server.key);
    for (const [address, name] of [
      [`${server.url}/console/inboxes`, "inboxes"],
      [`${server.url}/console/inboxes/${id}?request=1`, "inbox"],
      [`${url}?request=1`, "open-inbox"],
    ] as const) {
      await page.goto(address);
      await page.locator(name === "inboxes" ? "table.inboxes" : ".arrivals").waitFor();
      await page.evaluate(axe.source);
      for (const [theme, width] of [
        ["light", 1_440],
        ["dark", 1_440],
        ["light", 360],
        ["dark", 360],
      ] as const) {
        await page.emulateMedia({ colorScheme: theme });
        await page.setViewportSize({ width, height: 900 });
        const wide = await page.evaluate<number>("document.documentElement.scrollWidth");
        assert.ok(wide <= width, `${name} at ${width}: ${wide} px wide`);
        if ((theme === "light") === (width === 1_440))
          assert.deepEqual(await faults(page), [], `${name} ${theme} ${width}`);
        await picture(page, `${name}-${width}-${theme}`);
      }
    }
    await done(watched);
  });

  test("an inbox that was removed says so, and its deliveries fail without a connection", async () => {
    const { url, id } = (await ask("inboxes", {})).body;
    const webhook = await subscribe(url, "ZONE_OCCUPANCY");
    const watched = await open();
    const { page } = watched;
    await signIn(page, server.url, server.key);
    await page.goto(`${server.url}/console/inboxes/${id}`);
    await page.getByRole("button", { name: "Remove the inbox" }).click();
    await page.getByRole("button", { name: "Remove it" }).click();
    await page.waitForURL(/\/console\/inboxes$/);
    await page.goto(url);
    await page.getByText("There is no such inbox, or it has ended.").waitFor();
    await until("the test to fail", async () => {
      const { body } = await ask(`subscriptions/${webhook}/test`, { type: "ZONE_OCCUPANCY" });
      return body.status === 404;
    });
    await done(watched);
  });
});

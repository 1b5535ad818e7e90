// The pages by which somebody operates a house, in a real Chromium against a real server: replays, alerts, keys, the audit and the
// building model. Each page in both themes at both widths, each act, each role, and what is shown where there is nothing.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, describe, test } from "node:test";
import axe from "axe-core";
import type { Browser, Page } from "playwright-core";
import { call } from "../e2e/harness.ts";
import { onePixel } from "../fixtures/one-pixel.ts";
import { until } from "../fixtures/until.ts";
import { done, hop, launch, type Look, settled, signIn, skip, type Watched, watch } from "./browser.ts";
import { everyLook } from "./every-look.ts";
import { type ConsoleHouse, furnishConsole } from "./house.ts";

let browser: Browser;
let house: ConsoleHouse;
let organization: string;
let occupancy: { id: string; name: string; endpoint: { url: string } };
let failing: { id: string };
/** Where a receiver answers 200. */
let receiver: string;

describe("the pages by which a house is operated", { skip, concurrency: 2 }, () => {
  before(async () => {
    [browser, house] = await Promise.all([launch(), furnishConsole({ sinceMs: 120_000 })]);
    organization = house.building.organization.id;
    await house.catchUp();
    const { data } = (await operator("subscriptions")).body;
    const at = (path: string) =>
      data.find(({ endpoint }: { endpoint: { url: string } }) => endpoint.url.includes(path));
    [occupancy, failing] = [at("/hooks/occupancy"), at("/broken")];
    receiver = new URL(occupancy.endpoint.url).origin;
    await until("something to replay", async () => {
      const { total } = (await operator("replays", { ...lastHour(), subscription: occupancy.id, dry_run: true })).body;
      return total > 3;
    });
  });
  after(() => browser?.close());

  const lastHour = () => ({ from: Date.now() - 3_600_000, to: Date.now(), organization });

  const operator = (path: string, body?: object, headers: Record<string, string> = {}) =>
    call(`${house.server.url}/v1/${path}`, { key: house.server.key, headers, ...(body && { body }) });

  const keyFor = async (role: string, of: string): Promise<string> =>
    (await operator("keys", { role, for: of })).body.key as string;

  const signedIn = async (look: Look = { width: 1_440, theme: "light" }, key = house.server.key): Promise<Watched> => {
    const watched = await watch(browser, house.server.url, look);
    await signIn(watched.page, house.server.url, key);
    return watched;
  };

  const go = async (page: Page, path: string): Promise<void> => {
    await page.goto(`${house.server.url}/console${path}`);
    await settled(page);
  };

  /** Pages read anew when they are seen again; so nobody waits for the next time. */
  const look = (page: Page): Promise<unknown> => page.evaluate("document.dispatchEvent(new Event('visibilitychange'))");

  test("shows every page in both themes at both widths: nothing is cut off, and axe finds nothing serious", async () => {
    const { body: job } = await operator("replays", { ...lastHour(), subscription: failing.id, per_second: 1 });
    await operator("alerts", { url: `${receiver}/alerts` }, { "belfry-organization": organization });
    const watched = await signedIn();
    const { page } = watched;
    await go(page, "/replays");
    await page.evaluate(axe.source);
    const pages = [
      "/replays",
      `/replays/${job.id}`,
      `/replays/new?subscription=${occupancy.id}`,
      "/alerts",
      "/alerts?of=all",
      "/keys?of=all",
      "/audit",
      "/model",
      "/model/new",
    ];
    for (const path of pages) {
      await hop(page, path);
      await everyLook(page, path);
    }
    await operator(`replays/${job.id}/cancel`, {});
    await done(watched);
  });

  test("counts a replay first, with the receiver's rate limit, and then starts it", async () => {
    await operator(`subscriptions/${occupancy.id}`).then(() =>
      call(`${house.server.url}/v1/subscriptions/${occupancy.id}`, {
        method: "PATCH",
        key: house.server.key,
        body: { rate_limit: { per_second: 50, burst: 10 } },
      }),
    );
    const watched = await signedIn();
    const { page } = watched;
    await go(page, `/replays/new?subscription=${occupancy.id}`);
    await page.getByRole("img", { name: /^[\d,]+ events? in 2[45] hours/ }).waitFor();
    const begun = await page.getByLabel("From").inputValue();
    await page.getByRole("button", { name: "3 days" }).click();
    await page.getByRole("img", { name: /in 7[23] hours/ }).waitFor();
    assert.notEqual(await page.getByLabel("From").inputValue(), begun, "the time follows");
    await page.getByLabel("ROOM_OCCUPANCY (").check();
    await page.getByLabel("was delivered").check();
    await page.waitForURL(
      ({ searchParams: asked }) => asked.get("types") === "ROOM_OCCUPANCY" && asked.get("endings") === "delivered",
    );
    await page.getByRole("button", { name: "Dry run" }).click();
    await page.getByText(/but the rate limit of the subscription lets 50 a second start/).waitFor();
    await page.getByText("By type and hour", { exact: true }).click();
    const types = await page
      .getByRole("table", { name: "Counts by type and hour" })
      .locator("tbody th")
      .allTextContents();
    assert.deepEqual([...new Set(types)], ["ROOM_OCCUPANCY"]);
    await page.getByText(/as (it|they) would be sent/).click();
    await page.getByText('"event_type"').or(page.getByText('"type"')).first().waitFor();
    await page.getByLabel("was delivered").uncheck();
    await page.getByText("A dry run counts what would be sent").waitFor();
    await page.getByRole("button", { name: "Dry run" }).click();
    await page.getByRole("button", { name: /^Send [\d,]+ deliver(y|ies) again$/ }).click();
    await page.waitForURL(/\/replays\/replay_\w+$/);
    await page.getByText(/^It has looked through all of its time and added [\d,]+ deliver/).waitFor();
    const id = /replay_\w+$/.exec(page.url())![0];
    const { types: asked, done: added } = (await operator(`replays/${id}`)).body;
    assert.deepEqual(asked, ["ROOM_OCCUPANCY"]);
    await page.getByRole("link", { name: "All its deliveries" }).click();
    await page.waitForURL(new RegExp(`replay=${id}`));
    await settled(page);
    const rows = page.locator("table.deliveries tbody tr");
    const older = page.getByRole("button", { name: /^(Show older ones|Look further back)$/ });
    // A page may end early on a machine that is busy, and goes on with the next.
    await until("what it sent, and nothing else", async () => {
      const listed = await rows.count();
      if (listed < Math.min(added, 50) && (await older.isVisible())) await older.click();
      return listed === added || (added > 50 && listed >= 50);
    });
    await done(watched);
  });

  test("chooses the time by dragging over the bars", async () => {
    const watched = await signedIn();
    const { page } = watched;
    await go(page, `/replays/new?subscription=${occupancy.id}`);
    const chart = page.getByRole("img", { name: /hours, at most/ }).first();
    const box = (await chart.boundingBox())!;
    await page.mouse.move(box.x + box.width * 0.5, box.y + 40);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width * 0.75, box.y + 40, { steps: 3 });
    await page.mouse.up();
    await page.waitForURL(({ searchParams: asked }) => {
      const [from, to] = [Number(asked.get("from")), Number(asked.get("to"))];
      const hours = (to - from) / 3_600_000;
      return hours >= 6 && hours <= 8 && Number.isInteger(from / 3_600_000);
    });
    await page.getByRole("button", { name: "Dry run" }).click();
    await page.getByText("Nothing fits").waitFor();
    await done(watched);
  });

  /** Enough that a replay of one a second does not end before somebody cancels it. */
  const haveManyToReplay = async (): Promise<void> => {
    const [site] = house.building.sites;
    const [building] = site!.buildings!;
    const [floor] = building!.floors!;
    const metadata = { org_id: organization, site_id: site!.id, building_id: building!.id, floor_id: floor!.id };
    const events = Array.from({ length: 200 }, (_, data) => {
      return { id: `own_${data}`, type: "FLOOR_OCCUPANCY", timestamp: Date.now(), version: "v1.0.0", metadata, data };
    });
    const { status, body } = await operator("events?dialect=butlr", events, { "belfry-organization": organization });
    assert.equal(status, 202, JSON.stringify(body));
    assert.equal(body.accepted, events.length, JSON.stringify(body));
  };

  test("cancels a replay that runs, which says so, and goes on while nobody looks", async () => {
    await haveManyToReplay();
    const { body: job } = await operator("replays", { ...lastHour(), subscription: failing.id, per_second: 1 });
    const watched = await signedIn();
    const { page } = watched;
    await go(page, "/replays");
    await page.getByRole("progressbar").first().waitFor();
    await go(page, `/replays/${job.id}`);
    await page.getByText("It goes on when this page is closed.").waitFor();
    await go(page, "/health");
    await until("it to go on", async () => (await operator(`replays/${job.id}`)).body.done > 1);
    await go(page, `/replays/${job.id}`);
    await page.getByRole("button", { name: "Cancel the replay" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Cancel the replay" }).click();
    await until("the page to say so", async () => {
      await look(page);
      return (await page.getByText("Somebody cancelled it.").count()) > 0;
    });
    await done(watched);
  });

  test("alerts are added, tested with the answer shown, changed and removed, and the secret is shown once", async () => {
    const watched = await signedIn({ width: 1_440, theme: "light" }, await keyFor("organization", organization));
    const { page } = watched;
    await go(page, "/alerts");
    await page.getByText("A subscription fails").first().waitFor();
    await page.getByRole("button", { name: "Add a URL" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("URL").fill("http://plain.example");
    await dialog.getByRole("button", { name: "Add it" }).click();
    await dialog.getByRole("alert").waitFor();
    await dialog.getByLabel("URL").fill(`${receiver}/hooks/of-organization`);
    await dialog.getByLabel("Form").selectOption("Slack");
    await dialog.getByLabel("A sensor is offline").check();
    await dialog.getByRole("button", { name: "Add it" }).click();
    await page.getByText(/^whsec_/).waitFor();
    await page.getByRole("button", { name: "I have it" }).click();
    assert.equal(await page.getByText(/^whsec_/).count(), 0);
    const row = page.getByRole("listitem").filter({ hasText: "/hooks/of-organization" });
    await row.getByText("Slack").waitFor();
    await row.getByText("A sensor is offline.").waitFor();
    await row.getByRole("button", { name: /^Test / }).click();
    await row.getByText(/^The receiver answered 2\d\d/).waitFor();
    await row.getByRole("button", { name: /^Change / }).click();
    await dialog.getByLabel("Form").selectOption("Teams");
    await dialog.getByLabel("All, those of later releases too").check();
    await dialog.getByRole("button", { name: "Save" }).click();
    await row.getByText("Teams").waitFor();
    await row.getByText("All kinds.").waitFor();
    await look(page);
    await page.getByText("Test", { exact: true }).last().waitFor();
    await row.getByRole("button", { name: /^Remove / }).click();
    await dialog.getByRole("button", { name: "Remove it" }).click();
    await row.waitFor({ state: "detached" });
    await done(watched, /status of 422/);
  });

  test("an operator has alerts of everything beside those of an organization", async () => {
    const watched = await signedIn();
    const { page } = watched;
    await go(page, "/alerts");
    await page.getByRole("button", { name: "All of Belfry" }).click();
    await page.waitForURL(/of=all/);
    await page.getByRole("button", { name: "Add a URL" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("The disk is nearly full").waitFor();
    await dialog.getByLabel("URL").fill(`${receiver}/of-everything`);
    await dialog.getByRole("button", { name: "Add it" }).click();
    await page.getByText("Of everything, this server included. All kinds.").waitFor();
    await page.getByRole("button", { name: house.building.organization.name }).click();
    await settled(page);
    assert.equal(await page.getByText("/of-everything").count(), 0);
    await done(watched);
  });

  test("a list that was cut says so: of those that were told, as many as are asked for", async () => {
    const watched = await signedIn();
    const { page } = watched;
    const told = Array.from({ length: 50 }, (_, index) => ({
      id: `told_${index}`,
      at: new Date().toISOString(),
      kind: "test",
      ends: false,
      repeat: false,
      text: `Alert ${index}`,
      deliveries: [],
    }));
    await page.route(/\/v1\/alerts\/told(\?|$)/, (route) => route.fulfill({ json: { data: told, next: "more" } }));
    await go(page, "/alerts");
    await page.getByText("Only the newest 50 are listed.").waitFor();
    await done(watched);
  });

  test("a key is made and shown once, and revoked only after its name was typed", async () => {
    const watched = await signedIn();
    const { page } = watched;
    await go(page, "/keys");
    await page.getByRole("button", { name: "New key" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("Name").fill("Lobby display");
    await dialog.getByLabel("Role").selectOption({ label: "building: the subscriptions and counts of buildings" });
    assert.equal(await dialog.getByRole("button", { name: "Make the key" }).isDisabled(), true, "for which building?");
    await dialog
      .getByRole("combobox", { name: "Building", exact: true })
      .selectOption({ label: house.building.sites[0]!.buildings![0]!.name });
    await dialog.getByRole("button", { name: "Make the key" }).click();
    const key = (await dialog.getByText(/^belfry_client_/).textContent())!;
    assert.equal((await call(`${house.server.url}/v1/session`, { key, method: "GET" })).body.role, "building");
    await dialog.getByRole("button", { name: "I have copied it" }).click();
    assert.equal(await page.getByText(/^belfry_client_/).count(), 0);
    await page.getByRole("button", { name: "Revoke Lobby display" }).click();
    const revoke = dialog.getByRole("button", { name: "Revoke it" });
    assert.equal(await revoke.isDisabled(), true);
    await dialog.getByLabel("Type Lobby display to go on").fill("Lobby display");
    await revoke.click();
    await page.getByLabel(/^Show \d+ revoked keys?$/).check();
    await page.getByText("revoked", { exact: true }).first().waitFor();
    assert.equal((await call(`${house.server.url}/v1/session`, { key, method: "GET" })).status, 401);
    await done(watched);
  });

  test("the audit tells who did what, narrowed by act, who and thing, and whether its chain is whole", async () => {
    const watched = await signedIn();
    const { page } = watched;
    const made = (await operator("keys", { role: "viewer", for: organization, name: "Audited" })).body.client_id;
    await go(page, `/audit?object=${made}`);
    await page.getByText("made the key").waitFor();
    assert.equal(await page.locator("table.audit tbody tr").count(), 1);
    await page.getByText("role, organization, targets").click();
    await page.getByText('"viewer"').waitFor();
    await page.getByRole("button", { name: "this session's key" }).click();
    await page.waitForURL(/actor=client_/);
    await page.getByRole("combobox", { name: "What" }).selectOption("Alerts");
    await page.waitForURL(/action=alert/);
    await page.getByText("No entry fits.").waitFor();
    await page.getByRole("button", { name: "Show all" }).click();
    await page.getByText("replaced the building model of").waitFor();
    await page.getByRole("button", { name: "Verify the chain" }).click();
    await page.getByText(/^Whole: [\d,]+ entries follow from one another\.$/).waitFor();
    await done(watched);
  });

  describe("the building model", { concurrency: 1 }, () => {
    test("the model is a tree, comes down as it is, and a changed one is checked, compared and put", async () => {
      const watched = await signedIn();
      const { page } = watched;
      await go(page, "/model");
      await page.getByText(/2 floors, \d+ rooms/).waitFor();
      await page.getByText("1st Floor").click();
      await page.getByText("Rooms", { exact: true }).click();
      await page.getByRole("link", { name: "Archive" }).waitFor();
      const [download] = await Promise.all([
        page.waitForEvent("download"),
        page.getByRole("link", { name: "Download" }).click(),
      ]);
      const model = JSON.parse(readFileSync(await download.path(), "utf8"));
      assert.equal(model.organization.id, organization);
      await page.getByRole("link", { name: "Upload a model" }).click();
      const field = page.getByLabel("Or as text");
      const check = page.getByRole("button", { name: "Check it" });
      await field.fill('{\n  "organization": {,\n}');
      await check.click();
      await page.getByText("This is not JSON.").waitFor();
      await page.getByText("Line 2:").waitFor();
      const [building] = model.sites[0].buildings;
      const [room] = building.floors[0].rooms;
      building.floors[0].zones = [];
      room.name = {};
      const upload = (text: string) =>
        page
          .getByLabel("From a file")
          .setInputFiles({ name: "model.json", mimeType: "application/json", buffer: Buffer.from(text) });
      await upload(JSON.stringify(model, null, 2));
      await until("the file to be read", async () => (await field.inputValue()).length > 1_000);
      await check.click();
      await page.getByText("must be text that is not empty").waitFor();
      const wrong = await page.locator(".excerpt-line.wrong").first().textContent();
      assert.match(wrong!, /"name": \{\}/);
      room.name = "The new name";
      building.floors[0].rooms.push({ id: "room_added", name: "Added room" });
      await upload(JSON.stringify(model));
      await until("the file to be read", async () => (await field.inputValue()).includes("room_added"));
      const compared = async () => {
        await page.getByText(/It adds 1, changes 1 and removes \d+ records?\./).waitFor();
        await page.getByText("Added room").waitFor();
        await page.getByText('"The new name"').waitFor();
      };
      // The other tests change the organization meanwhile.
      await until(
        "the model to be put",
        async () => {
          await check.click();
          await compared();
          await page.getByRole("button", { name: "Replace the model" }).click();
          await page.getByRole("dialog").getByRole("button", { name: "Replace it" }).click();
          await page.getByRole("dialog").waitFor({ state: "detached" });
          return page.url().endsWith("/model");
        },
        60_000,
      );
      const stored = (await operator(`building-model?organization=${organization}`)).body;
      assert.equal(stored.sites[0].buildings[0].floors[0].rooms.at(-1).id, "room_added");
      assert.equal(stored.sites[0].buildings[0].floors[0].rooms[0].name, "The new name");
      await done(watched, /status of (412|422)/);
    });

    test("a model that somebody else changed meanwhile is not put, and that is said in words", async () => {
      const watched = await signedIn();
      const { page } = watched;
      const model = (await operator(`building-model?organization=${organization}`)).body;
      await go(page, "/model/new");
      model.sites[0].name = "Renamed site";
      await page.getByLabel("Or as text").fill(JSON.stringify(model));
      await page.getByRole("button", { name: "Check it" }).click();
      await page.getByRole("button", { name: "Replace the model" }).waitFor();
      await operator(`subscriptions/${failing.id}/disable`, {});
      await page.getByRole("button", { name: "Replace the model" }).click();
      await page.getByText(/Somebody has changed the organization since this was checked/).waitFor();
      await page.getByRole("button", { name: "Check it" }).click();
      await page.getByRole("button", { name: "Replace the model" }).waitFor();
      await operator(`subscriptions/${failing.id}/enable`, {});
      await done(watched, /status of 412/);
    });

    test("a model that was stored is not told as failed where something else cannot be read after it", async () => {
      const watched = await signedIn();
      const { page } = watched;
      const model = (await operator(`building-model?organization=${organization}`)).body;
      await go(page, "/model/new");
      model.sites[0].name = "Site of another name";
      await page.getByLabel("Or as text").fill(JSON.stringify(model));
      await page.route(/\/v1\/organizations(\?|$)/, (route) => route.fulfill({ status: 500, json: {} }));
      const isPut = page.getByRole("heading", { level: 1, name: "Model", exact: true });
      // The other tests change the organization meanwhile.
      await until(
        "the model to be put",
        async () => {
          await page.getByRole("button", { name: "Check it" }).click();
          await page.getByRole("button", { name: "Replace the model" }).click();
          await isPut.or(page.getByText(/Somebody has changed the organization/)).waitFor();
          return (await isPut.count()) > 0;
        },
        60_000,
      );
      const stored = (await operator(`building-model?organization=${organization}`)).body;
      assert.equal(stored.sites[0].name, "Site of another name");
      await done(watched, /status of (412|500)/);
    });
  });

  test("a plan and a logo are uploaded, shown on the building's page, and removed; what is no picture is refused", async () => {
    const watched = await signedIn();
    const { page } = watched;
    const png = Buffer.from(onePixel, "base64");
    const upload = (label: string, buffer: Buffer, name = "plan.png") =>
      page.getByLabel(label).setInputFiles({ name, mimeType: "image/png", buffer });
    await go(page, "/model");
    await upload("Logo: upload a picture", Buffer.from("<svg/>"), "logo.svg");
    await page.getByText("SVG is not taken, since it can carry scripts").waitFor();
    await upload("Logo: upload a picture", Buffer.alloc(200_001));
    const tooLarge = "plan.png has 201 kB. A picture has at most 200 kB: make it smaller.";
    await page.getByText(tooLarge, { exact: true }).waitFor();
    await upload("Logo: upload a picture", png);
    await page.getByRole("img", { name: "Logo" }).waitFor();
    const [floor] = house.building.sites[0]!.buildings![0]!.floors!;
    await page.getByText(floor!.name, { exact: true }).click();
    await upload(`Plan of ${floor!.name}: upload a picture`, png);
    await page.getByRole("img", { name: `Plan of ${floor!.name}` }).waitFor();
    await hop(page, `/?floor=${floor!.id}`);
    const plan = page.locator("image.plan-uploaded");
    const href = (await plan.getAttribute("href"))!;
    assert.equal((await page.request.get(`${house.server.url}${href}`)).headers()["content-type"], "image/png");
    await page.locator("header img.logo").waitFor();
    await hop(page, "/model");
    await page.getByRole("button", { name: "Remove: Logo" }).click();
    await page.locator("header img.logo").waitFor({ state: "detached" });
    await done(watched, /status of 422/);
  });

  test("each role sees what its key may see of them, and is offered nothing that the server refuses", async () => {
    const { id: building, tenants } = house.building.sites[0]!.buildings![0]!;
    const cases = [
      ["organization", organization, ["replays", "alerts", "keys", "model"]],
      ["viewer", organization, ["replays", "alerts", "model"]],
      ["building", building, ["replays", "alerts"]],
      ["tenant", tenants![0]!.id, ["replays", "alerts"]],
    ] as const;
    for (const [role, of, pages] of cases) {
      const watched = await signedIn({ width: 1_440, theme: "light" }, await keyFor(role, of));
      const { page } = watched;
      const refused: string[] = [];
      page.on("response", (answer) => answer.status() >= 400 && refused.push(`${answer.status()} ${answer.url()}`));
      await go(page, "/replays");
      assert.equal(await page.getByRole("link", { name: "New replay" }).count(), role === "viewer" ? 0 : 1, role);
      for (const path of pages) {
        await hop(page, `/${path}`);
        assert.notEqual(await page.locator("main h1").textContent(), "No such page", `${role} ${path}`);
      }
      await hop(page, "/alerts");
      await page.getByRole("heading", { name: "Where alerts go" }).waitFor();
      assert.equal(await page.getByRole("button", { name: "Add a URL" }).count(), role === "viewer" ? 0 : 1, role);
      await hop(page, "/audit");
      assert.equal(await page.locator("main h1").textContent(), "No such page", role);
      assert.deepEqual(refused, [], role);
      await done(watched);
    }
  });

  test("says what failed, and what would be here", async () => {
    const watched = await signedIn();
    const { page } = watched;
    await go(page, "/replays/replay_none");
    await page.getByText("There is no such replay, or this key may not see it.").waitFor();
    await go(page, "/replays/new?subscription=webhook_none");
    await page.getByText("There is no such subscription").waitFor();
    await go(page, `/replays?subscription=${(await operator("subscriptions")).body.data[0].id}`);
    await page.getByText("This subscription has no replay.").waitFor();
    await go(page, "/keys?find=nobody");
    await page.getByText("No key fits.").waitFor();
    await done(watched);
  });
});

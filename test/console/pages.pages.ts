// The console as people use it: a real Chromium and a real server with the demo's building. Every page in both themes at both
// widths, every act, every role; no error, no request to elsewhere, nothing that the policy forbids.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import axe from "axe-core";
import type { Browser, Page } from "playwright-core";
import { until } from "../fixtures/until.ts";
import { belfry, call } from "../e2e/harness.ts";
import { done, hop, launch, type Look, settled, signIn, skip, type Watched, watch } from "./browser.ts";
import { everyLook } from "./every-look.ts";
import { type ConsoleHouse, furnishConsole, markup } from "./house.ts";

if (skip !== false) console.log(`# THE CONSOLE IS NOT TESTED: ${skip}`);

let browser: Browser;
let house: ConsoleHouse;
let organization: string;
/** Of a tenant, whose receiver answers 503. */
let failing: { id: string };
/** Whose receiver answers with markup. */
let broken: { id: string };

describe("the console in a browser", { skip, concurrency: 2 }, () => {
  before(async () => {
    browser = await launch();
    house = await furnishConsole({ sinceMs: 900_000 });
    organization = house.building.organization.id;
    await house.catchUp();
    const { data } = (await operator("subscriptions")).body;
    const at = (path: string) =>
      data.find(({ endpoint }: { endpoint: { url: string } }) => endpoint.url.includes(path));
    [failing, broken] = [at("/partner"), at("/broken")];
    for (const { id } of [failing, broken]) await failedOf(id);
  });
  after(() => browser?.close());

  const operator = (path: string, body?: object) =>
    call(`${house.server.url}/v1/${path}`, { key: house.server.key, ...(body && { body }) });

  interface Listed {
    readonly id: string;
    readonly event: string;
    readonly subject: string;
    readonly attempt_count: number;
  }
  /** The newest of those asked for that is as it should be. A page of them may end early on a machine that is busy, even before the
   * first. */
  const newestOf = async (query: string, isWanted: (each: Listed) => boolean = () => true): Promise<Listed> => {
    let found: Listed | undefined;
    await until(`a delivery of ${query}`, async () => {
      const { data } = (await operator(`deliveries?${query}`)).body as { data: readonly Listed[] };
      return (found = data.find(isWanted)) !== undefined;
    });
    return found!;
  };
  /** A delivery that was tried without success. */
  const failedOf = (id: string): Promise<Listed> =>
    newestOf(`subscription=${id}&state=pending&limit=100`, ({ attempt_count: count }) => count > 0);

  const keyFor = async (role: string, of: string): Promise<string> =>
    (await operator("keys", { role, for: of })).body.key as string;

  const open = (look: Look = { width: 1_440, theme: "light" }): Promise<Watched> =>
    watch(browser, house.server.url, look);

  const signedIn = async (look?: Look, key = house.server.key): Promise<Watched> => {
    const watched = await open(look);
    await signIn(watched.page, house.server.url, key);
    return watched;
  };

  const go = async (page: Page, path: string): Promise<void> => {
    await page.goto(`${house.server.url}/console${path}`);
    await settled(page);
  };

  const heading = (page: Page): Promise<string | null> => page.locator("main h1").textContent();

  /** An address of each page, with something on it. */
  async function addresses(): Promise<readonly string[]> {
    const tried = await failedOf(failing.id);
    const [floor] = house.building.sites[0]!.buildings![0]!.floors!;
    const [room] = floor!.rooms!;
    return [
      "/",
      `/?floor=${floor!.id}&space=room:${room!.id}&sensors=shown`,
      "/?view=table",
      "/subscriptions",
      `/subscriptions/${failing.id}`,
      "/deliveries",
      `/deliveries/${tried.id}`,
      "/events",
      `/events/${tried.event}`,
      "/sensors",
      "/health",
    ];
  }

  test("shows every page in both themes at both widths: nothing is cut off, and axe finds nothing serious", async () => {
    const watched = await signedIn();
    const { page } = watched;
    await go(page, "/");
    await page.evaluate(axe.source);
    for (const path of await addresses()) {
      await hop(page, path);
      await everyLook(page, path);
    }
    await done(watched);
  });

  test("signs in with the link of `belfry console`, which leaves the address at once and works once", async () => {
    const { stdout, code } = await belfry(["console", "--data", house.server.data]);
    assert.equal(code, 0);
    const watched = await open();
    await watched.page.goto(stdout.trim());
    await watched.page.getByRole("navigation", { name: "Pages" }).waitFor();
    assert.equal(watched.page.url(), `${house.server.url}/console/`);
    assert.equal(await watched.page.evaluate("document.cookie"), "", "no script reads the session");
    await watched.page.reload();
    await watched.page.getByRole("navigation", { name: "Pages" }).waitFor();
    await done(watched);
    const again = await open();
    await again.page.goto(stdout.trim());
    await again.page.getByText("This link has been used or is over").waitFor();
    await done(again);
  });

  test("tells a wrong key, signs out, and asks again when the key is revoked", async () => {
    const watched = await open();
    const { page } = watched;
    await page.goto(`${house.server.url}/console/deliveries?state=pending`);
    await page.getByLabel("Key").fill("belfry_client_wrong");
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByText("This is not a valid key").waitFor();
    const key = await keyFor("organization", organization);
    await page.getByLabel("Key").fill(key);
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByRole("heading", { name: "Deliveries" }).waitFor();
    const id = /client_\w{27}/.exec(key)![0];
    await call(`${house.server.url}/v1/keys/${id}`, { method: "DELETE", key: house.server.key });
    await page.getByText("The session has ended").waitFor();
    await page.getByLabel("Key").fill(house.server.key);
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByRole("heading", { name: "Deliveries" }).waitFor();
    assert.match(page.url(), /\?state=pending$/, "goes on where it was");
    await page.getByLabel("Signed in as operator").click();
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.getByText("You are signed out").waitFor();
    await page.reload();
    await page.getByLabel("Key").waitFor();
    await done(watched);
  });

  test("shows a room with its count, its day, why it counts so, and leads from its events to their deliveries", async () => {
    await house.catchUp();
    const watched = await signedIn();
    const { page } = watched;
    await go(page, "/");
    const { subject } = await newestOf("type=ROOM_OCCUPANCY&limit=1");
    const rooms = house.building.sites[0]!.buildings![0]!.floors!.flatMap((floor) =>
      floor.rooms!.map((room) => ({ ...room, floor })),
    );
    const room = rooms.find(({ id }) => id === subject)!;
    await page.getByRole("navigation", { name: "Floors" }).getByRole("link", { name: room.floor.name }).click();
    const shape = page.getByRole("button", { name: new RegExp(`^${room.name}: \\d+ `) });
    await shape.focus();
    await page.keyboard.press("Enter");
    const panel = page.getByRole("complementary", { name: `Chosen: ${room.name}` });
    await until("the count that the server has", async () => {
      const now = (await operator(`occupancy?space=room:${room.id}`)).body.presence.value as number;
      return Number.parseInt((await panel.locator(".count-value").textContent())!, 10) === now;
    });
    await panel.getByRole("img", { name: new RegExp(`^${room.name}, minute by minute`) }).waitFor();
    await panel.getByRole("button", { name: /^Why / }).click();
    await panel.getByText(/of \d+ sensors? that look into this space/).waitFor();
    await panel.getByRole("link", { name: "ROOM_OCCUPANCY", exact: true }).first().click();
    await page.getByRole("heading", { name: `ROOM_OCCUPANCY, ${room.name}` }).waitFor();
    await page.getByRole("table").getByRole("link").first().click();
    await page.getByRole("heading", { name: /^1 attempt/ }).waitFor();
    await page.goBack();
    await page.goBack();
    await panel.waitFor();
    await page.keyboard.press("t");
    await page.getByRole("table").getByRole("link", { name: room.name }).waitFor();
    await done(watched);
  });

  test("says unknown for what nobody sees, and why", async () => {
    const watched = await signedIn();
    const { page } = watched;
    await go(page, `/?floor=${house.building.sites[0]!.buildings![0]!.floors![0]!.id}`);
    await page.getByRole("button", { name: "Archive: unknown, its sensor is silent" }).click();
    const panel = page.getByRole("complementary", { name: "Chosen: Archive" });
    assert.equal(await panel.locator(".count-value").textContent(), "?");
    await panel.getByText("No minute of this day was observed.").waitFor();
    await done(watched);
  });

  test("pauses, resumes, disables, enables and tries again at once", async () => {
    const watched = await signedIn();
    const { page } = watched;
    await go(page, `/subscriptions/${broken.id}`);
    const status = page.getByRole("region", { name: "Status" });
    await status
      .getByText(/backing off|failing|probing/)
      .first()
      .waitFor();
    const act = async (name: string, then: RegExp) => {
      await status.getByRole("button", { name }).click();
      await status.getByText(then).first().waitFor();
    };
    await act("Pause", /^Paused since \d\d:\d\d/);
    assert.equal((await operator(`subscriptions/${broken.id}`)).body.state, "paused");
    await act("Resume", /receiver answered 500/);
    await act("Disable", /Disabled through the operator API/);
    await act("Enable", /receiver answered 500/);
    await page.getByRole("link", { name: "Subscriptions" }).first().click();
    await page
      .getByRole("button", { name: /^Pause / })
      .first()
      .click();
    await page
      .getByRole("button", { name: /^Resume / })
      .first()
      .click();
    await until("the pause to end", async () => (await operator(`subscriptions/${broken.id}`)).body.state === "active");
    await done(watched);
  });

  test("shows and rotates a signing secret", async () => {
    const watched = await signedIn();
    const { page } = watched;
    await go(page, `/subscriptions/${failing.id}`);
    const card = page.getByRole("region", { name: "Signing secret" });
    assert.equal(await card.getByText(/^whsec_/).count(), 0);
    await card.getByRole("button", { name: "Show the secret" }).click();
    const before = await card.getByText(/^whsec_/).textContent();
    await card.getByRole("button", { name: "Rotate" }).click();
    await page.getByLabel("The old one ends").selectOption("after 1 hour");
    await page.getByRole("button", { name: "Make a new secret" }).click();
    await card.getByText(/signs beside it/).waitFor();
    const [fresh, old] = await card.getByText(/^whsec_/).allTextContents();
    assert.equal(old, before);
    assert.notEqual(fresh, before);
    await card.getByRole("button", { name: "Hide the secret" }).click();
    assert.equal(await card.getByText(/^whsec_/).count(), 0);
    await done(watched);
  });

  test("sends one delivery again, after saying what that does", async () => {
    const watched = await signedIn();
    const { page } = watched;
    const { id, event } = await newestOf("state=delivered&limit=1");
    await go(page, `/deliveries/${id}`);
    await page.getByRole("button", { name: "Send again" }).click();
    await page.getByRole("dialog").getByText("The receiver gets the same webhook-id").waitFor();
    await page.getByRole("button", { name: "Cancel" }).click();
    await page.getByRole("button", { name: "Send again" }).click();
    await page.getByRole("button", { name: "Send 1 again" }).click();
    await page.waitForURL(
      (url) => /\/deliveries\/delivery_\d+$/.test(url.pathname) && !url.pathname.endsWith(`/${id}`),
    );
    await page
      .getByText(/^The receiver answered 200/)
      .first()
      .waitFor();
    const again = new URL(page.url()).pathname.split("/").at(-1)!;
    assert.equal((await operator(`deliveries/${again}`)).body.event, event);
    await done(watched);
  });

  test("narrows deliveries by the address, keeps it on the way back, and finds by id", async () => {
    const watched = await signedIn();
    const { page } = watched;
    await go(page, "/deliveries");
    await page.getByRole("combobox", { name: "State", exact: true }).selectOption("delivered");
    await page.getByRole("combobox", { name: "Type", exact: true }).selectOption("ROOM_OCCUPANCY");
    await page.waitForURL(/state=delivered&type=ROOM_OCCUPANCY/);
    await settled(page);
    const types = await page.locator("table.deliveries tbody th .row-link").allTextContents();
    assert.ok(types.length > 0 && types.every((type) => type === "ROOM_OCCUPANCY"), types.join());
    const rows = page.locator("table.deliveries tbody tr");
    // All of a row leads where its link does.
    const end = (await rows.first().locator("td").last().boundingBox())!;
    await page.mouse.click(end.x + end.width / 2, end.y + 4);
    await page.getByRole("heading", { name: "What and to whom" }).waitFor();
    await page.goBack();
    await page.waitForURL(/state=delivered&type=ROOM_OCCUPANCY/);
    assert.equal(await page.getByRole("combobox", { name: "Type", exact: true }).inputValue(), "ROOM_OCCUPANCY");
    await page.keyboard.press("/");
    await page.keyboard.type(failing.id);
    await page.keyboard.press("Enter");
    await page.getByRole("region", { name: "Signing secret" }).waitFor();
    await go(page, "/deliveries?state=expired");
    await page.getByText("No delivery fits").waitFor();
    await page.getByRole("button", { name: "Show all" }).click();
    await rows.first().waitFor();
    await done(watched);
  });

  test("loads older ones, and new ones wait while somebody reads further down", async () => {
    const watched = await signedIn();
    const { page } = watched;
    await go(page, "/deliveries");
    const rows = page.locator("table.deliveries tbody tr");
    // A page may end early on a machine that is busy.
    const shown = await rows.count();
    assert.ok(shown > 0 && shown <= 50, String(shown));
    await page.getByRole("button", { name: "Show older ones" }).click();
    await until("older ones to be shown", async () => (await rows.count()) > shown);
    await page.evaluate("scrollTo(0, 400)");
    const { id: old } = await newestOf("state=delivered&limit=1");
    const { id } = (await operator(`deliveries/${old}/resend`, {})).body;
    const fresh = page.getByRole("button", { name: /^Show .* new/ });
    await fresh.waitFor();
    const resent = page.locator(`table.deliveries a[href$="/deliveries/${id}"]`);
    assert.equal(await resent.count(), 0);
    await until("the new one to be shown", async () => {
      if (await fresh.isVisible()) await fresh.click();
      return (await resent.count()) === 1;
    });
    await done(watched);
  });

  test("a failed page says what failed, and a strange address is no page", async () => {
    const watched = await signedIn();
    const { page } = watched;
    await go(page, "/deliveries/delivery_999999999");
    await page.getByText("There is no such delivery, or this key may not see it.").waitFor();
    await page.getByRole("button", { name: "Try again" }).waitFor();
    await go(page, "/nothing");
    assert.equal(await heading(page), "No such page");
    await done(watched);
  });

  test("switches colours, and keeps that", async () => {
    const watched = await signedIn({ width: 1_440, theme: "light" });
    const { page } = watched;
    await go(page, "/health");
    const ground = () => page.evaluate<string>("getComputedStyle(document.body).backgroundColor");
    const light = await ground();
    const change = page.getByRole("button", { name: /^Colours: / });
    await change.click();
    assert.equal(await ground(), light, "light by choice");
    await change.click();
    assert.equal(await ground(), "rgb(18, 20, 23)");
    await page.reload();
    await page.getByRole("button", { name: /^Colours: dark/ }).waitFor();
    assert.equal(await ground(), "rgb(18, 20, 23)");
    await done(watched);
  });

  test("each role sees what its key may see, and is offered nothing that the server refuses", async () => {
    const { id: building, tenants } = house.building.sites[0]!.buildings![0]!;
    const forReaders = ["Building", "Subscriptions", "Deliveries", "Events", "Sensors", "Replays", "Alerts"];
    const cases: readonly (readonly [role: string, of: string, pages: readonly string[]])[] = [
      ["viewer", organization, [...forReaders, "Model"]],
      ["organization", organization, [...forReaders, "Keys", "Model"]],
      ["building", building, ["Building", "Subscriptions", "Deliveries", "Sensors", "Replays", "Alerts"]],
      ["tenant", tenants![0]!.id, ["Subscriptions", "Deliveries", "Replays", "Alerts"]],
      ["ingest", organization, []],
    ];
    for (const [role, of, pages] of cases) {
      const watched = await signedIn({ width: 1_440, theme: "light" }, await keyFor(role, of));
      const { page } = watched;
      const refused: string[] = [];
      page.on("response", (answer) => answer.status() >= 400 && refused.push(`${answer.status()} ${answer.url()}`));
      await go(page, "/");
      const links = page.getByRole("navigation", { name: "Pages" }).getByRole("link");
      assert.deepEqual(await links.allTextContents(), pages, role);
      // An organization's key sees what an operator's does.
      for (const name of role === "organization" ? [] : pages) {
        await page.getByRole("navigation", { name: "Pages" }).getByRole("link", { name }).click();
        await settled(page);
      }
      if (role === "tenant" || role === "viewer") {
        await go(page, `/subscriptions/${failing.id}`);
        const secret = page.getByRole("button", { name: "Show the secret" });
        assert.equal(await secret.count(), role === "tenant" ? 1 : 0, role);
        assert.equal(await page.getByRole("button", { name: /^Remove/ }).count(), 0, role);
        const url = await page.locator("code.url").first().textContent();
        assert.equal(url!.includes("s3cret"), role === "tenant", "a viewer sees no more of a URL than its host");
      }
      assert.deepEqual(refused, [], role);
      await done(watched);
    }
  });

  test("removes a subscription only after its name was typed", async () => {
    const watched = await signedIn();
    const { page } = watched;
    const { data } = (await operator("subscriptions?dialect=butlr")).body;
    const doomed = data.find(({ name }: { name: string }) => name === "Door counters");
    await go(page, `/subscriptions/${doomed.id}`);
    await page.getByRole("button", { name: "Remove the subscription" }).click();
    const remove = page.getByRole("button", { name: "Remove it" });
    assert.equal(await remove.isDisabled(), true);
    await page.getByLabel("Type Door counters to go on").fill("Door counters");
    await remove.click();
    await page.getByRole("heading", { name: "Subscriptions" }).waitFor();
    assert.equal((await operator(`subscriptions/${doomed.id}`)).status, 404);
    await done(watched);
  });

  test("text from outside is text: no name, payload or answer becomes markup", async () => {
    const { id } = await failedOf(broken.id);
    const watched = await signedIn();
    await go(watched.page, `/deliveries/${id}`);
    await watched.page.getByText(markup).first().waitFor();
    assert.equal(await watched.page.locator("img[src=x], main script").count(), 0);
    await done(watched);
  });
});

import { mkdirSync, writeFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { call, stop } from "../e2e/harness.ts";
import { launch, watch } from "./browser.ts";
import { furnishConsole } from "./house.ts";
const folder = process.argv[2]!;
const only = process.argv[3]?.split(",");
mkdirSync(folder, { recursive: true });
const house = await furnishConsole({ sinceMs: 3_600_000 });
await house.catchUp();
const browser = await launch();
const op = (path: string, body?: object, method?: string) => call(`${house.server.url}/v1/${path}`, { key: house.server.key, ...(body && { body }), ...(method && { method }) });
const org = house.building.organization.id;
await pause(3000);
const { data } = (await op("subscriptions")).body;
const at = (p: string) => data.find((e: any) => e.endpoint.url.includes(p));
const occ = at("/hooks/occupancy");
const good = new URL(occ.endpoint.url).origin;
const headers = { "belfry-organization": org };
for (const [form, url] of [["json", `${good}/alerts`], ["slack", `${good}/slack`]]) {
  const r = await call(`${house.server.url}/v1/alerts`, { key: house.server.key, body: { url, form, kinds: form === "slack" ? ["subscription.failing", "sensor.offline"] : null }, headers });
  if (r.status !== 201) console.log(r.status, r.body);
}
await op("keys", { role: "viewer", for: org, name: "Lobby display" });
await op("keys", { role: "ingest", for: org });
const now = Date.now();
const r1 = await op("replays", { subscription: occ.id, from: now - 3_600_000, to: now, organization: org });
const r2 = await op("replays", { subscription: at("/broken").id, from: now - 3_600_000, to: now, per_second: 1, organization: org });
console.log(r1.status, r2.status);
await op(`subscriptions/${occ.id}/pause`, {}, "POST"); await op(`subscriptions/${occ.id}/resume`, {}, "POST");
await pause(12_000);
await house.catchUp();
const list: Record<string, string> = {
  replays: "/replays", replay: `/replays/${r1.body.id}`, replayrun: `/replays/${r2.body.id}`, newreplay: `/replays/new?subscription=${occ.id}`,
  alerts: "/alerts", alertsall: "/alerts?of=all", keys: "/keys", keysall: "/keys?of=all", audit: "/audit", model: "/model", putmodel: "/model/new",
};
for (const theme of ["light", "dark"] as const) for (const width of [1440, 360]) {
  const { page, complaints } = await watch(browser, house.server.url, { width, height: width < 500 ? 780 : 900, theme });
  await page.goto(`${house.server.url}/console/`);
  await page.getByLabel("Key").fill(house.server.key);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("navigation", { name: "Pages" }).waitFor();
  for (const [name, path] of Object.entries(list)) {
    if (only && !only.includes(name)) continue;
    await page.goto(`${house.server.url}/console${path}`);
    await page.locator("main h1").waitFor();
    await page.locator(".loading").first().waitFor({ state: "detached" });
    await pause(700);
    if (name === "newreplay") { await page.getByRole("button", { name: "Dry run" }).click(); await page.getByText("would be sent", { exact: true }).waitFor(); await pause(300); }
    if (name === "model") { await page.getByText("Floor").first().click(); await page.getByText("Rooms").first().click(); }
    if (name === "putmodel") {
      const m: any = structuredClone(house.building); const b = m.sites[0].buildings[0];
      b.floors[0].rooms[0].name = "Renamed room"; b.floors[0].rooms.push({ id: "room_new", name: "New room" }); b.tenants.pop(); b.keychains = []; b.access_tools = [];
      await page.getByLabel("Or as text").fill(JSON.stringify(m, null, 2).slice(0, 290_000));
      await page.getByRole("button", { name: "Check it" }).click();
      await pause(1500);
      await page.screenshot({ path: `${folder}/putmodel-diff-${width}-${theme}.png`, fullPage: true });
      b.floors[0].rooms[1].name = {}; m.sites[0].timezone = "Nowhere/Land";
      await page.getByLabel("Or as text").fill(JSON.stringify(m, null, 2));
      await page.getByRole("button", { name: "Check it" }).click();
      await page.getByRole("heading", { name: /fault/ }).waitFor();
    }
    await page.screenshot({ path: `${folder}/${name}-${width}-${theme}.png`, fullPage: true });
  }
  if (complaints.length) console.log(theme, width, [...new Set(complaints)]);
  await page.context().close();
}
await browser.close(); await stop(house.server); process.exit(0);

// A real Chromium with an empty profile, and pages of it that note everything that must not happen: errors, requests to
// elsewhere, violations of the policy.

import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { call } from "../e2e/harness.ts";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";

/** Debian's. */
const path = process.env["CHROMIUM"] ?? "/usr/bin/chromium";

const hasChromium = existsSync(path);

/** Why tests in a browser are skipped, for node:test; never where a change is judged. */
export const skip =
  hasChromium || process.env["CI"] === "true"
    ? false
    : "there is no /usr/bin/chromium: apt-get install chromium, or name one in CHROMIUM";

/** Far longer than anything waited for takes, on a machine that is busy. */
const longestWaitMs = 60_000;

export function launch(): Promise<Browser> {
  return chromium.launch({
    executablePath: path,
    headless: true,
    timeout: longestWaitMs,
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
}

export interface Watched {
  readonly page: Page;
  /** What must not happen, as it happened. */
  readonly complaints: readonly string[];
}

export interface Look {
  readonly width: number;
  readonly height?: number;
  readonly theme: "light" | "dark";
}

/** A page of its own, with its own cookies. `origin`: the only one it may ask. */
export async function watch(
  browser: Browser,
  origin: string,
  { width, height = 900, theme }: Look,
  more: BrowserContextOptions = {},
): Promise<Watched> {
  const context = await browser.newContext({
    viewport: { width, height },
    colorScheme: theme,
    reducedMotion: "reduce",
    timezoneId: "Europe/Berlin",
    locale: "en-GB",
    ...more,
  });
  context.setDefaultTimeout(longestWaitMs);
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on("console", (message) => {
    // A 401 is how a page learns that nobody is signed in.
    if (message.type() === "error" && !/status of (401|404|503)/.test(message.text())) complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("request", (request) => {
    if (
      !request
        .url()
        .replace(/^blob:/, "")
        .startsWith(`${origin}/`)
    )
      complaints.push(`asked ${request.url()}`);
  });
  page.on("requestfailed", (request) => {
    // A page that is left lets its requests go.
    const why = request.failure()?.errorText ?? "";
    if (!/ERR_ABORTED|ERR_INTERNET_DISCONNECTED/.test(why))
      complaints.push(`${why} ${request.method()} ${request.url()}`);
  });
  await page.addInitScript(
    "addEventListener('securitypolicyviolation', (event) => console.error('policy: ' + event.violatedDirective + ' ' + event.blockedURI));",
  );
  return { page, complaints };
}

/** Signs the page's browser in with a key, as the sign-in page does. */
export async function signIn(page: Page, url: string, key: string): Promise<void> {
  const { headers } = await call(`${url}/v1/session`, { body: { key } });
  const [, name, value] = /^(\w+)=([^;]+)/.exec(headers.get("set-cookie")!)!;
  await page.context().addCookies([{ name: name!, value: value!, url, httpOnly: true, sameSite: "Strict" }]);
}

/** What the page shows first is read. */
export async function settled(page: Page): Promise<void> {
  await page.locator("main h1").waitFor();
  await page.locator(".loading").first().waitFor({ state: "detached" });
}

/** To another page without loading anew, as by a link. */
export async function hop(page: Page, path: string): Promise<void> {
  await page.evaluate(`history.pushState(null, "", "/console${path}"); dispatchEvent(new PopStateEvent("popstate"))`);
  await settled(page);
}

/** Closes a page on which nothing happened that must not. `provoked`: what a test brought about, such as a refusal, which is an error
 * in the browser's console. */
export async function done({ page, complaints }: Watched, provoked = /^$/): Promise<void> {
  assert.deepEqual([...new Set(complaints.filter((each) => !provoked.test(each)))], []);
  await page.context().close();
}

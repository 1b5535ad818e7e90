// The page on which a person signs in: nothing that an app names can break out of it, lead elsewhere, or be sent by another page.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { after, before, test } from "node:test";
import { fc } from "../../../fixtures/properties.ts";
import { Html, html } from "../../../../src/dialects/butterflymx/oauth/page/html.ts";
import { allow, asked, encode, hiddenOf, type House, openHouse, openPage, unescaped } from "./fixture.ts";

let house: House;
before(async () => {
  house = await openHouse();
});
after(() => house.close());

const back = "com.example.app://oauth";
const hostile = `"><script>alert(1)</script><img src=x onerror='alert(2)'>&amp;`;
const post = async (fields: Readonly<Record<string, string | undefined>>, headers: object = {}) =>
  house.post("/oauth/authorize", fields, headers);
const filled = async (more = {}) => {
  const { text } = await openPage(house, { redirect_uri: back, ...more });
  return { ...hiddenOf(text), key: house.kim.key, decision: "allow" };
};
const policyOf = (headers: Readonly<Record<string, unknown>>): ReadonlyMap<string, string> =>
  new Map(
    String(headers["content-security-policy"])
      .split("; ")
      .map((part) => [part.split(" ")[0]!, part.slice(part.indexOf(" ") + 1)]),
  );
const hashOf = (text: string): string => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;

test("whatever is put into a template comes out as text, and nothing but templates as HTML", () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      const made = html`<a title="${text}">${text}</a>`.text;
      const [, attribute, content] = /^<a title="([^"<>]*)">([^"<>]*)<\/a>$/s.exec(made)!;
      assert.equal(unescaped(attribute!), text);
      assert.equal(unescaped(content!), text);
      assert.ok(!/&(?!(?:lt|gt|quot|#39|amp);)/.test(made));
    }),
    { examples: [[hostile], ["&lt;"], ["'"], [""]] },
  );
  assert.equal(html`${html`<b>${"<"}</b>`}${[new Html("<i>"), html`${"&"}`]}`.text, "<b>&lt;</b><i>&amp;");
});

test("everything that an app names is escaped wherever it is shown", async () => {
  const pages = [
    await openPage(house, { state: hostile }),
    await openPage(house, { client_id: hostile }),
    await openPage(house, { redirect_uri: `https://evil.example/${hostile}` }),
    await openPage(house, { response_type: hostile }),
    await openPage(house, { code_challenge: hostile }),
    await post({ ...(await filled()), key: hostile }),
    await post({ ...(await filled()), id: hostile, secret: hostile, key: "" }),
    await post({ ...(await filled()), ticket: hostile }),
  ];
  for (const { text, headers } of pages) {
    assert.equal(headers["content-type"], "text/html; charset=utf-8");
    assert.ok(!text.includes("<script>alert") && !text.includes("<img"), text);
  }
  assert.equal(hiddenOf(pages[0]!.text)["state"], hostile);
  assert.ok(pages[2]!.text.includes("&lt;script&gt;alert(1)&lt;/script&gt;"));
});

test("the page loads nothing, runs nothing, cannot be framed, and is not kept", async () => {
  const { text, headers } = await openPage(house);
  const policy = policyOf(headers);
  const style = /<style>(.*?)<\/style>/s.exec(text)![1]!;
  assert.deepEqual(Object.fromEntries(policy), {
    "default-src": "'none'",
    "style-src": hashOf(style),
    "form-action": "'self'",
    "base-uri": "'none'",
    "frame-ancestors": "'none'",
  });
  assert.ok(!/<script|\son\w+=|\sstyle=|javascript:|\ssrc=/i.test(text));
  assert.equal(headers["x-frame-options"], "DENY");
  assert.equal(headers["x-content-type-options"], "nosniff");
  assert.equal(headers["cache-control"], "no-store");
  assert.equal(headers["set-cookie"], undefined);
});

test("the page with the code runs one script, and its policy has the hash of that one", async () => {
  const { text, headers } = await allow(house, house.kim);
  const scripts = [...text.matchAll(/<script>(.*?)<\/script>/gs)];
  assert.equal(scripts.length, 1);
  assert.equal(policyOf(headers).get("script-src"), hashOf(scripts[0]![1]!));
  assert.equal(policyOf(headers).get("frame-ancestors"), "'none'");
});

test("the policy lets the form lead to the app that asked, and nowhere else", async () => {
  for (const [redirect_uri, source] of [
    [back, "'self' com.example.app:"],
    ["https://hub.example/back?from=belfry", "'self' https://hub.example"],
    ["http://127.0.0.1:5050/back", "'self' http://127.0.0.1:5050"],
    ["http://[::1]:5050/back", "'self' http:"],
  ] as const) {
    assert.equal(policyOf((await openPage(house, { redirect_uri })).headers).get("form-action"), source);
  }
});

test("an address that is not on the operator's list letter by letter leads nowhere, with or without a good key", async () => {
  const good = await filled();
  for (const redirect_uri of [
    "https://evil.example/",
    "https://hub.example/back",
    "https://hub.example/back?from=belfry&x=1",
    "https://hub.example/back?from=belfry#x",
    "https://hub.example.evil.example/back?from=belfry",
    "https://hub.example@evil.example/back?from=belfry",
    "HTTPS://hub.example/back?from=belfry",
    "//hub.example/back?from=belfry",
    "/oauth/authorize",
    "com.example.app://oauth/",
    "com.example.app://OAUTH",
    "com.example.app:oauth",
    "com.example.app://oauth\n",
    "javascript:alert(1)",
    "data:text/html,x",
    "http://127.0.0.1/back/",
    "http://127.0.0.1:0/back",
    "http://127.0.0.1:65536/back",
    "http://127.0.0.1:80:80/back",
    "http://127.0.0.1:80@evil.example/back",
    "http://127.0.0.1@evil.example/back",
    "http://127.0.0.1.evil.example/back",
    "http://127.0.0.2/back",
    "http://localhost/back",
    "https://127.0.0.1/back",
    "http://127.1/back",
    "urn:ietf:wg:oauth:2.0:oob:auto",
  ]) {
    const page = await openPage(house, { redirect_uri, state: "s", response_type: "token" });
    const sent = await post({ ...good, redirect_uri });
    for (const { status, headers } of [page, sent]) {
      assert.deepEqual([status, headers["location"]], [400, undefined], redirect_uri);
    }
    assert.match(page.text, /BELFRY_OAUTH_REDIRECTS/);
  }
});

test("an unknown client leads nowhere, and the page says which client there is", async () => {
  for (const client_id of ["butterflymx", "Belfry", "client_0000000000000000000000000AA", undefined]) {
    const { status, headers, text } = await openPage(house, { client_id, redirect_uri: back });
    assert.deepEqual([status, headers["location"]], [400, undefined]);
    assert.match(text, /Enter belfry in the app/);
  }
});

test("a form of another site is refused, whatever it holds", async () => {
  const good = await filled();
  for (const headers of [
    { "sec-fetch-site": "cross-site" },
    { "sec-fetch-site": "same-site" },
    { "sec-fetch-site": "none" },
    { origin: "https://evil.example" },
    { origin: "null" },
    { origin: "http://localhost:81", host: "localhost:80" },
  ]) {
    const { status, headers: answered } = await post(good, headers);
    assert.deepEqual([status, answered["location"]], [403, undefined], JSON.stringify(headers));
  }
  for (const headers of [
    {},
    { "sec-fetch-site": "same-origin", origin: "https://belfry.example", host: "127.0.0.1:8080" },
    { origin: "https://belfry.example", host: "belfry.example" },
  ]) {
    assert.equal((await post(good, headers)).status, 302);
  }
});

test("a form that was not made for this very request, or an hour ago, is refused", async () => {
  const good = await filled({ state: "mine" });
  const { ticket } = good as { ticket?: string };
  for (const change of [
    { ticket: undefined },
    { ticket: "" },
    { ticket: `${ticket!.slice(0, -1)}${ticket!.endsWith("A") ? "B" : "A"}` },
    { ticket: `9${ticket}` },
    { state: "another" },
    { state: undefined },
    { redirect_uri: "https://hub.example/back?from=belfry" },
    { code_challenge: "x".repeat(43) },
    { client_id: house.alex.clientId },
  ]) {
    const { status, headers } = await post({ ...good, ...change });
    assert.deepEqual([status, headers["location"]], [400, undefined], JSON.stringify(change));
  }
  house.clock.advance(3_599_999);
  assert.equal((await post(good)).status, 302);
  house.clock.advance(1);
  assert.equal((await post(good)).status, 400);
});

test("a form is judged like the page before it: a wrong method in it is refused", async () => {
  const { headers } = await post({ ...(await filled()), code_challenge_method: "plain" });
  assert.match(String(headers["location"]), /^com\.example\.app:\/\/oauth\?error=invalid_request/);
});

test("the page names the app, the way back and that a tenant's key is needed", async () => {
  const { text } = await openPage(house, { redirect_uri: back });
  assert.match(text, /An app asks/);
  const named = await openPage(house, { client_id: house.alex.clientId });
  assert.ok(named.text.includes(`client ID <span class="address">${house.alex.clientId}</span>`));
  assert.ok(text.includes(back));
  assert.match(text, /key of a tenant/);
  assert.match((await openPage(house)).text, /code to copy/);
});

test("a body that is no form is answered with a page", async () => {
  const answer = await house.server.scope.inject({
    method: "POST",
    url: "/oauth/authorize",
    headers: { "content-type": "application/json" },
    payload: "{}",
  });
  assert.deepEqual([answer.statusCode, /<h1>/.test(answer.body)], [415, true]);
  const large = await post({ ...(await filled()), more: "x".repeat(20_000) });
  assert.equal(large.status, 413);
});

test("no log shows what came in an address", async () => {
  const secret = "s".repeat(40);
  await house.call("GET", `/oauth/authorize?${encode(asked())}&key=${secret}`);
  assert.ok(!JSON.stringify(house.logged).includes(secret));
});

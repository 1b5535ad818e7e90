import assert from "node:assert/strict";
import { test } from "node:test";
import { readConfig } from "../../src/config/config.ts";
import { redirects } from "../../src/config/redirects.ts";

test("addresses of apps are kept letter by letter: of the web, of a desk, and of a scheme of their own", () => {
  const good = [
    "https://hub.example/back?from=belfry&x=%20",
    "https://hub.example:8443",
    "http://127.0.0.1/back",
    "http://127.0.0.1:9/",
    "http://[::1]/back",
    "http://localhost/back",
    "com.example.app://oauth",
    "com.example.app:/oauth",
    "myapp://back",
    "urn:ietf:wg:oauth:2.0:oob",
  ];
  assert.deepEqual(redirects.read(good.join(" , ")), good);
  assert.deepEqual(redirects.read(""), []);
});

test("what a browser would run, what leaves the machine without TLS, and what is no whole address is refused", () => {
  for (const bad of [
    "javascript:alert(1)",
    "JavaScript:alert(1)",
    "data:text/html,x",
    "vbscript:x",
    "file:///etc/passwd",
    "blob:https://hub.example/x",
    "http://hub.example/back",
    "http://127.0.0.2/back",
    "http://127.0.0.1.evil.example/back",
    "http:127.0.0.1/back",
    "https:hub.example",
    "https://",
    "https://*.example/back",
    "https://hub.example/back#x",
    "https://user@hub.example/back",
    "https://user:word@hub.example/back",
    "https://hub.example/a b",
    "https://hub.example/a;b",
    'https://hub.example/"',
    "https://hub.example/é",
    "hub.example/back",
    "/back",
    "com.example.app",
    "://x",
  ]) {
    assert.equal(redirects.read(bad), null, bad);
    assert.equal(redirects.read(`com.example.app://oauth,${bad}`), null, bad);
  }
});

test("a start with a bad address says what to write", () => {
  assert.throws(() => readConfig({ BELFRY_OAUTH_REDIRECTS: "http://hub.example/" }), {
    message:
      /^BELFRY_OAUTH_REDIRECTS must be a list with commas of whole addresses: .*, not "http:\/\/hub\.example\/"\.$/,
  });
});

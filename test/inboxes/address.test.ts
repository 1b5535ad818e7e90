// Which URLs are those of inboxes: the exact text alone. Whatever else a parser would take for the same address is another URL.

import assert from "node:assert/strict";
import { test } from "node:test";
import { fc } from "../fixtures/properties.ts";
import { prefixUnder, tokenIn } from "../../src/inboxes/address.ts";

const token = "0123456789abcdefghijABCDEFGHIJ89";
const prefix = prefixUnder("https://belfry.example");
const exact = `${prefix}${token}`;

test("the URL that was given out is that of its inbox", () => {
  assert.equal(tokenIn(exact, prefix), token);
  assert.equal(prefixUnder("https://belfry.example/under"), "https://belfry.example/under/inbox/");
});

test("no other spelling of it is: whoever means another host, port or path by it gets past no guard", () => {
  const others = `
    https://belfry.example:443/inbox/${token}
    https://belfry.example:22/inbox/${token}
    https://belfry.example./inbox/${token}
    https://BELFRY.example/inbox/${token}
    HTTPS://belfry.example/inbox/${token}
    http://belfry.example/inbox/${token}
    https://me@belfry.example/inbox/${token}
    https://belfry.example@10.0.0.1/inbox/${token}
    https://belfry.example#@10.0.0.1/inbox/${token}
    https://belfry.example\\@10.0.0.1/inbox/${token}
    https://belfry.example/inbox\\${token}
    https://belfry.example//inbox/${token}
    https://belfry.example/./inbox/${token}
    https://belfry.example/x/../inbox/${token}
    https://belfry.example/%69nbox/${token}
    https://belfry.example/inbox/%30${token.slice(1)}
    https://belfry.example/inbox/${token}/
    https://belfry.example/inbox/${token}?a=b
    https://belfry.example/inbox/${token}#a
    https://belfry.example/inbox/${token}/../../v1/keys
    https://belfry.example/inbox/../v1/keys/abcdefghijklmnopq
    https://belfry.example/inbox/
    https://belfry.example.evil.example/inbox/${token}
    https://bеlfry.example/inbox/${token}`;
  for (const url of others.trim().split(/\s+/)) assert.equal(tokenIn(url, prefix), null, url);
  for (const around of [`${exact}\n`, ` ${exact}`, `${exact.slice(0, -1)}\n`, `${exact.slice(0, -1)}é`]) {
    assert.equal(tokenIn(around, prefix), null, JSON.stringify(around));
  }
});

test("a URL of an inbox leads, for every parser, to this server and to no other path of it", () => {
  const part = fc.constantFrom(
    ...Array.from("/\\.@:#?%2e \n\tA0z-_é"),
    "..",
    "//",
    token,
    prefix,
    exact,
    "10.0.0.1",
    "inbox",
  );
  const any = fc.array(part, { maxLength: 8 }).map((parts) => parts.join(""));
  const near = fc.tuple(any, any).map(([before, after]) => `${before}${exact}${after}`);
  const swapped = fc
    .tuple(fc.nat(exact.length), part)
    .map(([at, other]) => exact.slice(0, at) + other + exact.slice(at + other.length));
  fc.assert(
    fc.property(fc.oneof(any, near, swapped), (url) => {
      const found = tokenIn(url, prefix);
      if (found === null) return;
      const { protocol, host, username, pathname, search, hash } = new URL(url);
      assert.deepEqual([protocol, host, username, search, hash], ["https:", "belfry.example", "", "", ""]);
      assert.equal(pathname, `/inbox/${found}`);
    }),
    { numRuns: 2_000 },
  );
});

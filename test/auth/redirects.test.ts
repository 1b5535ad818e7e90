// RFC 7636 by its example, and where codes may be sent.

import assert from "node:assert/strict";
import { test } from "node:test";
import { fc } from "../fixtures/properties.ts";
import { challengeOf, isChallenge, isVerifier } from "../../src/auth/pkce.ts";
import { isRedirectAllowed, outOfBand, withParameters } from "../../src/auth/redirects.ts";

test("the challenge of RFC 7636, appendix B, follows from its verifier", () => {
  const verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
  assert.equal(challengeOf(verifier), "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
  assert.ok(isVerifier(verifier) && isChallenge(challengeOf(verifier)));
});

test("out of band is always allowed, everything else only letter by letter", () => {
  const allowed = ["com.example.app://oauth", "https://hub.example/back"];
  for (const one of [outOfBand, ...allowed]) assert.equal(isRedirectAllowed(allowed, one), true, one);
  assert.equal(isRedirectAllowed([], "com.example.app://oauth"), false);
  fc.assert(
    fc.property(fc.constantFrom(...allowed), fc.nat(30), fc.string({ minLength: 1, maxLength: 3 }), (one, at, more) => {
      const changed = one.slice(0, at) + more + one.slice(at);
      assert.equal(isRedirectAllowed(allowed, changed), allowed.includes(changed));
    }),
    {
      examples: [
        [allowed[1]!, 30, "."],
        [allowed[1]!, 19, ".evil"],
        [allowed[0]!, 0, " "],
      ],
    },
  );
});

test("a loopback address allows every port of itself, and no other host, path or scheme", () => {
  const allowed = ["http://127.0.0.1/back", "http://[::1]:4000/back?x=1", "http://localhost:80"];
  for (const one of [
    "http://127.0.0.1:1/back",
    "http://127.0.0.1:65535/back",
    "http://[::1]/back?x=1",
    "http://localhost:5000",
    "http://localhost",
  ]) {
    assert.equal(isRedirectAllowed(allowed, one), true, one);
  }
  for (const one of [
    "http://127.0.0.1:1/other",
    "http://127.0.0.1:/back",
    "http://127.0.0.1:1x/back",
    "http://localhost:1/back",
    "http://localhost.evil.example",
    "http://localhost:1.evil.example",
    "https://127.0.0.1:1/back",
    "http://[::1]:4000/back",
  ]) {
    assert.equal(isRedirectAllowed(allowed, one), false, one);
  }
});

test("what is added to an address can be read back, and the address stays as it was", () => {
  fc.assert(
    fc.property(fc.string(), fc.constantFrom("app.example://back", "https://hub.example/?a=b"), (state, redirect) => {
      const made = withParameters(redirect, { code: "c", state });
      assert.ok(made.startsWith(redirect));
      const query = new URLSearchParams(made.slice(made.indexOf("?")));
      assert.deepEqual([query.get("code"), query.get("state")], ["c", state.toWellFormed()]);
    }),
    { examples: [["&code=evil#", "app.example://back"]] },
  );
});

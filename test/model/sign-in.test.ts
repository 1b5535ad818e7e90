// The two rules of sign-ins over all that can be true of one.

import assert from "node:assert/strict";
import { test } from "node:test";
import { fc } from "../fixtures/properties.ts";
import { judgeCode, judgeRefreshToken, type SignIn } from "../../src/model/sign-in.ts";

const proof = { client: "belfry", redirect: "app.example://back", challenge: "c" };
const fresh: SignIn = {
  ...proof,
  id: "s",
  key: "k",
  codeHash: new Uint8Array(32),
  redeemed: false,
  generation: 0,
  used: 0,
  createdAt: 0,
  until: 100,
};
const redeemed = { ...fresh, redeemed: true };

test("a code is good once, with all of its proof, before its end", () => {
  assert.equal(judgeCode(fresh, proof, 99), "good");
  assert.equal(judgeCode(fresh, proof, 100), "refused");
  for (const name of ["client", "redirect", "challenge"] as const) {
    assert.equal(judgeCode(fresh, { ...proof, [name]: "other" }, 0), "refused", name);
  }
  assert.equal(judgeCode(redeemed, proof, 0), "reused");
  assert.equal(judgeCode(redeemed, { ...proof, client: "other" }, 100), "reused", "whoever sends it, whenever");
});

test("of all refresh tokens the newest is good, the one before it while nothing newer was used, and any other is reused", () => {
  fc.assert(
    fc.property(fc.nat(6), fc.nat(6), fc.nat(6), (generation, usedRaw, asked) => {
      const used = Math.min(usedRaw, generation);
      fc.pre(asked <= generation);
      const isGood = asked === generation || (asked === generation - 1 && used < generation);
      const verdict = judgeRefreshToken({ ...redeemed, generation, used }, asked, "belfry", 0);
      assert.equal(verdict, isGood ? "good" : "reused");
    }),
    {
      examples: [
        [0, 0, 0],
        [1, 0, 0],
        [1, 1, 0],
        [2, 1, 1],
        [2, 1, 0],
      ],
    },
  );
});

test("a refresh token of another client, before its code, or past its end is refused and ends nothing", () => {
  assert.equal(judgeRefreshToken(redeemed, 0, "other", 0), "refused");
  assert.equal(judgeRefreshToken(fresh, 0, "belfry", 0), "refused");
  assert.equal(judgeRefreshToken(redeemed, 0, "belfry", 100), "refused");
  assert.equal(judgeRefreshToken({ ...redeemed, generation: 5, used: 5 }, 0, "other", 0), "refused");
});

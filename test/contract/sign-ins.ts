// Contract of sign-ins: a code is traded once, a refresh token of an earlier generation ends what it began, an end leaves
// nothing that counts, and what is over is pruned.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { SignIn } from "../../src/model/sign-in.ts";
import type { Store } from "../../src/store/store.ts";
import type { Open } from "./index.ts";
import { addOrganization, audit, keepAll, noon } from "./samples.ts";

const bytes = (fill: number) => new Uint8Array(32).fill(fill);
const proof = { client: "belfry", redirect: "app.example://back", challenge: "c".repeat(43) };

const waiting: SignIn = {
  id: "sign_in_1",
  key: "key_1",
  client: proof.client,
  redirect: proof.redirect,
  challenge: proof.challenge,
  codeHash: bytes(1),
  redeemed: false,
  generation: 0,
  used: 0,
  createdAt: noon,
  until: noon + 600_000,
};
const renewal = (fill: number, more = {}) => ({ hash: bytes(fill), now: noon + 1, until: noon + 9_000_000, ...more });

export function testSignIns(open: Open): void {
  describe("sign-ins", () => {
    const begin = async (more: Partial<SignIn> = {}): Promise<Store> => {
      const store = await open();
      await addOrganization(store.registry);
      const key = {
        id: "key_1",
        role: "tenant",
        organization: "org_one",
        targets: ["t"],
        name: null,
        description: null,
        hash: bytes(0),
        createdAt: noon,
        revokedAt: null,
      } as const;
      await store.registry.addKey(key, audit("key.create", key.id));
      await store.signIns.addSignIn({ ...waiting, ...more }, null, audit("sign_in.create", "sign_in_1"));
      return store;
    };
    const redeem = ({ signIns }: Store, more: Partial<typeof proof> = {}, code = bytes(1), renewed = renewal(10)) =>
      signIns.redeemCode("sign_in_1", code, { ...proof, ...more }, renewed);
    const trade = ({ signIns }: Store, from: number, to: number, client = "belfry", more = {}) =>
      signIns.tradeRefreshToken("sign_in_1", bytes(from), client, renewal(to, more));

    test("what was added comes back whole, and redeeming its code gives the first refresh token", async () => {
      const store = await begin();
      assert.deepEqual(await store.signIns.signIn("sign_in_1"), waiting);
      assert.equal(await store.signIns.signIn("sign_in_2"), null);
      const redeemed = { ...waiting, redeemed: true, until: noon + 9_000_000 };
      assert.deepEqual(await redeem(store), redeemed);
      assert.deepEqual(await store.signIns.signIn("sign_in_1"), redeemed);
      assert.equal(await store.signIns.refreshGeneration("sign_in_1", bytes(10)), 0);
      assert.equal(await store.signIns.refreshGeneration("sign_in_1", bytes(11)), null);
      assert.equal(await store.signIns.refreshGeneration("sign_in_2", bytes(10)), null);
    });

    test("a code with a wrong client, redirect, challenge or secret, or too late, is refused and stays good for its owner", async () => {
      const store = await begin();
      assert.equal(await redeem(store, { client: "other" }), "refused");
      assert.equal(await redeem(store, { redirect: "app.example://back/" }), "refused");
      assert.equal(await redeem(store, { challenge: "d".repeat(43) }), "refused");
      assert.equal(await redeem(store, {}, bytes(2)), "refused");
      assert.equal(await redeem(store, {}, bytes(1), renewal(10, { now: waiting.until })), "refused");
      assert.equal(await store.signIns.refreshGeneration("sign_in_1", bytes(10)), null);
      const last = await redeem(store, {}, bytes(1), renewal(10, { now: waiting.until - 1 }));
      assert.ok(typeof last === "object");
    });

    test("a code traded a second time ends the sign-in, also at the same moment and by another client", async () => {
      for (const more of [{}, { client: "other" }]) {
        const store = await begin();
        const both = await Promise.all([redeem(store), redeem(store, more, bytes(1), renewal(11))]);
        assert.equal(typeof both[0], "object");
        assert.equal(both[1], "reused");
        assert.equal(await store.signIns.signIn("sign_in_1"), null);
        assert.equal(await store.signIns.refreshGeneration("sign_in_1", bytes(10)), null);
        const [last] = (await store.history.audit({ limit: 1, before: null })).items;
        assert.deepEqual(
          [last?.action, last?.object, last?.actor, last?.detail],
          ["sign_in.end", "sign_in_1", "system", '{"reason":"code_reused","client":"belfry"}'],
        );
      }
    });

    test("a sign-in without a code gives none, and a refresh token counts for nothing before its code", async () => {
      const store = await begin({ codeHash: null });
      assert.equal(await redeem(store), "refused");
      assert.equal(await trade(store, 10, 11), "refused");
    });

    test("the refresh token before the newest counts until the newest access token was used", async () => {
      const store = await begin();
      await redeem(store);
      const generations = [];
      for (const [from, to] of [
        [10, 11],
        [10, 12],
        [10, 13],
      ] as const) {
        const traded = await trade(store, from, to);
        generations.push(typeof traded === "object" ? traded.generation : traded);
      }
      assert.deepEqual(generations, [1, 1, 1]);
      // Each of the three answers may be the one that arrived.
      const after = await trade(store, 12, 20);
      assert.equal(typeof after === "object" && after.generation, 2);
      await store.signIns.noteUse("sign_in_1", 2);
      assert.equal(await trade(store, 12, 21), "reused");
      assert.equal(await store.signIns.signIn("sign_in_1"), null);
      assert.equal(await trade(store, 20, 22), "refused");
    });

    test("a refresh token two generations old ends the sign-in although nothing newer was used", async () => {
      const store = await begin();
      await redeem(store);
      await trade(store, 10, 11);
      await trade(store, 11, 12);
      assert.equal(await trade(store, 10, 13), "reused");
      assert.equal(await trade(store, 12, 14), "refused");
    });

    test("refresh tokens of more than 32 generations ago are forgotten: they end nothing any more", async () => {
      const store = await begin();
      await redeem(store);
      for (let index = 0; index < 33; index++) await trade(store, 10 + index, 11 + index);
      const generations = [];
      for (const fill of [10, 11]) generations.push(await store.signIns.refreshGeneration("sign_in_1", bytes(fill)));
      assert.deepEqual(generations, [null, 1]);
      assert.equal(await trade(store, 10, 99), "refused");
      assert.equal(await trade(store, 11, 99), "reused");
    });

    test("a refresh token of another client, or too late, is refused and ends nothing", async () => {
      const store = await begin();
      await redeem(store);
      assert.equal(await trade(store, 10, 11, "other"), "refused");
      assert.equal(await trade(store, 10, 11, "belfry", { now: noon + 9_000_000 }), "refused");
      assert.equal(await trade(store, 99, 11), "refused");
      assert.equal(typeof (await trade(store, 10, 11)), "object");
    });

    test("a use is never taken back, and one that comes after the end changes nothing", async () => {
      const store = await begin();
      await store.signIns.noteUse("sign_in_1", 3);
      await store.signIns.noteUse("sign_in_1", 2);
      assert.equal((await store.signIns.signIn("sign_in_1"))?.used, 3);
      await store.signIns.noteUse("sign_in_none", 1);
    });

    test("an ended sign-in is ended once, with one entry in the audit of its organization", async () => {
      const store = await begin();
      assert.equal(await store.signIns.endSignIn("sign_in_1", audit("sign_in.end", "sign_in_1")), true);
      assert.equal(await store.signIns.endSignIn("sign_in_1", audit("sign_in.end", "sign_in_1")), false);
      const { items } = await store.history.audit({ limit: 10, before: null });
      assert.equal(items.filter(({ action }) => action === "sign_in.end").length, 1);
    });

    test("a revoked token stays revoked until it would have ended", async () => {
      const store = await begin();
      const { epoch } = await store.ledger.acquire(noon, 0);
      await store.signIns.revokeToken("token_1", noon + 10, audit("token.revoke", "token_1"));
      await store.signIns.revokeToken("token_1", noon + 10, audit("token.revoke", "token_1"));
      const prune = (signIns: number) => store.ledger.prune(epoch, { ...keepAll, signIns }, noon, 1_000);
      await prune(noon + 10);
      assert.equal(await store.signIns.isTokenRevoked("token_1"), true);
      assert.equal(await store.signIns.isTokenRevoked("token_2"), false);
      await prune(noon + 11);
      assert.equal(await store.signIns.isTokenRevoked("token_1"), false);
      const { items } = await store.history.audit({ limit: 10, before: null });
      assert.equal(items.filter(({ action }) => action === "token.revoke").length, 1);
    });

    test("sign-ins that are over are pruned with their refresh tokens, others stay", async () => {
      const store = await begin();
      const { epoch } = await store.ledger.acquire(noon, 0);
      await redeem(store);
      for (let index = 0; index < 300; index++) {
        await store.signIns.addSignIn({ ...waiting, id: `code_${index}` }, null, audit());
      }
      let removed = 0;
      for (let more = true; more; ) {
        const pruned = await store.ledger.prune(epoch, { ...keepAll, signIns: waiting.until + 1 }, noon, 0);
        removed += pruned.signIns;
        more = pruned.more;
      }
      assert.equal(removed, 300);
      assert.notEqual(await store.signIns.signIn("sign_in_1"), null);
      await store.ledger.prune(epoch, { ...keepAll, signIns: noon + 9_000_001 }, noon, 1_000);
      assert.equal(await store.signIns.refreshGeneration("sign_in_1", bytes(10)), null);
    });
  });
}

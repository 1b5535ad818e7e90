// Every cap to the digit: where all receivers hang, exactly as many attempts are under way as it allows, and one that ends
// makes room for one.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Outcome } from "../../../src/model/attempt.ts";
import { deliveryDefaults } from "../../../src/delivery/settings.ts";
import { createTower, urlOf } from "../harness.ts";
import { ok } from "../network.ts";

const wide = { overall: 100, organization: 100, host: 100, subscription: 100 };

/** Lanes that have proved quick and wide, and from then on hang until `answerOne`. `parts` of each lane's subscription. */
async function hanging(caps: Partial<typeof wide>, lanes: readonly { organization?: string; url?: string }[]) {
  const settings = { caps: { ...wide, ...caps }, slowMs: 1e9, slowShare: 1 };
  const tower = await createTower({ settings: { ...deliveryDefaults, settleEveryMs: 0, ...settings } });
  const numbers: number[] = [];
  for (const { organization = "org_1", url } of lanes) {
    const number = await tower.subscribe({ organization });
    numbers.push(number);
    if (url !== undefined) {
      const { endpoint } = tower.subscriptions.get(number)!;
      tower.change(number, { endpoint: { ...endpoint, url } });
    }
  }
  await tower.dispatcher.start();
  // The pace of a lane doubles with every success.
  for (let round = 0; round < 8; round++) {
    for (const lane of numbers) await tower.ringMany(lane, 1);
    await tower.quiet();
  }
  const open: ((outcome: Outcome) => void)[] = [];
  for (const lane of numbers) {
    const { url } = tower.subscriptions.get(lane)!.endpoint;
    tower.network.answer(url, () => new Promise((resolve) => open.push(resolve)));
  }
  for (const lane of numbers) await tower.ringMany(lane, 20);
  await tower.quiet();
  return {
    tower,
    inFlight: () => tower.network.inFlight(),
    async answerOne() {
      open.shift()!(ok);
      await tower.quiet();
    },
  };
}

const cases = {
  overall: { caps: { overall: 7 }, lanes: [{ organization: "org_1" }, { organization: "org_2" }], most: 7 },
  "an organization": { caps: { organization: 5 }, lanes: [{}, {}, {}], most: 5 },
  "each of two organizations": {
    caps: { organization: 5 },
    lanes: [{ organization: "org_1" }, { organization: "org_1" }, { organization: "org_2" }],
    most: 10,
  },
  "a host, whoever subscribed it": {
    caps: { host: 3 },
    lanes: [
      { organization: "org_1", url: "https://one.example/a" },
      { organization: "org_2", url: "https://one.example/b" },
    ],
    most: 3,
  },
  "each of two hosts": {
    caps: { host: 3 },
    lanes: [{ url: "https://one.example/a" }, { url: "https://one.example/b" }, { url: "https://two.example/" }],
    most: 6,
  },
  "a subscription": { caps: { subscription: 4 }, lanes: [{}, {}], most: 8 },
} as const;

for (const [what, { caps, lanes, most }] of Object.entries(cases)) {
  test(`no more attempts are under way than the cap of ${what} allows, and no fewer`, async () => {
    const { inFlight, answerOne } = await hanging(caps, lanes);
    assert.equal(inFlight(), most);
    for (let ended = 0; ended < 6; ended++) {
      await answerOne();
      assert.equal(inFlight(), most, `after ${ended + 1} of them ended`);
    }
  });
}

test("a subscription's own limit counts where it is lower than the installation's", async () => {
  const { tower } = await hanging({ subscription: 6 }, []);
  const lane = await tower.subscribe({ lane: { maxInFlight: 2, retryDelays: null } });
  for (let round = 0; round < 4; round++) {
    await tower.ring(lane);
    await tower.quiet();
  }
  tower.network.answer(urlOf(lane), () => "hang");
  await tower.ringMany(lane, 10);
  await tower.quiet();
  assert.equal(tower.network.inFlight(), 2);
});

test("an attempt counts until its outcome is durable: so many can be made twice after a kill, and no more", async () => {
  const tower = await createTower({ settings: { caps: { ...wide, overall: 3 }, settleEveryMs: 1_000 } });
  const lane = await tower.subscribe();
  await tower.dispatcher.start();
  let most = 0;
  tower.network.onStart = () => {
    most = Math.max(most, tower.network.calls.length - tower.settled.length);
  };
  await tower.ringMany(lane, 30);
  await tower.clock.pass(60_000);
  assert.equal(tower.settled.length, 30);
  assert.equal(most, 3);
});

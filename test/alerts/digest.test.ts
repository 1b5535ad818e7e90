// Who is told how much: rules of the digest and of matters, for any storm.

import assert from "node:assert/strict";
import { test } from "node:test";
import { fc } from "../fixtures/properties.ts";
import { audiencesOf } from "../../src/alerts/audiences.ts";
import { createDigest } from "../../src/alerts/digest.ts";
import { isGrowing, isLow, lowAt, sampled } from "../../src/alerts/installation-watch.ts";
import { isOver, newMatter, setProblem, toTell, markTold } from "../../src/alerts/matters.ts";
import { usualPace } from "../../src/alerts/problems.ts";
import { installation } from "../../src/model/organization.ts";
import type { Subscription, SubscriptionScope } from "../../src/model/subscription.ts";
import { makeSubscription } from "../fixtures/subscription.ts";
import { sampleItem } from "./samples.ts";

const target = makeSubscription({ dialect: "belfry", bindings: [], document: '{"form":"json","kinds":null}' });
const audiences = audiencesOf([target]);
const { windowMs, mostAlone, settleMs } = usualPace;

test("whatever fails, an audience gets six alerts of a kind in a window at most, and hears of everything", () => {
  fc.assert(
    fc.property(
      fc.array(fc.record({ afterMs: fc.integer({ min: 0, max: 120_000 }), count: fc.integer({ min: 0, max: 40 }) }), {
        maxLength: 60,
      }),
      (storm) => {
        const digest = createDigest(usualPace);
        const sentAt: number[] = [];
        const heard = new Set<string>();
        let [at, made] = [0, 0];
        const tell = () => {
          for (const message of digest.due(audiences, at)) {
            sentAt.push(at);
            for (const { key } of message.items) heard.add(key);
            digest.sent(message);
          }
        };
        for (const { afterMs, count } of storm) {
          at += afterMs;
          for (let each = 0; each < count; each++) {
            digest.add(sampleItem("subscription.failing", { key: `${++made}` }), audiences);
          }
          tell();
        }
        at += windowMs;
        tell();
        assert.equal(heard.size, made);
        assert.ok(digest.isEmpty());
        for (const first of sentAt) {
          // Any window that begins with an alert overlaps two of the digest's own.
          const within = sentAt.filter((each) => each >= first && each < first + windowMs);
          assert.ok(within.length <= 2 * mostAlone, `${within.length} in a window`);
        }
      },
    ),
  );
});

test("five by themselves, the sixth waits for the next window", () => {
  const digest = createDigest(usualPace);
  for (let each = 0; each < 5; each++) {
    digest.add(sampleItem("sensor.offline", { key: `${each}` }), audiences);
    for (const message of digest.due(audiences, each)) digest.sent(message);
  }
  digest.add(sampleItem("sensor.offline", { key: "sixth" }), audiences);
  assert.deepEqual(digest.due(audiences, windowMs - 1), []);
  assert.equal(digest.due(audiences, windowMs).length, 1);
});

test("what was not written stays, and is told with what came meanwhile", () => {
  const digest = createDigest(usualPace);
  digest.add(sampleItem("sensor.offline", { key: "1" }), audiences);
  assert.equal(digest.due(audiences, 0).length, 1);
  digest.add(sampleItem("sensor.offline", { key: "2" }), audiences);
  assert.deepEqual(
    digest.due(audiences, 1).map(({ items }) => items[0]!.key),
    ["1", "2"],
  );
});

test("the end of a repeat that waits is told: its beginning was", () => {
  const digest = createDigest(usualPace);
  digest.add(sampleItem("sensor.offline", { key: "1", isRepeat: true }), audiences);
  digest.add(sampleItem("sensor.back", { key: "1" }), audiences);
  assert.deepEqual(
    digest.due(audiences, 0).map(({ kind }) => kind),
    ["sensor.back"],
  );
});

const subject = { type: "sensor", organization: "org_1", id: "sensor_1", number: 0 } as const;

test("a sensor that goes offline after it was stuck is told as that, and its end once", () => {
  const matter = newMatter("sensor", subject, 0);
  const tell = (at: number) => {
    const telling = toTell(matter, at, usualPace);
    if (telling !== null) markTold(matter, at);
    return telling?.kind;
  };
  setProblem(matter, "sensor.stuck", {}, 0, 0);
  assert.equal(tell(settleMs - 1), undefined);
  assert.equal(tell(settleMs), "sensor.stuck");
  setProblem(matter, "sensor.offline", {}, 20_000, 20_000);
  assert.equal(tell(20_000 + settleMs), "sensor.offline");
  setProblem(matter, null, {}, 50_000, 50_000);
  assert.equal(tell(50_000 + settleMs), "sensor.back");
  assert.equal(tell(70_000), undefined);
  assert.ok(!isOver(matter, 70_000, usualPace), "it is remembered until its window ends");
  assert.ok(isOver(matter, 30_000 + windowMs, usualPace));
});

test("a disk is nearly full by its size: a twentieth, at least 1 GiB and at most 10, of small ones a quarter", () => {
  const GiB = 1024 ** 3;
  assert.deepEqual(
    [1, 2, 4, 10, 20, 100, 200, 10_000].map((size) => lowAt(size * GiB) / GiB),
    [0.25, 0.5, 1, 1, 1, 5, 10, 10],
  );
  assert.ok(isLow({ free: 4.9 * GiB, size: 100 * GiB }, false) && !isLow({ free: 5 * GiB, size: 100 * GiB }, false));
  assert.ok(isLow({ free: 7.4 * GiB, size: 100 * GiB }, true) && !isLow({ free: 7.5 * GiB, size: 100 * GiB }, true));
});

test("a backlog grows where it rose five minutes in a row, and in ten by a tenth and five hundred", () => {
  const rising = (from: number, by: number) => Array.from({ length: sampled }, (_, at) => from + at * by);
  assert.ok(isGrowing(rising(1_000, 50), null));
  assert.ok(!isGrowing(rising(1_000, 49), null), "fewer than five hundred");
  assert.ok(!isGrowing(rising(100_000, 900), null), "less than a tenth");
  assert.ok(!isGrowing(rising(1_000, 50).slice(1), null), "not ten minutes yet");
  assert.ok(!isGrowing([...rising(1_000, 100).slice(1), 2_000], null), "it stands still");
  assert.ok(!isGrowing(rising(0, 90), null), "fewer than a thousand");
  assert.ok(isGrowing([5_001], 10_000) && !isGrowing([5_000], 10_000), "until half of the peak");
});

test("each hears of its own: an operator of everything, an organization, a building and a tenant of what they have", () => {
  const scopes: readonly SubscriptionScope[] = [
    { kind: "organization" },
    { kind: "building", id: "one" },
    { kind: "tenant", id: "one" },
    { kind: "tenant", id: "two" },
  ];
  const homes = ["org_a", "org_b"].flatMap((home) => scopes.map((scope) => [home, scope] as const));
  const everybody = [[installation, scopes[0]!] as const, ...homes].map(([organization, scope], number) =>
    makeSubscription({ ...target, organization, scope, number, id: `alert_${number}` }),
  );
  const audiences = audiencesOf(everybody);
  const ids = fc.constantFrom("one", "two", "three", null);
  const where = fc.record({
    organization: fc.constantFrom("org_a", "org_b", "org_c", null),
    building: ids,
    tenant: ids,
  });
  fc.assert(
    fc.property(where, ({ organization, building, tenant }) => {
      const found = audiences.of({ organization: organization && { id: organization, name: "" }, building, tenant });
      const hears = ({ organization: home, scope }: Subscription): boolean =>
        home === installation ||
        (home === organization &&
          (scope.kind === "organization" || scope.id === (scope.kind === "building" ? building : tenant)));
      assert.deepEqual(
        found.flatMap(({ targets }) => targets.map(({ id }) => id)).toSorted(),
        everybody
          .filter(hears)
          .map(({ id }) => id)
          .toSorted(),
      );
    }),
  );
});

test("a storm in a house with an alert for each flat asks no flat of what another hears", () => {
  let asked = 0;
  const flats = Array.from({ length: 500 }, (_, number) => {
    const scope = {
      id: `tenant_${number}`,
      get kind() {
        asked++;
        return "tenant" as const;
      },
    };
    return { ...target, number, scope };
  });
  const audiences = audiencesOf(flats);
  const digest = createDigest(usualPace);
  asked = 0;
  for (let matter = 0; matter < 1_000; matter++) {
    const tenant = `tenant_${matter % flats.length}`;
    const organization = { id: target.organization, name: "" };
    digest.add(sampleItem("subscription.failing", { key: `${matter}`, organization, tenant }), audiences);
  }
  const told = digest.due(audiences, 0);
  assert.equal(told.flatMap(({ items }) => items).length, 1_000);
  assert.ok(asked <= 3_000, `${asked} questions for 1,000 matters and 500 flats`);
});

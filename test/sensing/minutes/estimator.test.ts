import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { fc } from "../../fixtures/properties.ts";
import { minuteMs } from "../../../src/model/minute.ts";
import {
  leastObservedMs,
  marginMs,
  marginSamples,
  minuteValue,
  type Samples,
} from "../../../src/sensing/minutes/estimator.ts";

const minute = Date.UTC(2026, 5, 17, 10, 12);

/** Samples every `stepMs` over the minute and `aroundMs` on either side, counted by `seen` (ms after the minute began). */
function sampled(seen: (ms: number) => number, stepMs = 500, aroundMs = 20_000): Samples {
  const at: number[] = [];
  const count: number[] = [];
  for (let ms = -aroundMs; ms < minuteMs + aroundMs; ms += stepMs) {
    at.push(minute + ms);
    count.push(seen(ms));
  }
  return { at, count, until: minute + minuteMs + aroundMs };
}

const during =
  (from: number, to: number, count = 1, other = 0) =>
  (ms: number) =>
    ms >= from && ms < to ? count : other;

describe("one value for a minute", () => {
  test("a count that holds is value, min, max and mean", () => {
    assert.deepEqual(
      minuteValue(
        sampled(() => 3),
        minute,
      ),
      { value: 3, min: 3, max: 3, mean: 3, observedMs: 60_000 },
    );
  });

  test("the value is the time-weighted median, the lower one of two", () => {
    assert.equal(
      minuteValue(
        sampled((ms) => Math.floor(ms / 20_000)),
        minute,
      )?.value,
      1,
    );
    assert.equal(minuteValue(sampled(during(0, 30_500)), minute)?.value, 1);
    assert.equal(minuteValue(sampled(during(0, 28_000)), minute)?.value, 0);
    // Known for two times 15 s, first one person and then three.
    const known = sampled((ms) => (ms >= 0 && ms < 15_000 ? 1 : ms >= 20_000 && ms < 35_000 ? 3 : -1));
    assert.equal(minuteValue(known, minute)?.value, 1);
  });

  test("samples weigh by how long they hold, not by how many they are", () => {
    // 2 people at a frame each 2 s for 40 s, then nobody at four frames a second for 20 s.
    const dense = (ms: number) => ms >= 40_000;
    const all = sampled((ms) => (dense(ms) ? 0 : 2), 250);
    const kept = all.at.map((at) => dense(at - minute) || (at - minute) % 2_000 === 0);
    const thinned: Samples = {
      at: all.at.filter((_, i) => kept[i]),
      count: all.count.filter((_, i) => kept[i]),
      until: all.until,
    };
    assert.equal(minuteValue(thinned, minute)?.value, 2);
  });

  test("mean is over the observed time, to two decimals", () => {
    // Known for 30 s only, in the first 10 of them one person and then nobody.
    const known = sampled((ms) => (ms >= 0 && ms < 10_000 ? 1 : ms >= 40_000 && ms < 60_000 ? 0 : -1));
    assert.deepEqual(minuteValue(known, minute), { value: 0, min: 0, max: 1, mean: 0.33, observedMs: 30_000 });
  });

  test("the minute is half-open: its end belongs to the next", () => {
    const empty: Samples = { at: [minute + minuteMs], count: [1], until: minute + 2 * minuteMs };
    assert.equal(minuteValue(empty, minute), null);
    assert.equal(minuteValue(empty, minute + minuteMs)?.observedMs, 60_000);
  });
});

describe("wrong frames", () => {
  for (const stepMs of [250, 333, 500, 1_000, 2_000, 3_000, 4_000]) {
    test(`a single invented person does not show in max, a single missed one not in min, at a frame each ${stepMs} ms`, () => {
      const frames = sampled(() => 1, stepMs).at.length;
      for (let wrong = 0; wrong < frames; wrong++) {
        let index = 0;
        const invented = minuteValue(
          sampled(() => (index++ === wrong ? 2 : 1), stepMs),
          minute,
        );
        assert.equal(invented?.max, 1, `frame ${wrong}`);
        index = 0;
        const missed = minuteValue(
          sampled(() => (index++ === wrong ? 0 : 1), stepMs),
          minute,
        );
        assert.equal(missed?.min, 1, `frame ${wrong}`);
      }
    });
  }

  test("at the ends of what was observed, too", () => {
    const visit = (ms: number) => (ms < 10_000 || ms >= 40_000 ? -1 : ms === 10_000 || ms === 39_500 ? 1 : 0);
    assert.deepEqual(minuteValue(sampled(visit), minute), { value: 0, min: 0, max: 0, mean: 0, observedMs: 30_000 });
  });

  test("a visit shows for at most a second more at either end", () => {
    const mean = (from: number, to: number) => minuteValue(sampled(during(from, to)), minute)!.mean * 60_000;
    for (let length = 5_000; length <= 40_000; length += 2_500) {
      const longer = mean(10_000, 10_000 + length) - length;
      assert.ok(longer > -600 && longer < 2_600, `${longer} ms longer`);
    }
  });

  test("a person whom half of the frames miss counts, one whom three of four miss does not", () => {
    const every = (n: number) => (ms: number) => ((ms / 500) % n === 0 ? 1 : 0);
    assert.deepEqual(minuteValue(sampled(every(2)), minute), { value: 1, min: 1, max: 1, mean: 1, observedMs: 60_000 });
    assert.deepEqual(minuteValue(sampled(every(4)), minute), { value: 0, min: 0, max: 0, mean: 0, observedMs: 60_000 });
  });

  test("a slow sensor's frames vote across the time in which nothing is known", () => {
    // A frame each 4 s that holds 3 s: one invention among them.
    const slow = (ms: number) => (((ms % 4_000) + 4_000) % 4_000 === 3_000 ? -1 : ms === 20_000 ? 1 : 0);
    assert.deepEqual(minuteValue(sampled(slow, 1_000), minute), {
      value: 0,
      min: 0,
      max: 0,
      mean: 0,
      observedMs: 45_000,
    });
  });
});

describe("short visits", () => {
  for (const stepMs of [250, 333, 500, 1_000, 2_000]) {
    test(`40 s with at least 35 in the minute show in its value, all others in max, at a frame each ${stepMs} ms`, () => {
      for (let start = -39_000; start <= 59_000; start += 250) {
        const value = minuteValue(sampled(during(start, start + 40_000), stepMs), minute)!;
        const inside = Math.min(start + 40_000, minuteMs) - Math.max(start, 0);
        if (inside >= 35_000) assert.equal(value.value, 1, `from ${start}`);
        if (inside >= stepMs) assert.equal(value.max, 1, `from ${start}`);
      }
    });
  }

  test("beside others, too: the value is at least k where k people were there for more than half of it", () => {
    const value = minuteValue(
      sampled((ms) => 4 + during(12_000, 52_000)(ms) + during(20_000, 35_000)(ms)),
      minute,
    );
    assert.deepEqual(value && [value.value, value.max], [5, 6]);
  });
});

describe("unknown time", () => {
  test("less than 15 s observed gives no value", () => {
    const known = (to: number) => sampled((ms) => (ms < to ? 2 : -1));
    assert.equal(minuteValue(known(14_500), minute), null);
    assert.equal(minuteValue(known(leastObservedMs), minute)?.observedMs, 15_000);
    assert.equal(minuteValue({ at: [], count: [], until: 0 }, minute), null);
  });

  test("unknown is never 0", () => {
    const value = minuteValue(
      sampled((ms) => (ms >= 20_000 ? -1 : 2)),
      minute,
    );
    assert.deepEqual(value, { value: 2, min: 2, max: 2, mean: 2, observedMs: 20_000 });
  });

  test("the last sample holds until the end told, and no longer", () => {
    const { at, count } = sampled(() => 1);
    const some = at.filter((moment) => moment < minute + 30_000);
    const until = minute + 31_250;
    assert.equal(minuteValue({ at: some, count: count.slice(0, some.length), until }, minute)?.observedMs, 31_250);
  });

  test("a sample from before the margin says nothing, even if it still holds", () => {
    const one = (before: number): Samples => ({ at: [minute - before], count: [1], until: minute + minuteMs });
    assert.equal(minuteValue(one(marginMs), minute)?.observedMs, 60_000);
    assert.equal(minuteValue(one(marginMs + 1), minute), null);
  });
});

/** The rules once more, written to be read: sorts and filters, nothing reused. */
function slowly({ at, count, until }: Samples, start: number) {
  const all = at.map((moment, i) => ({ moment, seen: count[i]!, ends: at[i + 1] ?? until }));
  const first = all.findIndex(({ moment }) => moment >= start);
  const inside = all.filter(({ moment }) => moment >= start && moment < start + minuteMs).length;
  const begin = first === -1 ? all.length : first;
  const visible = all.map(
    ({ moment }, i) =>
      moment >= start - marginMs &&
      moment < start + minuteMs + marginMs &&
      i >= begin - marginSamples &&
      i < begin + inside + marginSamples,
  );
  const voters = (i: number, side: number[]): number[] => {
    const near = side.filter((j) => visible[j] && Math.abs(all[j]!.moment - all[i]!.moment) <= marginMs);
    const known = near.filter((j) => all[j]!.seen >= 0);
    const close = known.filter((j) => Math.abs(all[j]!.moment - all[i]!.moment) <= 3_000);
    return close.length > 0 ? close : known.slice(0, 1);
  };
  const times: number[] = [];
  for (const [i, { moment, seen, ends }] of all.entries()) {
    const ms = Math.min(ends, start + minuteMs) - Math.max(moment, start);
    if (!visible[i] || seen < 0 || ms <= 0) continue;
    const side = Array.from({ length: marginSamples }, (_, k) => k + 1);
    const votes = [
      i,
      ...voters(
        i,
        side.map((k) => i - k).filter((j) => j >= 0),
      ),
      ...voters(
        i,
        side.map((k) => i + k).filter((j) => j < all.length),
      ),
    ].map((j) => all[j]!.seen);
    const reached = (k: number) => votes.filter((vote) => vote >= k).length;
    const enough = (k: number) => (votes.length < 6 ? 2 : 3) * reached(k) > votes.length;
    const candidates = votes.filter(enough);
    times.push(...Array<number>(ms).fill(Math.max(...candidates)));
  }
  if (times.length < leastObservedMs) return null;
  times.sort((a, b) => a - b);
  const mean = times.reduce((sum, each) => sum + each, 0) / times.length;
  return {
    value: times[Math.ceil(times.length / 2) - 1]!,
    min: times[0]!,
    max: times.at(-1)!,
    mean: Math.round(mean * 100) / 100,
    observedMs: times.length,
  };
}

/** Steps between frames of all sorts, and counts that stay for a while. */
const samplesOf = (step: fc.Arbitrary<number>) =>
  fc
    .record({
      begin: fc.integer({ min: -10_000, max: 40_000 }),
      steps: fc.array(fc.tuple(step, fc.integer({ min: -1, max: 4 })), {
        minLength: 1,
        maxLength: 300,
        size: "max",
      }),
    })
    .map(({ begin, steps }): Samples => {
      let moment = minute + begin;
      const at = steps.map(([ms]) => (moment += ms));
      return { at, count: steps.map(([, count]) => count), until: moment + 250 };
    });

/** Slow sensors and fast ones, and some that are faster than ten frames in 3 s. */
const anySamples = fc.oneof(
  samplesOf(fc.oneof(fc.constant(250), fc.constant(500), fc.integer({ min: 250, max: 5_500 }))),
  samplesOf(fc.integer({ min: 50, max: 600 })),
);

describe("rules that hold for all samples", () => {
  test("it gives what the rules give when they are followed slowly", () => {
    fc.assert(
      fc.property(anySamples, (samples) => assert.deepEqual(minuteValue(samples, minute), slowly(samples, minute))),
      { numRuns: 300 },
    );
  });

  test("samples outside the margin of 5 s and ten samples change nothing: without them the value is the same", () => {
    assert.deepEqual([marginMs, marginSamples, leastObservedMs], [5_000, 10, 15_000]);
    fc.assert(
      fc.property(anySamples, ({ at, count, until }) => {
        const first = at.findIndex((moment) => moment >= minute);
        const begin = first === -1 ? at.length : first;
        const end = at.filter((moment) => moment < minute + minuteMs).length;
        const kept = at.map(
          (moment, i) =>
            moment >= minute - marginMs &&
            moment < minute + minuteMs + marginMs &&
            i >= begin - marginSamples &&
            i < end + marginSamples,
        );
        const next = kept.lastIndexOf(true) + 1;
        const cut: Samples = {
          at: at.filter((_, i) => kept[i]),
          count: count.filter((_, i) => kept[i]),
          until: at[next] ?? until,
        };
        assert.deepEqual(minuteValue(cut, minute), minuteValue({ at, count, until }, minute));
      }),
    );
  });

  test("the eleventh sample before the minute has no vote", () => {
    // The sample that holds when the minute begins has seven votes of twenty: an eighth of nobody would be too many.
    const at = Array.from({ length: 200 }, (_, i) => minute - 50 + (i - 20) * 100);
    const count = at.map((_, i) => (i >= 11 && i <= 17 ? 1 : 0));
    assert.equal(minuteValue({ at, count, until: at.at(-1)! + 100 }, minute)?.max, 1);
  });

  test("the order in which minutes are computed does not matter", () => {
    fc.assert(
      fc.property(anySamples, (samples) => {
        const minutes = [0, 1, 2, 3].map((n) => minute + n * minuteMs);
        const forth = minutes.map((each) => minuteValue(samples, each));
        const back = minutes.toReversed().map((each) => minuteValue(samples, each));
        assert.deepEqual(back.toReversed(), forth);
      }),
    );
  });

  test("one person more in every frame is one more in every figure", () => {
    fc.assert(
      fc.property(anySamples, ({ at, count, until }) => {
        const before = minuteValue({ at, count, until }, minute);
        const more = minuteValue({ at, count: count.map((seen) => (seen < 0 ? seen : seen + 1)), until }, minute);
        assert.deepEqual(
          more && [more.value, more.min, more.max, more.observedMs],
          before && [before.value + 1, before.min + 1, before.max + 1, before.observedMs],
        );
      }),
    );
  });
});

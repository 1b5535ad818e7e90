// The feed of changes: who waits for it knows all that was written before.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { createFeed, type Feed } from "../../src/nodes/feed.ts";
import type { ChangeSlice } from "../../src/store/changes.ts";
import { silentLog } from "../../src/log.ts";
import { createSteeredClock } from "../fixtures/steered-clock.ts";

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

/** A feed whose reads are answered by hand. */
function steered() {
  const clock = createSteeredClock();
  const reads: PromiseWithResolvers<ChangeSlice>[] = [];
  const told: string[] = [];
  const feed: Feed = createFeed({
    changes: {
      lastChange: async () => 0,
      changesAfter() {
        const read = Promise.withResolvers<ChangeSlice>();
        reads.push(read);
        return read.promise;
      },
    },
    clock,
    random: { fraction: () => 0.5 },
    log: silentLog,
    everyMs: 250,
    on: { key: (id) => void told.push(id) },
    onGap: async () => {},
  });
  const answer = async (...ids: string[]) => {
    reads
      .at(-1)!
      .resolve({ changes: ids.map((id, index) => ({ number: index + 1, kind: "key", id })), isComplete: true });
    await turn();
  };
  const fail = async () => {
    reads.at(-1)!.reject(new Error("away"));
    await turn();
  };
  return { clock, feed, reads, told, answer, fail };
}

describe("the feed of changes", () => {
  test("who asks during a look waits for the next one, all together", async () => {
    const { clock, feed, reads, told, answer } = steered();
    void feed.start();
    let caughtUp = 0;
    for (let each = 0; each < 3; each++) void feed.caughtUp().then(() => caughtUp++);
    await answer();
    assert.equal(caughtUp, 0, "that look may have read before the change was written");
    clock.advance(0);
    assert.equal(reads.length, 2);
    await answer("key_1");
    assert.equal(caughtUp, 3);
    assert.deepEqual(told, ["key_1"]);
  });

  test("a look that fails frees nobody: the next one that succeeds does", async () => {
    const { clock, feed, reads, answer, fail } = steered();
    void feed.start();
    await answer();
    let caughtUp = 0;
    void feed.caughtUp().then(() => caughtUp++);
    await fail();
    void feed.caughtUp().then(() => caughtUp++);
    assert.equal(caughtUp, 0);
    clock.advance(250);
    assert.equal(reads.length, 3);
    await answer();
    assert.equal(caughtUp, 2);
    void feed.caughtUp().then(() => caughtUp++);
    const stopped = feed.stop();
    await fail();
    await stopped;
    assert.equal(caughtUp, 3, "a feed that has stopped keeps nobody");
  });

  test("who waits for a moment only goes on after it, and does not wait where the last look was as long ago", async () => {
    const { clock, feed, answer } = steered();
    void feed.start();
    await answer();
    let went = 0;
    void feed.caughtUpWithin(600).then(() => went++);
    clock.advance(599);
    await turn();
    assert.equal(went, 0);
    clock.advance(1);
    await turn();
    assert.equal(went, 1);
    assert.equal(feed.ageMs(), 600, "who asks for it hears that it cannot be known");
    await feed.caughtUpWithin(600);
    assert.equal(clock.timers(), 0);
    await answer();
    void feed.caughtUpWithin(600).then(() => went++);
    clock.advance(0);
    await answer();
    assert.equal(went, 2);
  });
});

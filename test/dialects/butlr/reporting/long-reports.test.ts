import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { setImmediate as nextTurn } from "node:timers/promises";
import { createSlots } from "../../../../src/dialects/butlr/reporting/slots.ts";
import { BelfryError } from "../../../../src/errors.ts";
import { minuteOf, model, now, openReporting } from "./harness.ts";
import { day, minute } from "./plain-windows.ts";

describe("a long report", () => {
  test("reads every minute, page by page, and lets others work in between", async () => {
    const reporting = await openReporting();
    await reporting.put(model());
    const stop = Math.floor(now / day) * day;
    const weeks = 3;
    const minutes = Array.from({ length: weeks * 7 * 24 * 60 }, (_, index) =>
      minuteOf("presence", "room:room_1", stop - (index + 1) * minute, index % 10),
    );
    await reporting.keep("org_1", minutes);
    let turns = 0;
    let next: NodeJS.Immediate | null = null;
    const count = (): void => {
      turns++;
      next = setImmediate(count).unref();
    };
    count();
    const range = { start: new Date(stop - weeks * 7 * day).toISOString(), stop: new Date(stop).toISOString() };
    const { body } = await reporting.ask("v3", {
      filter: { measurements: ["room_occupancy"], rooms: { eq: ["room_1"] }, ...range },
      window: { every: "1d", function: "count" },
    });
    const seen = turns;
    clearImmediate(next!);
    assert.deepEqual(
      (body["data"] as { value: number }[]).map(({ value }) => value),
      Array.from({ length: weeks * 7 }, () => 1_440),
    );
    assert.ok(seen >= weeks, `${seen} turns of the event loop`);
    const stats = await reporting.ask("v4", { measurements: ["occupancy_avg_presence"], items: ["room_1"], ...range });
    const { room_1 } = stats.body["data"] as { room_1: { count: number; mean: number } };
    assert.deepEqual([room_1.count, room_1.mean], [minutes.length, 4.5]);
    await reporting.close();
  });
});

describe("reports at once", () => {
  test("are two of an organization, in the order of asking, whatever becomes of them; others do not wait for them", async () => {
    const slots = createSlots();
    const order: string[] = [];
    const ends: (() => void)[] = [];
    const run = (organization: string, name: string) =>
      slots(organization, async () => {
        order.push(name);
        await new Promise<void>((end) => ends.push(end));
        if (name === "a1") throw new Error("failed");
        return name;
      });
    const first = run("a", "a1");
    const others = [run("a", "a2"), run("a", "a3"), run("a", "a4")];
    others.push(run("b", "b1"));
    await nextTurn();
    assert.deepEqual(order, ["a1", "a2", "b1"]);
    ends[0]!();
    await assert.rejects(first, /failed/);
    await nextTurn();
    assert.deepEqual(order, ["a1", "a2", "b1", "a3"]);
    for (let index = 1; index < 5; index++) {
      ends[index]!();
      await nextTurn();
    }
    assert.deepEqual(await Promise.all(others), ["a2", "a3", "a4", "b1"]);
  });

  test("are refused when a hundred wait already", async () => {
    const slots = createSlots();
    const { promise, resolve } = Promise.withResolvers<void>();
    const all = Array.from({ length: 102 }, () => slots("a", () => promise));
    await assert.rejects(
      slots("a", () => promise),
      (error) => error instanceof BelfryError && error.code === "TOO_MANY_REQUESTS",
    );
    resolve();
    await Promise.all(all);
    assert.equal(await slots("a", async () => 1), 1);
  });
});

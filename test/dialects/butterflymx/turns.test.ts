import assert from "node:assert/strict";
import { test } from "node:test";
import { changeSubscriptions } from "../../../src/dialects/change.ts";
import { createTurns } from "../../../src/dialects/butterflymx/turns.ts";
import { openHouse } from "./house.ts";

test("work of one key goes one after another in the order asked for, that of another key meanwhile", async () => {
  const inTurn = createTurns();
  const done: string[] = [];
  const { promise: opened, resolve: open } = Promise.withResolvers<void>();
  const first = inTurn("a", async () => {
    await opened;
    done.push("a1");
  });
  const second = inTurn("a", async () => done.push("a2"));
  await inTurn("b", async () => done.push("b1"));
  open();
  await Promise.all([first, second]);
  assert.deepEqual(done, ["b1", "a1", "a2"]);
});

test("a failure is its caller's alone", async () => {
  const inTurn = createTurns();
  const failing = inTurn("a", async () => {
    throw new Error("mine");
  });
  const next = inTurn("a", async () => "fine");
  await assert.rejects(failing, /mine/);
  assert.equal(await next, "fine");
});

test("many who change one organization at once all come through", async () => {
  const house = await openHouse();
  const inTurn = createTurns();
  const change = () =>
    changeSubscriptions(house.registry, "org_north", async () => {
      await house.registry.locate("building", "building_1");
      return { put: [], remove: [], audit: [], result: null };
    });
  await Promise.all(Array.from({ length: 30 }, () => inTurn("org_north", change)));
  await house.close();
});

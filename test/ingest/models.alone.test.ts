import assert from "node:assert/strict";
import { test } from "node:test";
import { heldMemory } from "../fixtures/held-memory.ts";
import { createWayIn } from "./fixture.ts";

test("of a building model only what was made of it is kept", async () => {
  const way = await createWayIn();
  const organizations = 5;
  const put = (number: number) => {
    const site = { id: `site_${number}`, name: "n", timezone: "UTC", note: "x".repeat(3_000_000) };
    return way.put({ organization: { id: `org_${number}`, name: "n" }, sites: [site] });
  };
  await put(0);
  const { all } = await heldMemory();
  for (let number = 1; number <= organizations; number++) await put(number);
  const each = ((await heldMemory()).all - all) / organizations;
  const first = await way.organizations.get("org_1");
  assert.equal((await way.organizations.reload("org_1"))?.model, first?.model);
  await way.close();
  assert.ok(each < 1_000_000, `${each} bytes each`);
});

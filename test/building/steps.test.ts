// How much of a building model is worked through between two moments at which others may work: a bounded part of it, at every
// limit. Counted, not timed: bench/model.ts has the times.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { assignNumbers } from "../../src/building/assign-numbers.ts";
import { checkModelInSteps } from "../../src/building/check.ts";
import { compileInSteps } from "../../src/building/compile.ts";
import type { ModelDocument } from "../../src/building/document.ts";
import { mergeInSteps } from "../../src/building/merge-model.ts";
import { readModelText, writeModelText } from "../../src/building/model-text.ts";
import { placeIdsInSteps } from "../../src/building/place-ids.ts";
import { mostRecords } from "../../src/building/references.ts";
import { atOnce, inSlices, type Steps } from "../../src/steps.ts";

const many = <Item>(count: number, make: (n: number) => Item): Item[] =>
  Array.from({ length: count }, (_, n) => make(n));

const inBuilding = (building: object) => ({
  organization: { id: "org", name: "Org" },
  sites: [{ id: "s", name: "S", timezone: "UTC", buildings: [{ id: "b", name: "B", ...building }] }],
});
const polygon = (corners: number) =>
  many(corners, (n) => [Math.cos((2 * Math.PI * n) / corners), Math.sin((2 * Math.PI * n) / corners)]);

/** How often others may work while it is done, and what comes of it. */
function counted<Result>(steps: Steps<Result>): { readonly count: number; readonly result: Result } {
  for (let count = 0; ; count++) {
    const { done, value } = steps.next();
    if (done) return { count, result: value };
  }
}

describe("others may work while a model is put", () => {
  const models: Readonly<Record<string, readonly [model: object, work: number]>> = {
    sites: [
      {
        organization: { id: "org", name: "Org" },
        sites: many(6_000, (n) => ({ id: `s${n}`, name: "S", timezone: "UTC" })),
      },
      6_000,
    ],
    tenants: [
      inBuilding({ units: [{ id: "u", label: "1" }], tenants: many(6_000, (n) => ({ id: `t${n}`, unit_id: "u" })) }),
      6_000,
    ],
    sensors: [
      inBuilding({
        floors: [
          {
            id: "f",
            name: "F",
            sensors: many(6_000, (n) => ({
              id: `x${n}`,
              mac_address: n.toString(16).padStart(16, "0"),
              mode: "traffic",
            })),
          },
        ],
      }),
      6_000,
    ],
  };

  for (const [name, [model, records]] of Object.entries(models)) {
    test(`at least once for every 64 records, whatever is done with them: ${name}`, async () => {
      const text = JSON.stringify(model);
      const often = (what: string, count: number) =>
        assert.ok(count >= Math.floor(records / 64), `${what}: ${count} times for ${records} records`);
      // A step reads 512 values, of which a record has two and more.
      const read = counted(readModelText(text));
      assert.ok(read.count >= Math.floor((records * 2) / 512), `read: ${read.count}`);
      const checked = counted(checkModelInSteps(read.result));
      often("check", checked.count);
      const { document } = checked.result as { document: ModelDocument };
      let pauses = 0;
      const stored = await assignNumbers(
        document,
        null,
        async () => 1_000,
        () => void pauses++,
      );
      often("numbers", pauses);
      const made = { ...document, tags: [{ id: "tag", name: "Tag", origin: "api" as const }] };
      often("merge", counted(mergeInSteps(made, document)).count);
      often("places", counted(placeIdsInSteps(stored)).count);
      often("write", counted(writeModelText(stored)).count * 4);
      often("compile", counted(compileInSteps(stored)).count);
    });
  }

  test("between two outlines, and within one that has far too many corners", () => {
    const rooms = (count: number, corners: number) =>
      inBuilding({
        floors: [
          {
            id: "f",
            name: "F",
            rooms: many(count, (n) => ({ id: `r${n}`, name: "R", coordinates: polygon(corners) })),
          },
        ],
      });
    assert.ok(counted(checkModelInSteps(rooms(20, 1_000))).count >= 20_000);
    const masks = inBuilding({ floors: [{ id: "f", name: "F", masks: [polygon(30_000)] }] });
    const huge = counted(checkModelInSteps(masks));
    assert.ok(huge.count >= 30_000);
    assert.ok("problems" in huge.result);
    assert.equal(huge.result.problems[0]?.code, "TOO_MANY_CORNERS");
  });

  test("a model with more records than an organization may have is refused in a sentence, not read for ever", () => {
    const sites = (count: number) => ({
      organization: { id: "org", name: "Org" },
      sites: many(count, (n) => ({ id: `s${n}`, name: "S", timezone: "UTC" })),
    });
    const { result } = counted(checkModelInSteps(sites(mostRecords + 1)));
    assert.deepEqual("problems" in result && result.problems.map(({ code }) => code), ["TOO_MANY_RECORDS"]);
  });

  test("steps in slices give what they give at once, and their errors", async () => {
    function* sum(most: number): Steps<number> {
      let total = 0;
      for (let n = 1; n <= most; n++) {
        total += n;
        yield;
      }
      if (most === 3) throw new Error("three");
      return total;
    }
    let pauses = 0;
    const pause = () => (++pauses % 2 === 0 ? Promise.resolve() : undefined);
    assert.equal(await inSlices(sum(10), pause), atOnce(sum(10)));
    assert.equal(pauses, 11);
    await assert.rejects(inSlices(sum(3), pause), /three/);
  });
});

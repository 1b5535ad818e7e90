import { test } from "node:test";
import { createPresence } from "../../src/sensing/presence/presence.ts";
import { createRecords } from "../../src/sensing/records.ts";
import { campus, compiled } from "../building/models.ts";
const building = await compiled(campus());
test("x", () => {
  const presence = createPresence(createRecords([]), building);
  const t0 = Date.UTC(2026, 0, 1, 10, 0, 0);
  for (let s = 0; s < 180; s++) {
    const at = t0 + s * 500;
    const n = s % 7 === 0 ? 1 : 2;
    const f = presence.fold({ kind: "detections", id: null, at, sensor: "sensor_1", local: Array.from({ length: n }, (_, i) => [0.2 + i * 0.3, 0.5] as const) }, at + 100);
    if (s < 12) console.log(JSON.stringify(f?.facts));
    const facts = presence.advance(at + 100);
    if (facts.length) console.log("adv", at - t0, JSON.stringify(facts));
  }
  console.log(presence.nextDue() - t0, JSON.stringify(presence.advance(t0 + 150_000)), presence.takeMinutes(), presence.takeLost());
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { countLines } from "../../src/http/log-metrics.ts";
import { createMetrics } from "../../src/http/metrics.ts";
import { type Line, notingLog } from "../fixtures/noted-log.ts";

test("lines at warn and error are counted by name, 0 before the first, and every line is passed on", async () => {
  const lines: Line[] = [];
  const written = notingLog((line) => void lines.push(line));
  const metrics = createMetrics({ processFigures: false });
  const log = countLines(written, metrics);
  const page = async () => (await metrics.text()).split("\n").filter((line) => line.startsWith("belfry_log"));
  const before = await page();
  assert.ok(before.length > 20 && before.every((line) => line.endsWith(" 0")), before.join("\n"));
  assert.ok(!before.some((line) => line.includes("lane.open")), "what is said at info is not counted");
  log.info("lane.open", {}, "Open.");
  log.warn("delivery.exhausted", { delivery: "delivery_1" }, "Exhausted.");
  log.error("store.failed", {}, "Failed.");
  log.error("store.failed", {}, "Failed.");
  const after = (await page()).filter((line) => !line.endsWith(" 0"));
  assert.deepEqual(after, [
    'belfry_log_lines_total{event="delivery.exhausted",level="warn"} 1',
    'belfry_log_lines_total{event="store.failed",level="error"} 2',
  ]);
  assert.equal(lines.length, 4);
});

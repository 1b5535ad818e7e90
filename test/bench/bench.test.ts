// The short form of some benches, so that they cannot rot. What they measure is not judged here.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";
import { v8Flags } from "../../src/v8-flags.ts";

const root = join(import.meta.dirname, "../..");

test("the bench of delivery ends with one JSON object that holds its ratio, and every event was delivered", async () => {
  const figures = await bench("deliver", ["--events", "1000", "--rounds", "1"]);
  for (const figure of ["ratio", "baseline", "events_per_s", "rss_mb", "connections"]) {
    assert.ok(Number(figures[figure]) > 0, figure);
  }
  assert.equal(figures["v8"], v8Flags.join(" "));
});

test("the bench of storage ends with one JSON object that holds the bytes per delivery", async () => {
  const figures = await bench("storage", ["--events", "1000"]);
  assert.ok(Number(figures["bytes_per_delivery"]) > 300);
  assert.equal(figures["v8"], v8Flags.join(" "));
});

test("the bench of minutes ends with one JSON object that holds bytes per day and the time that a year takes", async () => {
  const figures = await bench("minutes", ["--events", "1"]);
  assert.ok(Number(figures["bytes_per_changing_day"]) > Number(figures["bytes_per_empty_day"]));
  for (const figure of ["bytes_per_empty_day", "year_read_ms", "write_2000_ms"]) {
    assert.ok(Number(figures[figure]) > 0, figure);
  }
});

test("the bench of reporting ends with one JSON object that holds rows per second, their curve and the bare reading", async () => {
  const figures = await bench("reporting", ["--events", "8", "--rounds", "1"]);
  assert.deepEqual(figures["at_days"], [7, 8]);
  assert.equal((figures["us_per_row"] as number[]).length, 2);
  for (const figure of ["rows_per_s", "year_hourly_ms", "baseline", "ratio"])
    assert.ok(Number(figures[figure]) > 0, figure);
});

test("a curve ends with one JSON object that holds each of its points", async () => {
  const figures = await bench("curves", ["fan-out", "--events", "200", "--most", "10"]);
  assert.deepEqual(figures["at"], [1, 10]);
  assert.equal((figures["cpu_us"] as number[]).length, 2);
  assert.equal(figures["v8"], v8Flags.join(" "));
});

async function bench(name: string, flags: readonly string[]): Promise<Record<string, unknown>> {
  const child = spawn(process.execPath, [join(root, "bench", `${name}.ts`), ...flags, "--json"], {
    env: { PATH: process.env["PATH"] },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let [out, errors] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (text: string) => (out += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (errors += text));
  const code = await new Promise<number | null>((resolve) => child.once("close", resolve));
  assert.equal(code, 0, errors);
  return JSON.parse(out.trim().split("\n").at(-1)!) as Record<string, unknown>;
}

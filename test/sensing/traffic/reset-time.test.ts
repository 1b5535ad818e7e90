import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { lastReset, nextReset } from "../../../src/sensing/traffic/reset-time.ts";

const next = (at: string, zone: string, minute: number): string =>
  new Date(nextReset(Date.parse(at), zone, minute)).toISOString();
const last = (at: string, zone: string, minute: number): string =>
  new Date(lastReset(Date.parse(at), zone, minute)).toISOString();

const four = 4 * 60;

describe("a reset at a local time", () => {
  test("comes once a day at that time of the site", () => {
    assert.equal(next("2026-01-05T11:59:59.999Z", "America/Los_Angeles", four), "2026-01-05T12:00:00.000Z");
    assert.equal(next("2026-01-05T12:00:00Z", "America/Los_Angeles", four), "2026-01-06T12:00:00.000Z");
    assert.equal(last("2026-01-05T12:00:00Z", "America/Los_Angeles", four), "2026-01-05T12:00:00.000Z");
    assert.equal(last("2026-01-05T11:59:59.999Z", "America/Los_Angeles", four), "2026-01-04T12:00:00.000Z");
  });

  test("follows the clocks when they are put forward and back", () => {
    assert.equal(next("2026-03-28T12:00:00Z", "Europe/Berlin", four), "2026-03-29T02:00:00.000Z");
    assert.equal(last("2026-03-29T01:30:00Z", "Europe/Berlin", four), "2026-03-28T03:00:00.000Z");
    assert.equal(next("2026-10-24T12:00:00Z", "Europe/Berlin", four), "2026-10-25T03:00:00.000Z");
  });

  test("that is skipped comes as much later as the clocks were put forward", () => {
    assert.equal(next("2026-03-28T12:00:00Z", "Europe/Berlin", 150), "2026-03-29T01:30:00.000Z");
  });

  test("that comes twice is the first of both, once", () => {
    assert.equal(next("2026-10-24T12:00:00Z", "Europe/Berlin", 150), "2026-10-25T00:30:00.000Z");
    assert.equal(next("2026-10-25T00:30:00Z", "Europe/Berlin", 150), "2026-10-26T01:30:00.000Z");
  });

  test("is right far from Greenwich and at midnight", () => {
    assert.equal(next("2026-01-05T08:00:00Z", "Pacific/Kiritimati", 0), "2026-01-05T10:00:00.000Z");
    assert.equal(next("2026-01-05T08:00:00Z", "Asia/Kathmandu", 0), "2026-01-05T18:15:00.000Z");
  });
});

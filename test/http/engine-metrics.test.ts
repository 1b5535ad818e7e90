import assert from "node:assert/strict";
import { test } from "node:test";
import { countEngine } from "../../src/http/engine-metrics.ts";
import { createMetrics } from "../../src/http/metrics.ts";
import type { Outcome, OutcomeCode } from "../../src/model/attempt.ts";
import type { DialectName } from "../../src/model/event.ts";
import { subscriptionOf } from "../delivery/harness.ts";

function countedEngine() {
  const metrics = createMetrics({ processFigures: false });
  const events = countEngine(metrics);
  const finish = (
    code: OutcomeCode,
    durationMs: number,
    given: { dialect?: DialectName; waited?: number; attempts?: number } = {},
  ) => {
    const { dialect = "butlr", waited = 0, attempts = 0 } = given;
    const delivery = { number: 1, attempts, createdAt: 1_000, event: { id: "event_1", dialect, type: "TRAFFIC" } };
    const attempt = { subscription: subscriptionOf(1, 0), delivery, startedAt: 1_000 + waited };
    const outcome: Outcome = {
      code,
      status: null,
      detail: null,
      retryAfterMs: null,
      durationMs,
      response: null,
      responseBytes: 0,
    };
    events.attemptFinished!(attempt, outcome, "pending");
  };
  return { events, finish, lines: async () => (await metrics.text()).split("\n") };
}

function says(lines: readonly string[], ...wanted: readonly string[]): void {
  for (const line of wanted) assert.ok(lines.includes(line), `${line}\n\n${lines.join("\n")}`);
}

test("attempts are counted by outcome code and dialect, each of them at 0 before the first", async () => {
  const { finish, lines } = countedEngine();
  const before = (await lines()).filter((line) => line.startsWith("belfry_attempts_total{"));
  assert.ok(before.length > 40 && before.every((line) => line.endsWith(" 0")), before.join("\n"));
  assert.ok(!before.some((line) => /"(cancelled|expired|quarantined)"/.test(line)), "no attempt ends with these");
  finish("delivered", 5);
  finish("delivered", 5);
  finish("delivered", 5, { dialect: "butterflymx" });
  finish("closed_early", 5, { dialect: "butterflymx" });
  says(
    await lines(),
    "# TYPE belfry_attempts_total counter",
    'belfry_attempts_total{code="delivered",dialect="butlr"} 2',
    'belfry_attempts_total{code="delivered",dialect="butterflymx"} 1',
    'belfry_attempts_total{code="closed_early",dialect="butterflymx"} 1',
    'belfry_attempts_total{code="closed_early",dialect="butlr"} 0',
  );
});

test("durations are seconds, and each bucket holds what is not longer than its end", async () => {
  const { finish, lines } = countedEngine();
  for (const ms of [5, 5.1, 61_000]) finish("timeout", ms);
  says(
    await lines(),
    'belfry_attempt_duration_seconds_bucket{le="0.005"} 1',
    'belfry_attempt_duration_seconds_bucket{le="0.01"} 2',
    'belfry_attempt_duration_seconds_bucket{le="60"} 2',
    'belfry_attempt_duration_seconds_bucket{le="+Inf"} 3',
    "belfry_attempt_duration_seconds_count 3",
  );
});

test("the delay from acceptance is that of first attempts alone, and never below 0", async () => {
  const { finish, lines } = countedEngine();
  finish("delivered", 5, { waited: 2_000 });
  finish("delivered", 5, { waited: 600_000, attempts: 1 });
  finish("delivered", 5, { waited: -50 });
  says(
    await lines(),
    'belfry_first_attempt_delay_seconds_bucket{le="0.005"} 1',
    'belfry_first_attempt_delay_seconds_bucket{le="5"} 2',
    "belfry_first_attempt_delay_seconds_sum 2",
    "belfry_first_attempt_delay_seconds_count 2",
  );
});

test("inputs are counted by kind and result", async () => {
  const { events, lines } = countedEngine();
  events.accepted!("observation", { accepted: 3, duplicates: 2, rejected: [{}] });
  events.accepted!("event", { accepted: 0, duplicates: 1, rejected: [] });
  events.folded!(3, 7);
  says(
    await lines(),
    'belfry_inputs_total{kind="observation",result="accepted"} 3',
    'belfry_inputs_total{kind="observation",result="duplicate"} 2',
    'belfry_inputs_total{kind="observation",result="rejected"} 1',
    'belfry_inputs_total{kind="event",result="accepted"} 0',
    'belfry_inputs_total{kind="event",result="duplicate"} 1',
    "belfry_observations_folded_total 3",
    "belfry_events_derived_total 7",
  );
});

test("minutes are counted as told, corrected and too late", async () => {
  const { events, lines } = countedEngine();
  events.superseded!(null!, 4);
  events.superseded!(null!, 3);
  says(await lines(), "belfry_deliveries_superseded_total 7");
  events.minutesTold!({ closed: 3, corrected: 0, tooLate: 0 });
  events.minutesTold!({ closed: 0, corrected: 2, tooLate: 5 });
  says(
    await lines(),
    "belfry_minutes_closed_total 3",
    "belfry_minutes_corrected_total 2",
    "belfry_frames_too_late_total 5",
  );
});

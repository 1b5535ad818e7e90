// What is recorded and passed on, with an SDK and without. The SDK is registered for the whole process, so the order counts.

import assert from "node:assert/strict";
import { test } from "node:test";
import { SpanKind, SpanStatusCode, trace as api, type Tracer } from "@opentelemetry/api";
import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  InMemorySpanExporter,
  ParentBasedSampler,
  type Sampler,
  SimpleSpanProcessor,
  TracerProvider,
} from "@opentelemetry/sdk-trace";
import { systemRandom } from "../../src/clock.ts";
import type { Outcome } from "../../src/model/attempt.ts";
import { readTrace, traceOfText } from "../../src/model/trace.ts";
import { recording } from "../../src/tracing/recording.ts";
import { createTracing } from "../../src/tracing/tracing.ts";
import { subscriptionOf } from "../delivery/harness.ts";

const parentId = "00f067aa0ba902b7";
const given = `00-4bf92f3577b34da6a3ce929d0e0e4736-${parentId}-01 rojo=1`;
const { traceId } = traceOfText(given)!;

const delivery = {
  number: 7,
  attempts: 1,
  createdAt: 1_000,
  event: { id: "event_1", dialect: "butlr", type: "TRAFFIC" },
} as const;
const attempt = { subscription: subscriptionOf(1, 0), delivery, startedAt: 5_000 };
const outcomeOf = (code: Outcome["code"], status: number | null): Outcome => {
  return { code, status, detail: null, retryAfterMs: null, durationMs: 5, response: null, responseBytes: 0 };
};

const noFault = (error: unknown) => assert.ifError(error);
const create = (random: typeof systemRandom = systemRandom) =>
  createTracing({ random, version: "1.2.3", onFault: noFault });

function recorded(sampler: Sampler) {
  const exporter = new InMemorySpanExporter();
  const provider = new TracerProvider({ sampler, spanProcessors: [new SimpleSpanProcessor({ exporter })] });
  return {
    provider,
    tracing: recording(provider.getTracer("test"), noFault),
    spans: () => exporter.getFinishedSpans(),
  };
}

const contextOf = (headers: readonly (readonly [string, string])[]) => {
  const { traceparent, tracestate } = Object.fromEntries(headers);
  return readTrace(traceparent, tracestate);
};

test("without an SDK nothing is recorded, and a trace goes on with another parent for each attempt", () => {
  const tracing = create();
  assert.equal(tracing.accept("event", 1, given), null);
  assert.equal(
    tracing.fold(1, () => [given]),
    null,
  );
  assert.equal(tracing.attempt(attempt, null), null);
  const sent = [1, 2].map(() => contextOf(tracing.attempt(attempt, given)!.headers)!);
  for (const context of sent) assert.partialDeepStrictEqual(context, { traceId, isSampled: true, state: "rojo=1" });
  assert.equal(new Set([...sent.map((context) => context.parentId), parentId]).size, 3);
  // What the database has may be damaged.
  assert.equal(tracing.attempt(attempt, "nonsense"), null);
});

test("a parent id is never all zeros", () => {
  const draws = [new Uint8Array(8), new Uint8Array(8).fill(1)];
  const tracing = create({ ...systemRandom, bytes: () => draws.shift()! });
  assert.equal(contextOf(tracing.attempt(attempt, given)!.headers)!.parentId, "01".repeat(8));
});

test("accepting and each attempt are spans within the sender's trace, and the receiver is told of the attempt's", () => {
  const { tracing, spans } = recorded(new ParentBasedSampler({ root: new AlwaysOffSampler() }));
  const accept = tracing.accept("event", 3, given)!;
  accept.end({ accepted: 1, duplicates: 1, rejected: [{}] });
  const traced = tracing.attempt(attempt, accept.trace)!;
  traced.end(outcomeOf("http_error", 503));
  const [accepted, attempted] = spans();
  assert.equal(accepted!.name, "belfry.accept");
  assert.equal(accepted!.kind, SpanKind.SERVER);
  assert.deepEqual(accepted!.attributes, {
    "belfry.kind": "event",
    "belfry.items": 3,
    "belfry.accepted": 1,
    "belfry.duplicates": 1,
    "belfry.rejected": 1,
  });
  assert.equal(accepted!.parentSpanContext?.spanId, parentId);
  assert.equal(attempted!.name, "belfry.attempt");
  assert.equal(attempted!.parentSpanContext?.spanId, accepted!.spanContext().spanId);
  assert.deepEqual(attempted!.status, { code: SpanStatusCode.ERROR, message: "http_error" });
  assert.partialDeepStrictEqual(attempted!.attributes, {
    "belfry.delivery": "delivery_7",
    "belfry.attempt": 2,
    "belfry.outcome": "http_error",
    "http.response.status_code": 503,
  });
  assert.deepEqual(contextOf(traced.headers), {
    traceId,
    parentId: attempted!.spanContext().spanId,
    isSampled: true,
    state: "rojo=1",
  });
});

test("where nobody traces, what is sampled begins a trace, and what is not has no header", () => {
  const on = recorded(new AlwaysOnSampler());
  const begun = on.tracing.accept("observation", 1, null)!;
  assert.equal(traceOfText(begun.trace!)!.isSampled, true);
  const traced = on.tracing.attempt(attempt, null)!;
  traced.end(outcomeOf("delivered", 200));
  assert.equal(on.spans()[0]!.status.code, SpanStatusCode.UNSET);
  assert.equal(contextOf(traced.headers)!.parentId, on.spans()[0]!.spanContext().spanId);

  const off = recorded(new AlwaysOffSampler());
  assert.equal(off.tracing.accept("event", 1, null)!.trace, null);
  assert.deepEqual(off.tracing.attempt(attempt, null)!.headers, []);
  // A sender who traces is told that it ends here.
  assert.partialDeepStrictEqual(contextOf(off.tracing.attempt(attempt, given)!.headers), { traceId, isSampled: false });
});

test("folding is a span that links to the traces of what it folds", () => {
  const { tracing, spans } = recorded(new AlwaysOnSampler());
  tracing.fold(2, () => [given, "nonsense"])!.end(4);
  tracing.fold(1, () => [])!.fail(new Error("no"));
  const [folded, failed] = spans();
  assert.deepEqual(folded!.attributes, { "belfry.observations": 2, "belfry.conclusions": 4 });
  assert.deepEqual(
    folded!.links.map(({ context }) => context.traceId),
    [traceId],
  );
  assert.deepEqual(failed!.status, { code: SpanStatusCode.ERROR, message: "no" });
});

test("an SDK that throws is told of, and harms nothing", () => {
  const faults: unknown[] = [];
  const broken = () => {
    throw new Error("broken SDK");
  };
  const tracingBy = (startSpan: () => unknown) =>
    recording({ startSpan } as unknown as Tracer, (error) => faults.push(error));
  assert.equal(tracingBy(broken).accept("event", 1, given), null);
  assert.equal(faults.length, 1);
  tracingBy(() => ({ setAttributes: broken }))
    .fold(1, () => [])!
    .end(1);
  assert.equal(faults.length, 2);
});

test("an SDK that is registered before the start is used", () => {
  const { provider, spans } = recorded(new AlwaysOnSampler());
  api.setGlobalTracerProvider(provider);
  create().accept("event", 1, null)!.end({ accepted: 1, duplicates: 0, rejected: [] });
  assert.equal(spans()[0]!.instrumentationScope.version, "1.2.3");
});

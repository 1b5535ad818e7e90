// Traces for the SDK that a user brought, as spans: belfry.accept → belfry.attempt for each attempt at what was accepted, and
// belfry.fold for each batch of observations. A fault of the SDK harms nothing here.

import {
  type Attributes,
  createTraceState,
  type Context,
  type Link,
  ROOT_CONTEXT,
  type Span,
  type SpanContext,
  SpanKind,
  SpanStatusCode,
  trace as api,
  TraceFlags,
  type Tracer,
} from "@opentelemetry/api";
import type { Outcome } from "../model/attempt.ts";
import { deliveryId } from "../model/delivery.ts";
import type { EngineAttempt, InputResult } from "../model/engine-events.ts";
import { type TraceContext, traceHeaders, traceOfText, traceText } from "../model/trace.ts";
import type { TracedAttempt, Tracing } from "../model/tracing.ts";

/** `onFault` gets what the SDK throws. */
export function recording(tracer: Tracer, onFault: (error: unknown) => void): Tracing {
  function safely<Value>(work: () => Value): Value | null {
    try {
      return work();
    } catch (error) {
      onFault(error);
      return null;
    }
  }
  const end = (span: Span, attributes: Attributes, error?: string) =>
    void safely(() => {
      span.setAttributes(attributes);
      if (error !== undefined) span.setStatus({ code: SpanStatusCode.ERROR, message: error });
      span.end();
    });
  const fail = (span: Span) => (error: unknown) =>
    end(span, {}, error instanceof Error ? error.message : String(error));

  return {
    accept: (kind, items, trace) =>
      safely(() => {
        const attributes = { "belfry.kind": kind, "belfry.items": items };
        const span = tracer.startSpan("belfry.accept", { kind: SpanKind.SERVER, attributes }, within(trace));
        const context = passedOn(span, trace !== null);
        return {
          trace: context === null ? null : traceText(context),
          end: (result) => end(span, resultAttributes(result)),
          fail: fail(span),
        };
      }),
    attempt: (attempt, trace) =>
      safely((): TracedAttempt => {
        const options = { kind: SpanKind.CLIENT, attributes: attemptAttributes(attempt), startTime: attempt.startedAt };
        const span = tracer.startSpan("belfry.attempt", options, within(trace));
        const context = passedOn(span, trace !== null);
        return {
          headers: context === null ? [] : traceHeaders(context),
          end: (outcome) =>
            end(span, outcomeAttributes(outcome), outcome.code === "delivered" ? undefined : outcome.code),
        };
      }),
    fold: (observations, traces) =>
      safely(() => {
        const links = [...traces()].flatMap((trace): Link[] => spanContexts(trace).map((context) => ({ context })));
        const options = { attributes: { "belfry.observations": observations }, links };
        const span = tracer.startSpan("belfry.fold", options, ROOT_CONTEXT);
        return { end: (events) => end(span, { "belfry.conclusions": events }), fail: fail(span) };
      }),
  };
}

function within(trace: string | null): Context {
  const [context] = trace === null ? [] : spanContexts(trace);
  return context === undefined ? ROOT_CONTEXT : api.setSpanContext(ROOT_CONTEXT, context);
}

function spanContexts(trace: string): readonly SpanContext[] {
  const context = traceOfText(trace);
  if (context === null) return [];
  const { traceId, parentId: spanId, isSampled, state } = context;
  const traceFlags = isSampled ? TraceFlags.SAMPLED : TraceFlags.NONE;
  const traceState = state === null ? {} : { traceState: createTraceState(state) };
  return [{ traceId, spanId, traceFlags, isRemote: true, ...traceState }];
}

/** What follows from the span is told of it. Nothing is where it is not sampled and nobody else traces. */
function passedOn(span: Span, isTraced: boolean): TraceContext | null {
  const { traceId, spanId, traceFlags, traceState } = span.spanContext();
  const isSampled = (traceFlags & TraceFlags.SAMPLED) !== 0;
  if (!isSampled && !isTraced) return null;
  return { traceId, parentId: spanId, isSampled, state: traceState?.serialize() || null };
}

const resultAttributes = ({ accepted, duplicates, rejected }: InputResult): Attributes => ({
  "belfry.accepted": accepted,
  "belfry.duplicates": duplicates,
  "belfry.rejected": rejected.length,
});

/** Ids and names, never a URL or a payload. */
const attemptAttributes = ({ subscription, delivery }: EngineAttempt): Attributes => ({
  "http.request.method": "POST",
  "belfry.organization": subscription.organization,
  "belfry.subscription": subscription.id,
  "belfry.delivery": deliveryId(delivery.number),
  "belfry.attempt": delivery.attempts + 1,
  "belfry.event_id": delivery.event.id,
  "belfry.event_type": delivery.event.type,
  "belfry.dialect": delivery.event.dialect,
});

const outcomeAttributes = ({ code, status }: Outcome): Attributes => ({
  "belfry.outcome": code,
  ...(status === null ? {} : { "http.response.status_code": status }),
});

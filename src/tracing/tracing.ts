// Chooses how traces are kept. An SDK is there if the user's own module registered one before the server started
// (`node --import`, examples/opentelemetry). Without one nothing is recorded and the API is not asked again.

import { trace as api, type Tracer } from "@opentelemetry/api";
import type { Random } from "../clock.ts";
import { traceHeaders, traceOfText } from "../model/trace.ts";
import type { Tracing } from "../model/tracing.ts";
import { recording } from "./recording.ts";

export interface TracingDeps {
  readonly random: Pick<Random, "bytes">;
  /** Of Belfry. */
  readonly version: string;
  /** The SDK threw. */
  readonly onFault: (error: unknown) => void;
}

/** Records where an SDK is registered by now. */
export function createTracing({ random, version, onFault }: TracingDeps): Tracing {
  const provider = api.getTracerProvider();
  // The API's own stand-in has nobody to hand on to until an SDK is registered.
  const isRegistered = !("getDelegateTracer" in provider) || delegateOf(provider) !== undefined;
  return isRegistered ? recording(provider.getTracer("belfry", version), onFault) : passOn(random);
}

const delegateOf = (provider: object): unknown =>
  (provider as { getDelegateTracer(name: string): Tracer | undefined }).getDelegateTracer("belfry");

/** What came with an event goes out with its attempts, each under a parent id of its own. */
function passOn(random: Pick<Random, "bytes">): Tracing {
  return {
    accept: () => null,
    fold: () => null,
    attempt(_, trace) {
      const context = trace === null ? null : traceOfText(trace);
      if (context === null) return null;
      return { headers: traceHeaders({ ...context, parentId: newParentId(random) }), end: () => undefined };
    },
  };
}

/** All zeros would be none. */
function newParentId(random: Pick<Random, "bytes">): string {
  for (;;) {
    const bytes = random.bytes(8);
    if (bytes.some((byte) => byte !== 0)) return Buffer.from(bytes).toString("hex");
  }
}

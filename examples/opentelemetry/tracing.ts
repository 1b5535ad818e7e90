// Brings an OpenTelemetry SDK to Belfry, which sends what it records to a collector [README.md beside this file].

import { isMainThread } from "node:worker_threads";
import { trace } from "@opentelemetry/api";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-http";
import { resourceFromAttributes } from "@opentelemetry/resources";
import {
  BatchSpanProcessor,
  ParentBasedSampler,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from "@opentelemetry/sdk-trace";

// Node runs this in every thread; Belfry records in the main one.
if (isMainThread) {
  const provider = new TracerProvider({
    resource: resourceFromAttributes({ "service.name": "belfry" }),
    // Whatever the sender of an event has sampled, and of the rest this part.
    sampler: new ParentBasedSampler({
      root: new TraceIdRatioBasedSampler(Number(process.env["TRACES_RATIO"] ?? "0.01")),
    }),
    // To OTEL_EXPORTER_OTLP_ENDPOINT; without it to http://localhost:4318.
    spanProcessors: [new BatchSpanProcessor({ exporter: new OTLPTraceExporter() })],
  });
  trace.setGlobalTracerProvider(provider);
  // What is recorded and not sent when Belfry has stopped.
  process.once("beforeExit", () => void provider.shutdown());
}

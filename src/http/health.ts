// /healthz, /readyz and /metrics: open to everybody who reaches the port, so they name no organization, path or address.

import type { Clock } from "../clock.ts";
import type { Metrics } from "./metrics.ts";
import type { HttpScope } from "./scope.ts";

export interface HealthDeps {
  readonly clock: Clock;
  readonly metrics: Metrics;
  /** By name; each resolves when its part can do its work and rejects when it cannot. */
  readonly checks: Readonly<Record<string, () => Promise<unknown>>>;
  /** True from the moment the process has begun to end. */
  readonly draining: () => boolean;
}

/** A check that takes longer has failed, ms. */
const patience = 2_000;

export function createHealthApi({ clock, metrics, checks, draining }: HealthDeps): (scope: HttpScope) => void {
  const judge = (check: () => Promise<unknown>): Promise<"ok" | "failed"> =>
    new Promise((resolve) => {
      const cancel = clock.after(patience, () => resolve("failed"));
      const end = (verdict: "ok" | "failed") => {
        cancel();
        resolve(verdict);
      };
      check().then(
        () => end("ok"),
        () => end("failed"),
      );
    });

  return (scope) => {
    scope.addHook("onRequest", async (_, reply) => {
      reply.header("cache-control", "no-store");
    });
    scope.get("/healthz", async () => ({ alive: true }));
    scope.get("/readyz", async (_, reply) => {
      const verdicts = await Promise.all(
        Object.entries(checks).map(async ([name, check]) => [name, await judge(check)] as const),
      );
      const ready = !draining() && verdicts.every(([, verdict]) => verdict === "ok");
      return reply.code(ready ? 200 : 503).send({ ready, draining: draining(), checks: Object.fromEntries(verdicts) });
    });
    scope.get("/metrics", async (_, reply) => reply.type(metrics.contentType).send(await metrics.text()));
  };
}

const methods = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "other"];
const statuses = ["2xx", "3xx", "4xx", "5xx"];

/** Counts answers by method and class of status. */
export function countRequests(scope: HttpScope, metrics: Metrics): void {
  const counts = metrics.counts(
    "belfry_http_requests_total",
    "Requests answered.",
    methods.flatMap((method) => statuses.map((status) => ({ method, status }))),
  );
  scope.addHook("onResponse", (request, reply, done) => {
    const known = methods.indexOf(request.method);
    const method = known < 0 ? methods.length - 1 : known;
    counts[method * statuses.length + Math.floor(reply.statusCode / 100) - 2]!++;
    done();
  });
}

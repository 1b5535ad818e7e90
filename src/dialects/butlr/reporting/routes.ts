// Butlr's reporting API: `POST /api/v3/reporting` and `POST /api/v4/reporting/stats`, for whoever may read the organization.
// Errors are `{"error", "code", "details"}`.

import type { Authenticator } from "../../../auth/authenticator-port.ts";
import type { BuildingModel } from "../../../building/building.ts";
import type { Clock } from "../../../clock.ts";
import { BelfryError, type ErrorCode, type Problem } from "../../../errors.ts";
import type { HttpReply, HttpRequest, HttpScope } from "../../../http/scope.ts";
import type { History } from "../../../store/history.ts";
import type { Registry } from "../../../store/registry.ts";
import type { PlacePort } from "../../place-port.ts";
import { createSignedIn } from "../identity/signed-in.ts";
import { mustRead, organizationFor } from "../organization.ts";
import { mustHavePoints, reportPoints } from "../rate.ts";
import type { RateLimit } from "../rate-limit.ts";
import { pauseOf, type Turns } from "../../../turns.ts";
import { reportAnswer } from "./answer.ts";
import type { MinuteReaderDeps } from "./read-minutes.ts";
import { readWhole } from "./reader.ts";
import { runReport } from "./report.ts";
import { reportRequest } from "./request.ts";
import { createSlots } from "./slots.ts";
import { runStats, statsRequest } from "./stats.ts";

export interface ReportingDeps {
  readonly registry: Pick<Registry, "organizations">;
  readonly authenticator: Authenticator;
  readonly place: Pick<PlacePort, "model">;
  readonly history: Pick<History, "minutes">;
  readonly clock: Clock;
  readonly turns: Turns;
  readonly rate: RateLimit;
}

const bodyLimit = 512 * 1024;

type Run = (body: unknown, model: BuildingModel, deps: MinuteReaderDeps) => Promise<string>;

/** The scope must read JSON bodies and answer what is thrown with `reportingError`. */
export function reportingRoutes(
  scope: HttpScope,
  { registry, authenticator, place, history, clock, turns, rate }: ReportingDeps,
): void {
  const signedIn = createSignedIn(authenticator);
  const deps = { history, turns };
  const slots = createSlots();

  const answering = (run: Run) => async (request: HttpRequest, reply: HttpReply) => {
    const who = signedIn.who(request);
    rate.spend(who.key, reportPoints);
    const named = request.headers["belfry-organization"]?.toString();
    const organization = await organizationFor(who, named, registry);
    mustRead(who, organization);
    const model = await place.model(organization);
    if (model === null)
      throw new BelfryError("NOT_FOUND", "The organization has no building model yet. Put one first.");
    const text = await slots(organization, () => run(request.body, model, deps));
    return reply.header("cache-control", "no-store").type("application/json; charset=utf-8").send(text);
  };

  const report: Run = async (body, model, deps) => {
    const now = clock.now();
    const request = readWhole(body, reportRequest(now));
    const found = await runReport(request, model, now, deps);
    return reportAnswer(request, found, pauseOf(deps.turns, model.organization.id));
  };
  const stats: Run = async (body, model, deps) => {
    const now = clock.now();
    return JSON.stringify({ data: await runStats(readWhole(body, statsRequest(now)), model, now, deps) });
  };
  const onRequest = async (request: HttpRequest, reply: HttpReply): Promise<void> => {
    await signedIn.onRequest(request, reply);
    mustHavePoints(rate, request, reply);
  };
  const options = { bodyLimit, onRequest };
  scope.post("/api/v3/reporting", options, answering(report));
  scope.post("/api/v4/reporting/stats", options, answering(stats));
}

/** `details`: every fault of the request with its path. */
export const reportingError = (code: ErrorCode, sentence: string, details: readonly Problem[] = []) => ({
  error: sentence,
  code: code === "BAD_REQUEST" ? "INVALID_REQUEST" : code,
  details,
});

// The Butlr dialect: ten event types and two of our own, payloads as its documents show them, and the place and
// the webhooks over GraphQL.

import type { HttpScope } from "../../http/scope.ts";
import type { Log } from "../../log.ts";
import { version } from "../../version.ts";
import type { Dialect } from "../dialect.ts";
import { nothingHeard, type SensorStatus } from "../sensor-status.ts";
import { deviceResolvers } from "./assets/devices.ts";
import { type AssetMutationDeps, assetMutations } from "./assets/mutations.ts";
import { assetQueries } from "./assets/queries.ts";
import { spaceResolvers } from "./assets/spaces.ts";
import { asyncApiRoute } from "./asyncapi/route.ts";
import { authentication } from "./authentication.ts";
import { jsonBodies } from "./bodies.ts";
import { answerError } from "./graphql/answer.ts";
import { graphqlApi } from "./graphql/graphql-api.ts";
import { createSchema } from "./graphql/schema.ts";
import { type ClientDeps, clientError, clientRoutes } from "./identity/clients.ts";
import { loginError, loginRoute } from "./identity/login.ts";
import { express, typeOf } from "./payload.ts";
import { read, valueOf } from "./read.ts";
import { type ReportingDeps, reportingError, reportingRoutes } from "./reporting/routes.ts";
import { type ResolverDeps, webhookResolvers } from "./resolvers.ts";
import { sample } from "./sample.ts";
import { createSubscribing } from "./subscribing.ts";
import { newId } from "../../model/ksuid.ts";
import { createButlrRate } from "./rate.ts";
import { createTurns, type Turns } from "../../turns.ts";
import { eventTypeNames, states } from "./types.ts";

export interface ButlrDeps
  extends Omit<ResolverDeps, "history">,
    Pick<AssetMutationDeps, "place" | "models">,
    Pick<ClientDeps, "authenticator" | "keys"> {
  readonly history: ResolverDeps["history"] & ReportingDeps["history"];
  /** Whose slices answers are worked out in; absent: its own. */
  readonly turns?: Turns;
  readonly status?: SensorStatus;
  readonly log?: Log;
}

export function createButlr(deps: ButlrDeps): Dialect {
  const unforeseen = (error: unknown, request: string) =>
    deps.log?.error("request.failed", { err: error, request }, "A request to the Butlr API failed.");
  const schema = createSchema(
    webhookResolvers(deps),
    assetQueries(deps),
    assetMutations(deps),
    spaceResolvers,
    deviceResolvers(deps.status ?? nothingHeard),
  );
  const { turns = createTurns(deps.clock) } = deps;
  const rate = createButlrRate(deps.clock);
  return {
    name: "butlr",
    types: eventTypeNames,
    states,
    typeOf,
    express,
    read,
    /** There is one form of every payload. */
    variant: (_, binding) => binding.variant,
    sampleTypes: eventTypeNames,
    sample,
    subscribing: createSubscribing(() => newId("webhook", deps.clock.now(), deps.random.bytes(16))),
    valueOf,
    compose: (body) => body,
    heartbeat: (id, sequence, timestamp) =>
      JSON.stringify({ type: "HEARTBEAT", id, timestamp, data: { sequence }, metadata: {} }),
    authentication,
    async routes(scope: HttpScope) {
      await scope.register(async (graphql) => {
        jsonBodies(graphql, (code, sentence) => ({ errors: [answerError(code, sentence)] }), unforeseen);
        await graphqlApi(graphql, schema, { ...deps, turns, rate, unforeseen });
      });
      await scope.register(async (login) => {
        jsonBodies(login, loginError, unforeseen);
        loginRoute(login, deps.authenticator);
      });
      await scope.register(async (clients) => {
        jsonBodies(clients, clientError, unforeseen);
        clientRoutes(clients, deps);
      });
      await scope.register(async (reporting) => {
        jsonBodies(reporting, reportingError, unforeseen);
        reportingRoutes(reporting, { ...deps, turns, rate });
      });
      asyncApiRoute(scope, version);
    },
  };
}

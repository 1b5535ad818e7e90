// The Butlr dialect: ten event types, payloads as its documents show them, and webhooks managed over GraphQL.

import type { HttpScope } from "../../http/scope.ts";
import type { Log } from "../../log.ts";
import type { Dialect } from "../dialect.ts";
import { answerError } from "./answer.ts";
import { authentication } from "./authentication.ts";
import { type GraphqlApiDeps, graphqlApi } from "./graphql-api.ts";
import { jsonBodies } from "./bodies.ts";
import { loginError, loginRoute } from "./login.ts";
import { express, typeOf } from "./payload.ts";
import { read } from "./read.ts";
import { eventTypeNames } from "./types.ts";

export interface ButlrDeps extends Omit<GraphqlApiDeps, "unforeseen"> {
  readonly log?: Log;
}

export function createButlr(deps: ButlrDeps): Dialect {
  const unforeseen = (error: unknown, request: string) =>
    deps.log?.error("request.failed", { err: error, request }, "A request to the Butlr API failed.");
  return {
    name: "butlr",
    types: eventTypeNames,
    typeOf,
    express,
    read: (text, value) => read(text, value),
    /** There is one form of every payload. */
    compose: (body) => body,
    authentication,
    async routes(scope: HttpScope) {
      await scope.register(async (graphql) => {
        jsonBodies(graphql, (code, sentence) => ({ errors: [answerError(code, sentence)] }), unforeseen);
        await graphqlApi(graphql, { ...deps, unforeseen });
      });
      await scope.register(async (login) => {
        jsonBodies(login, loginError, unforeseen);
        loginRoute(login, deps.authenticator);
      });
    },
  };
}

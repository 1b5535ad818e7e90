// Butlr's API: GraphQL at `POST /api/v3/graphql`. Whoever has no valid token gets nowhere, not even to the parser;
// what is too large is refused before it costs anything.

import { readFileSync } from "node:fs";
import { type DocumentNode, parse } from "graphql";
import { type IResolvers, mercurius } from "mercurius";
import type { Authenticator } from "../../auth/authenticator-port.ts";
import type { HttpReply, HttpRequest, HttpScope } from "../../http/scope.ts";
import type { Principal } from "../../model/principal.ts";
import { type AnswerError, answerError, errorAnswer } from "./answer.ts";
import { excess, limits } from "./limits.ts";
import { type GraphqlContext, createResolvers, type ResolverDeps } from "./resolvers.ts";

export interface GraphqlApiDeps extends ResolverDeps {
  readonly authenticator: Authenticator;
  /** Hears of errors that are nobody's fault outside. */
  readonly unforeseen: (error: unknown, request: string) => void;
}

interface Operation {
  readonly query: string;
  readonly variables: Record<string, unknown>;
  readonly operationName: string | undefined;
}

const path = "/api/v3/graphql";

/** The scope must read `application/json` bodies into JSON values and have no other routes. */
export async function graphqlApi(scope: HttpScope, deps: GraphqlApiDeps): Promise<void> {
  const schema = readFileSync(new URL("./schema.graphql", import.meta.url), "utf8");
  await scope.register(mercurius, {
    schema,
    resolvers: createResolvers(deps) as unknown as IResolvers,
    routes: false,
    // Documents are small and rare; a cache would only let a client fill the memory.
    cache: false,
    // Errors are put into words below; the default would log them, and with them what variables hold.
    errorFormatter: (execution) => ({ statusCode: 200, response: execution }),
  });
  const askers = new WeakMap<HttpRequest, Principal>();

  async function authenticate(request: HttpRequest, reply: HttpReply): Promise<unknown> {
    const who = await deps.authenticator.principal(request.headers.authorization, request.ip);
    if (who !== null) {
      askers.set(request, who);
      return undefined;
    }
    const message = "A valid access token is required: Authorization: Bearer <token>, from /api/v2/clients/login.";
    return reply
      .header("www-authenticate", "Bearer")
      .code(401)
      .send({ errors: [answerError("UNAUTHENTICATED", message)] });
  }

  scope.post(path, { bodyLimit: limits.bodyBytes, onRequest: authenticate }, async (request, reply) => {
    const worded = (error: unknown, code: string) => errorAnswer(error, code, request.id, deps.unforeseen);
    const refuse = (errors: readonly AnswerError[]) => reply.code(400).send({ errors });

    const operation = operationOf(request.body);
    if (typeof operation === "string") return refuse([answerError("BAD_REQUEST", operation)]);
    const { query, variables, operationName } = operation;

    // Mercurius parses once more, and takes what does not parse for a syntax tree in JSON: only what passed here may go on.
    let document: DocumentNode;
    try {
      document = parse(query, { maxTokens: limits.tokens });
    } catch (error) {
      return refuse([worded(error, "GRAPHQL_PARSE_FAILED")]);
    }
    const tooMuch = excess(document);
    if (tooMuch !== null) return refuse([answerError("GRAPHQL_LIMIT_EXCEEDED", tooMuch)]);

    const context: GraphqlContext = {
      who: askers.get(request)!,
      organizationHeader: request.headers["belfry-organization"]?.toString(),
    };
    try {
      const { data, errors } = await scope.graphql(query, { ...context }, variables, operationName);
      if (errors === undefined) return { data };
      return { data, errors: errors.map((error) => worded(error, "GRAPHQL_EXECUTION_FAILED")) };
    } catch (error) {
      const faults = (error as { errors?: unknown }).errors;
      if (!Array.isArray(faults)) throw error;
      return refuse(faults.map((fault) => worded(fault, "GRAPHQL_VALIDATION_FAILED")));
    }
  });

  scope.get(path, { onRequest: authenticate }, async (_request, reply) =>
    reply
      .header("allow", "POST")
      .code(405)
      .send({ errors: [answerError("METHOD_NOT_ALLOWED", "Send a POST request.")] }),
  );
}

/** The operation in a request's body, or a sentence about what is wrong with it. */
function operationOf(body: unknown): Operation | string {
  if (Array.isArray(body)) return "Send one operation per request; batches are not offered.";
  if (typeof body !== "object" || body === null) return "The body must be a JSON object with the text `query`.";
  const { query, variables, operationName } = body as Record<string, unknown>;
  if (typeof query !== "string" || query === "") return "The body must have the text `query`.";
  if (variables !== undefined && (typeof variables !== "object" || Array.isArray(variables))) {
    return "`variables` must be a JSON object.";
  }
  if (operationName !== undefined && operationName !== null && typeof operationName !== "string") {
    return "`operationName` must be a text.";
  }
  return {
    query,
    variables: (variables ?? {}) as Record<string, unknown>,
    operationName: operationName ?? undefined,
  };
}

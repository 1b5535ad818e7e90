// Butlr's API: GraphQL at `/api/v3/graphql`, over HTTP as the GraphQL Foundation describes it. Whoever has no valid token
// gets nowhere, not even to the parser; what is too large is refused before it costs anything; a long answer is made and
// written in slices.

import { getOperationAST, type GraphQLSchema, OperationTypeNode } from "graphql";
import type { Authenticator } from "../../../auth/authenticator-port.ts";
import { isStreamed, sendPieces } from "../../../http/json-answer.ts";
import type { HttpReply, HttpRequest, HttpScope } from "../../../http/scope.ts";
import { createSignedIn } from "../identity/signed-in.ts";
import { answerPoints, documentPoints, mustHavePoints } from "../rate.ts";
import type { RateLimit } from "../rate-limit.ts";
import type { Turns } from "../../../turns.ts";
import { type AnswerType, answerType, graphqlType } from "./accept.ts";
import { type AnswerError, answerError, errorAnswer } from "./answer.ts";
import { createDocuments } from "./documents.ts";
import { execute } from "./executor.ts";
import { createGate } from "./gate.ts";
import { limits } from "./limits.ts";
import { type Operation, operationOf, operationOfQuery } from "./operation.ts";
import type { Asker } from "./schema.ts";
import { createWork, TooMuch, type Work } from "./work.ts";

export interface GraphqlApiDeps {
  readonly authenticator: Authenticator;
  readonly turns: Turns;
  readonly rate: RateLimit;
  /** Hears of errors that are nobody's fault outside. */
  readonly unforeseen: (error: unknown, request: string) => void;
}

/** What is answered before anything runs: a status and the errors. */
interface Refusal {
  readonly status: number;
  readonly errors: readonly AnswerError[];
}

const path = "/api/v3/graphql";
const largeAnswersAtOnce = 4;

/** The scope must read `application/json` bodies into JSON values and have no other routes. */
export async function graphqlApi(scope: HttpScope, schema: GraphQLSchema, deps: GraphqlApiDeps): Promise<void> {
  const prepare = createDocuments(schema);
  const gate = createGate(largeAnswersAtOnce);
  const { onRequest: signIn, who: asker } = createSignedIn(deps.authenticator);
  const onRequest = async (request: HttpRequest, reply: HttpReply): Promise<void> => {
    await signIn(request, reply);
    mustHavePoints(deps.rate, request, reply);
  };

  async function answer(request: HttpRequest, reply: HttpReply, operation: Operation | string): Promise<unknown> {
    const type = answerType(request.headers.accept);
    if (type === null) {
      const message = `Accept ${graphqlType} or application/json.`;
      return reply.code(406).send({ errors: [answerError("NOT_ACCEPTABLE", message)] });
    }
    const who = asker(request);
    const organizationHeader = request.headers["belfry-organization"]?.toString();
    const work = createWork(deps.turns, gate, who.organization ?? organizationHeader ?? "");
    reply.header("content-type", `${type}; charset=utf-8`);
    try {
      await work.pause(0);
      const result = await run(operation, { who, organizationHeader }, work, request, type);
      if (Array.isArray(result)) return await send(reply, result as readonly Buffer[]);
      const { status, errors } = result as Refusal;
      if (status === 405) reply.header("allow", "POST");
      return await reply.code(status).send(JSON.stringify({ errors }));
    } finally {
      work.end();
      deps.rate.spend(who.key, answerPoints(work.values));
    }
  }

  /** The text of the answer, or why the operation did not run. */
  async function run(
    operation: Operation | string,
    context: Asker,
    work: Work,
    { id, method }: HttpRequest,
    type: AnswerType,
  ): Promise<Refusal | readonly Buffer[]> {
    const worded = (code: string) => (error: unknown) => errorAnswer(error, code, id, deps.unforeseen);
    const refuse = (status: number, code: string, message: string) => ({
      status,
      errors: [answerError(code, message)],
    });
    if (typeof operation === "string") return refuse(400, "BAD_REQUEST", operation);
    /** Clients of the older type look for errors in the body only. */
    const faulty = type === graphqlType ? 400 : 200;
    const prepared = prepare(operation.query);
    if (prepared.status !== "ready" || !prepared.isKnown) {
      deps.rate.spend(context.who.key, documentPoints(operation.query));
    }
    if (prepared.status === "excessive") return refuse(400, "GRAPHQL_LIMIT_EXCEEDED", prepared.message);
    if (prepared.status === "faulty") return { status: faulty, errors: prepared.errors.map(worded(prepared.code)) };
    const { document } = prepared;
    const { operationName: name, variables } = operation;
    const chosen = getOperationAST(document, name);
    if (!chosen) return refuse(faulty, "GRAPHQL_VALIDATION_FAILED", unknownOperation(name));
    if (method === "GET" && chosen.operation !== OperationTypeNode.QUERY) {
      return refuse(405, "METHOD_NOT_ALLOWED", "A mutation is sent by POST.");
    }
    try {
      const result = await execute({ schema, document, operation: chosen, variables, context, work });
      if (result.status === "refused") {
        return { status: faulty, errors: result.errors.map(worded("GRAPHQL_VALIDATION_FAILED")) };
      }
      return answerText(result.data, result.errors.map(worded("GRAPHQL_EXECUTION_FAILED")));
    } catch (error) {
      if (!(error instanceof TooMuch)) throw error;
      return answerText([Buffer.from("null")], [answerError("GRAPHQL_LIMIT_EXCEEDED", error.message)]);
    }
  }

  const options = { bodyLimit: limits.bodyBytes, onRequest };
  scope.post(path, options, (request, reply) => answer(request, reply, operationOf(request.body)));
  scope.get(path, { onRequest }, (request, reply) =>
    answer(request, reply, operationOfQuery(request.query as Record<string, unknown>)),
  );
}

const unknownOperation = (name: string | undefined): string =>
  name === undefined
    ? "The document has several operations: name one in `operationName`."
    : `The document has no operation ${JSON.stringify(name.slice(0, 64))}.`;

/** Errors first, for whoever reads the answer. */
function answerText(data: readonly Buffer[], errors: readonly AnswerError[]): readonly Buffer[] {
  const before = errors.length === 0 ? "" : `"errors":${JSON.stringify(errors)},`;
  return [Buffer.from(`{${before}"data":`), ...data, Buffer.from("}")];
}

/** Resolves when the answer is on its way, a long one when it has been read. */
async function send(reply: HttpReply, pieces: readonly Buffer[]): Promise<unknown> {
  const read = new Promise<void>((resolve) => void reply.raw.once("close", resolve));
  const sent = sendPieces(reply, pieces);
  if (isStreamed(pieces)) await read;
  return sent;
}

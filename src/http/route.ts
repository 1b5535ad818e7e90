// A route of the operator API as a value: who may call it, what it takes, what it answers. The same schemas check the
// requests and stand in the OpenAPI document, so the two cannot part.

import { Readable } from "node:stream";
import { z } from "zod";
import { BelfryError, type Problem } from "../errors.ts";
import type { Principal, Role } from "../model/principal.ts";
import { jsonBody } from "./json-body.ts";
import { actingFor, organizationHeader } from "../auth/authorize.ts";
import { inSlices } from "../steps.ts";
import type { Pause } from "../turns.ts";
import { jsonSteps, sendPieces, textSteps } from "./json-answer.ts";
import type { WhoAsks } from "./who-asks.ts";
import type { HttpReply, HttpScope, RouteDocument } from "./scope.ts";
import { faultsMeant, schemaMessages } from "./schema-messages.ts";

type Schema = z.ZodType;
type Value<Of extends Schema | undefined> = Of extends Schema ? z.output<Of> : undefined;

interface RouteCall<Query, Body> {
  readonly who: Principal;
  readonly params: Readonly<Record<string, string>>;
  readonly query: Query;
  readonly body: Body;
  /** For the few routes that say something in a header. */
  readonly reply: HttpReply;
}

export interface RouteSpec<Query extends Schema | undefined, Body extends Schema | undefined, Answer extends Schema> {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** `/v1/deliveries/:id` */
  readonly path: string;
  readonly summary: string;
  /** All others are refused before anything is read. */
  readonly roles: readonly Role[];
  /** Nobody who came by a portal link may do it, whatever the link's role: it makes or ends keys and links. */
  readonly isForKeys?: boolean;
  readonly query?: Query;
  readonly body?: Body;
  /** `body` stands in the document only: the route gets the bytes, and reads them itself. */
  readonly rawBody?: boolean;
  /** Its requests may wait for news: `reply.request.standInLine` comes before the answer. */
  readonly waits?: boolean;
  /** A large body takes seconds of work. */
  readonly worksLong?: boolean;
  /** Of the answer, where it is not JSON. */
  readonly media?: readonly string[];
  /** Largest body in bytes; 1 MiB unless given. */
  readonly bodyLimit?: number;
  /** Default 200. */
  readonly status?: number;
  readonly answer: Answer;
  readonly handle: (call: RouteCall<Value<Query>, Value<Body>>) => Promise<z.input<Answer>>;
}

/** A route whose types have been checked against each other. */
export interface Route {
  readonly method: RouteSpec<undefined, undefined, Schema>["method"];
  readonly path: string;
  readonly roles: readonly Role[];
  readonly isForKeys: boolean;
  readonly bodyLimit: number;
  readonly status: number;
  readonly isRaw: boolean;
  readonly waits: boolean;
  readonly worksLong: boolean;
  readonly document: RouteDocument;
  readonly handle: (call: RouteCall<unknown, unknown>) => Promise<unknown>;
}

export function route<
  Answer extends Schema,
  Query extends Schema | undefined = undefined,
  Body extends Schema | undefined = undefined,
>(spec: RouteSpec<Query, Body, Answer>): Route {
  const { method, path, summary, roles, query, body, bodyLimit = 1024 * 1024, status = 200, answer } = spec;
  const media = spec.media === undefined ? {} : { media: spec.media };
  const isRaw = spec.rawBody === true;
  return {
    method,
    path,
    roles,
    isForKeys: spec.isForKeys === true,
    bodyLimit,
    status,
    isRaw,
    waits: spec.waits === true,
    worksLong: spec.worksLong === true,
    document: {
      summary,
      ...(query === undefined ? {} : { query: jsonSchema(query, "input") }),
      ...(body === undefined ? {} : { body: { "application/json": jsonSchema(body, "input") } }),
      answers: { [status]: status === 204 ? null : jsonSchema(answer, "output") },
      ...media,
    },
    handle: (call) =>
      spec.handle({
        ...call,
        query: (query === undefined ? undefined : check(query, call.query, "BAD_REQUEST")) as Value<Query>,
        body: (body === undefined || isRaw ? call.body : check(body, call.body, "INVALID")) as Value<Body>,
      }),
  };
}

/** Registers routes for those whom `whoAsks` knows. */
export function registerRoutes(
  scope: HttpScope,
  whoAsks: WhoAsks,
  pauseFor: (organization: string) => Pause,
  routes: readonly Route[],
): void {
  jsonBody(scope);
  scope.addHook("onRequest", async (request) => {
    const who = await whoAsks(request);
    if (who === null) {
      throw new BelfryError("UNAUTHENTICATED", "Send a valid key or access token as Authorization: Bearer.");
    }
    request.who = actingFor(who, request.headers[organizationHeader]);
  });
  for (const one of routes) {
    const { method, path, roles, isForKeys, bodyLimit, status, isRaw, waits, worksLong, document, handle } = one;
    scope.route({
      method,
      url: path,
      bodyLimit,
      config: { document, rawBody: isRaw, waits, worksLong },
      // Runs after the hook above and before the body is read.
      onRequest: async (request) => {
        if (isForKeys && request.who!.portal !== undefined) {
          throw new BelfryError(
            "FORBIDDEN",
            "A portal link makes and ends no keys and no links. Ask whoever gave it to you.",
          );
        }
        if (!roles.includes(request.who!.role)) {
          throw new BelfryError(
            "FORBIDDEN",
            `Keys of this role may not do this. It takes a key of role ${listed(roles)}.`,
          );
        }
      },
      handler: async (request, reply) => {
        const { params, query, body } = request;
        const who = request.who!;
        const answer = await handle({ who, params: params as Record<string, string>, query, body, reply });
        reply.code(status).header("cache-control", "no-store");
        if (status === 204) return reply.send();
        if (answer instanceof Uint8Array || answer instanceof Readable) return answer;
        const steps = typeof answer === "string" ? textSteps(answer) : jsonSteps(answer);
        const pieces = await inSlices(steps, pauseFor(who.organization ?? ""));
        return sendPieces(reply.type("application/json; charset=utf-8"), pieces);
      },
    });
  }
}

/** Throws the code with every fault of the value. */
export function check<Of extends Schema>(schema: Of, value: unknown, code: "BAD_REQUEST" | "INVALID"): z.output<Of> {
  const parsed = schema.safeParse(value ?? {}, { error: schemaMessages });
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.flatMap(faultsMeant).flatMap((issue) => {
    const paths = issue.code === "unrecognized_keys" ? issue.keys.map((key) => [...issue.path, key]) : [issue.path];
    return paths.map((path): Problem => ({ path: pathText(path), code: "INVALID", message: issue.message }));
  });
  const first = problems[0]!;
  throw new BelfryError(code, `${first.path || "The request"} ${first.message}.`, { problems });
}

/** `sites[0].name` */
function pathText(path: readonly PropertyKey[]): string {
  return path.reduce<string>((text, part) => {
    if (typeof part === "number") return `${text}[${part}]`;
    return text === "" ? String(part) : `${text}.${String(part)}`;
  }, "");
}

export function jsonSchema(schema: Schema, io: "input" | "output"): object {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: "any" });
  return rest;
}

function listed(words: readonly string[]): string {
  return words.length === 1 ? words[0]! : `${words.slice(0, -1).join(", ")} or ${words.at(-1)}`;
}

// The way in over HTTP: POST /v1/observations and POST /v1/events. Who asks is settled before the body is read; the
// answer comes when what it counts as accepted is durable.

import type { Dialect } from "../../dialects/dialect.ts";
import { BelfryError } from "../../errors.ts";
import type { Authenticator } from "../../auth/authenticator-port.ts";
import { actingFor, organizationHeader } from "../../auth/authorize.ts";
import type { HttpRequest, HttpScope, RouteDocument } from "../../http/scope.ts";
import type { EngineEvents, InputKind } from "../../model/engine-events.ts";
import { mayIngest, type Principal } from "../../model/principal.ts";
import { readTrace, traceText } from "../../model/trace.ts";
import type { Ingest, IngestResult, IngestItem } from "../ingest-port.ts";
import { type BodyForm, bodyForm, readBody } from "./batch-body.ts";

export interface IngestApiDeps {
  readonly ingest: Ingest;
  readonly authenticator: Authenticator;
  readonly dialects: readonly Pick<Dialect, "name">[];
  /** Bytes; default 5 MiB. */
  readonly largestBody?: number;
  readonly events?: EngineEvents;
}

const dialectNames = ["butlr", "butterflymx"];
const limits = { depth: 64, items: 10_000 };
const addresses = ["building", "unit", "tenant"] as const;

/** An empty batch is answered with 422 like any other in which nothing was accepted. */
export function createIngestApi(deps: IngestApiDeps): (scope: HttpScope) => void {
  const { ingest, authenticator, largestBody = 5 * 1024 * 1024, events = {} } = deps;
  const forms = new WeakMap<HttpRequest, BodyForm>();

  return (scope) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser("*", { parseAs: "buffer", bodyLimit: largestBody }, (_, body, done) => done(null, body));
    scope.addHook("onRequest", async (request) => {
      const who = permitted(await authenticator.principal(request.headers.authorization, request.ip));
      request.who = actingFor(who, request.headers[organizationHeader]);
      forms.set(request, readableForm(request));
    });

    const route = (url: string, kind: InputKind, document: RouteDocument, accept: AcceptItems): void => {
      scope.post(url, { bodyLimit: largestBody, config: { document } }, async (request, reply) => {
        const who = request.who!;
        const body = (request.body as Buffer | undefined) ?? Buffer.alloc(0);
        const batch = readBody(body, forms.get(request)!, limits);
        const unreadable = batch.rejected;
        if (unreadable.length > 0) events.accepted?.(kind, { accepted: 0, duplicates: 0, rejected: unreadable });
        const answer = await accept(batch.items, who, request.query as Query, traceOf(request));
        const rejected = [
          ...unreadable,
          ...answer.rejected.map((one) => ({ ...one, index: batch.positions[one.index]! })),
        ];
        const { accepted, duplicates } = answer;
        reply.code(accepted + duplicates > 0 ? 202 : 422);
        return {
          accepted,
          duplicates,
          rejected: rejected.toSorted((a, b) => a.index - b.index),
        } satisfies IngestResult;
      });
    };

    route("/v1/observations", "observation", observationsDocument, (items, who, _, trace) =>
      ingest.observations(items, who, trace),
    );
    route("/v1/events", "event", eventsDocument, (items, who, query, trace) => {
      const { dialect, building, unit, tenant } = readQuery(query, deps.dialects);
      return ingest.events(dialect, items, { organization: who.organization, building, unit, tenant }, who, trace);
    });
  };
}

type Query = Readonly<Record<string, string | readonly string[] | undefined>>;
type AcceptItems = (
  items: readonly IngestItem[],
  who: Principal,
  query: Query,
  trace: string | null,
) => Promise<IngestResult>;

function traceOf({ headers }: HttpRequest): string | null {
  const { traceparent, tracestate } = headers as Readonly<Record<string, string | undefined>>;
  const context = readTrace(traceparent, tracestate);
  return context === null ? null : traceText(context);
}

function permitted(who: Principal | null): Principal {
  if (who === null) {
    throw new BelfryError("UNAUTHENTICATED", "Send a valid key or access token as Authorization: Bearer.");
  }
  if (!mayIngest(who, who.organization ?? "")) {
    throw new BelfryError(
      "FORBIDDEN",
      "Keys of this role may not send. It takes a key of role operator, ingest or organization.",
    );
  }
  return who;
}

function readableForm({ headers }: HttpRequest): BodyForm {
  const encoding = headers["content-encoding"];
  if (encoding !== undefined && encoding.toLowerCase() !== "identity") {
    throw new BelfryError("UNSUPPORTED_MEDIA_TYPE", "Send the body as it is, without a content-encoding.");
  }
  const form = bodyForm(headers["content-type"]);
  if (form !== null) return form;
  throw new BelfryError(
    "UNSUPPORTED_MEDIA_TYPE",
    "Send application/json, or application/x-ndjson with one JSON object per line, in UTF-8.",
  );
}

function readQuery(query: Query, dialects: IngestApiDeps["dialects"]) {
  const known: readonly string[] = ["dialect", ...addresses];
  const strange = Object.keys(query).find((name) => !known.includes(name) || typeof query[name] !== "string");
  if (strange !== undefined) {
    throw new BelfryError("BAD_REQUEST", `The query takes ${known.join(", ")}, each once. Leave ${strange} out.`);
  }
  const names = dialects.map(({ name }) => name);
  const dialect = names.find((name) => name === query["dialect"]);
  if (dialect === undefined) {
    throw new BelfryError("BAD_REQUEST", `Name the form of the events with ?dialect=${names.join(" or ?dialect=")}.`);
  }
  const one = (name: (typeof addresses)[number]): string | null => (query[name] as string | undefined) || null;
  return { dialect, building: one("building"), unit: one("unit"), tenant: one("tenant") };
}

const item = { type: "object" };
const body = {
  "application/json": { oneOf: [item, { type: "array", items: item }] },
  "application/x-ndjson": { type: "string", description: "One JSON object per line." },
};

const answerSchema = {
  type: "object",
  required: ["accepted", "duplicates", "rejected"],
  properties: {
    accepted: { type: "integer" },
    duplicates: { type: "integer" },
    rejected: {
      type: "array",
      items: {
        type: "object",
        required: ["index", "code", "message"],
        properties: { index: { type: "integer" }, code: { type: "string" }, message: { type: "string" } },
      },
    },
  },
};
const answers = { 202: answerSchema, 422: answerSchema };

const observationsDocument: RouteDocument = {
  summary: "Send what sensors and doors observe. Answered when it is durable.",
  body,
  answers,
};

const eventsDocument: RouteDocument = {
  summary: "Send ready-made events of a vendor's form. Answered when they and what they owe are durable.",
  query: {
    type: "object",
    required: ["dialect"],
    properties: {
      dialect: { enum: dialectNames },
      ...Object.fromEntries(addresses.map((name) => [name, { type: "string" }])),
    },
    additionalProperties: false,
  },
  body,
  answers,
};

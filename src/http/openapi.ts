// An OpenAPI 3.1 document made from the routes of an API as they are registered: a route without a document cannot hide, since
// tests compare both. Pure.

import { errorStatus } from "../errors.ts";
import type { KnownRoute } from "./known-routes.ts";
import type { RouteDocument } from "./scope.ts";

/** What the operations of an API have in common. */
export interface ApiFrame {
  readonly title: string;
  readonly description: string;
  readonly version: string;
  /** Whether a route with this path is of this API. */
  readonly has: (path: string) => boolean;
  /** Responses to what did not succeed, by status or `default`. */
  readonly refusals: (path: string, document: RouteDocument) => Readonly<Record<string, object>>;
  readonly schemas: Readonly<Record<string, object>>;
  /** Its lists have `data` and `next`: they are linked to their items and their next page. */
  readonly linksLists?: boolean;
}

export function openApi(routes: readonly KnownRoute[], frame: ApiFrame): object {
  const paths: Record<string, Record<string, object>> = {};
  for (const { method, path, document } of routes.toSorted((a, b) => (a.path < b.path ? -1 : 1))) {
    if (document === undefined || method === "HEAD" || !frame.has(path)) continue;
    const name = path.replaceAll(/:(\w+)/g, "{$1}");
    const item = routes.find((each) => each.method === "GET" && each.path === `${path}/:id`);
    const isList = frame.linksLists === true && method === "GET" && item?.document !== undefined;
    (paths[name] ??= {})[method.toLowerCase()] = operation(
      path,
      document,
      frame.refusals(path, document),
      isList ? linksOf(name) : {},
    );
  }
  const { title, version, description, schemas } = frame;
  return {
    openapi: "3.1.0",
    info: { title, version, description },
    security: [{ key: [] }],
    paths,
    components: {
      securitySchemes: { key: { type: "http", scheme: "bearer", description: "A key of Belfry, or an access token." } },
      schemas,
    },
  };
}

/** The operator API and the way in. */
export const operatorApi = (version: string): ApiFrame => ({
  title: "Belfry",
  description: "Webhooks for smart buildings: the operator API and the way in.",
  version,
  has: (path) => path.startsWith("/v1/"),
  refusals: () => ({
    default: {
      description: "A problem: its code and what to do about it.",
      content: { "application/problem+json": { schema: { $ref: "#/components/schemas/Problem" } } },
    },
  }),
  schemas: { Problem: problemSchema },
  linksLists: true,
});

/** From a list to one of its items, and to its next page. */
function linksOf(list: string): object {
  const reference = (path: string): string => `#/paths/${path.replaceAll("/", "~1")}/get`;
  return {
    item: { operationRef: reference(`${list}/{id}`), parameters: { id: "$response.body#/data/0/id" } },
    next: { operationRef: reference(list), parameters: { cursor: "$response.body#/next" } },
  };
}

function operation(
  path: string,
  document: RouteDocument,
  refusals: Readonly<Record<string, object>>,
  links: object,
): object {
  const { summary, query, body, answers, media = ["application/json"], isOpen = false } = document;
  const inPath = [...path.matchAll(/:(\w+)/g)].map(([, name]) => ({
    name,
    in: "path",
    required: true,
    schema: { type: "string" },
  }));
  const responses = Object.entries(answers).map(([status, schema]) => {
    const content =
      schema === null ? {} : { content: Object.fromEntries(media.map((type) => [type, { schema }] as const)) };
    const linked = Number(status) < 300 && Object.keys(links).length > 0 ? { links } : {};
    return [status, { description: Number(status) < 400 ? "Done." : "Not done.", ...content, ...linked }] as const;
  });
  return {
    summary,
    ...(isOpen ? { security: [] } : {}),
    parameters: [...inPath, ...parametersOf(query)],
    ...(body === undefined
      ? {}
      : { requestBody: { required: isRequired(body), content: mapValues(body, (schema) => ({ schema })) } }),
    responses: { ...Object.fromEntries(responses), ...refusals },
  };
}

/** A body of which every field may be left out may be left out itself. */
function isRequired(body: NonNullable<RouteDocument["body"]>): boolean {
  return Object.values(body).some(
    (schema) =>
      !("properties" in schema) || (schema as { required?: readonly string[] }).required?.length !== undefined,
  );
}

/** A member that is an object is written `name[key]=value`. */
function parametersOf(query: object | undefined): readonly object[] {
  const { properties = {}, required = [] } = (query ?? {}) as {
    properties?: Record<string, { readonly type?: unknown }>;
    required?: string[];
  };
  return Object.entries(properties).map(([name, schema]) => ({
    name,
    in: "query",
    required: required.includes(name),
    ...(schema.type === "object" ? { style: "deepObject", explode: true } : {}),
    schema,
  }));
}

function mapValues<From, To>(record: Readonly<Record<string, From>>, map: (value: From) => To): Record<string, To> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, map(value)]));
}

const text = { type: "string" };

const problemSchema = {
  type: "object",
  required: ["type", "title", "status", "code", "detail"],
  properties: {
    type: text,
    title: text,
    status: { type: "integer" },
    code: { ...text, enum: Object.keys(errorStatus) },
    detail: text,
    problems: {
      type: "array",
      items: {
        type: "object",
        required: ["path", "code", "message"],
        properties: { path: text, code: text, message: text },
      },
    },
    request_id: text,
  },
};

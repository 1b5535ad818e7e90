// The OpenAPI 3.1 document of /v1, made from the routes as they are registered: a route without a document cannot hide,
// since a test compares both.

import { errorStatus } from "../errors.ts";
import type { KnownRoute } from "./known-routes.ts";
import type { RouteDocument } from "./scope.ts";

export function openApi(routes: readonly KnownRoute[], version: string): object {
  const paths: Record<string, Record<string, object>> = {};
  for (const { method, path, document } of routes.toSorted((a, b) => (a.path < b.path ? -1 : 1))) {
    if (document === undefined || method === "HEAD") continue;
    const name = path.replaceAll(/:(\w+)/g, "{$1}");
    const item = routes.find((each) => each.method === "GET" && each.path === `${path}/:id`);
    const links = method === "GET" && item?.document !== undefined ? linksOf(name) : {};
    (paths[name] ??= {})[method.toLowerCase()] = operation(path, document, links);
  }
  return {
    openapi: "3.1.0",
    info: { title: "Belfry", version, description: "Webhooks for smart buildings: the operator API and the way in." },
    security: [{ key: [] }],
    paths,
    components: {
      securitySchemes: { key: { type: "http", scheme: "bearer", description: "A key of Belfry, or an access token." } },
      schemas: { Problem: problemSchema },
    },
  };
}

/** From a list to one of its items, and to its next page. */
function linksOf(list: string): object {
  const reference = (path: string): string => `#/paths/${path.replaceAll("/", "~1")}/get`;
  return {
    item: { operationRef: reference(`${list}/{id}`), parameters: { id: "$response.body#/data/0/id" } },
    next: { operationRef: reference(list), parameters: { cursor: "$response.body#/next" } },
  };
}

function operation(path: string, { summary, query, body, answers }: RouteDocument, links: object): object {
  const inPath = [...path.matchAll(/:(\w+)/g)].map(([, name]) => ({
    name,
    in: "path",
    required: true,
    schema: { type: "string" },
  }));
  const { properties = {}, required = [] } = (query ?? {}) as {
    properties?: Record<string, object>;
    required?: string[];
  };
  const inQuery = Object.entries(properties).map(([name, schema]) => ({
    name,
    in: "query",
    required: required.includes(name),
    schema,
  }));
  const responses = Object.entries(answers).map(([status, schema]) => {
    const content = schema === null ? {} : { content: { "application/json": { schema } } };
    const linked = Number(status) < 300 && Object.keys(links).length > 0 ? { links } : {};
    return [status, { description: Number(status) < 300 ? "Done." : "Not done.", ...content, ...linked }] as const;
  });
  return {
    summary,
    parameters: [...inPath, ...inQuery],
    ...(body === undefined
      ? {}
      : { requestBody: { required: isRequired(body), content: mapValues(body, (schema) => ({ schema })) } }),
    responses: {
      ...Object.fromEntries(responses),
      default: {
        description: "A problem: its code and what to do about it.",
        content: { "application/problem+json": { schema: { $ref: "#/components/schemas/Problem" } } },
      },
    },
  };
}

/** A body of which every field may be left out may be left out itself. */
function isRequired(body: NonNullable<RouteDocument["body"]>): boolean {
  return Object.values(body).some(
    (schema) =>
      !("properties" in schema) || (schema as { required?: readonly string[] }).required?.length !== undefined,
  );
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

// The vendor's REST API: the form of requests and answers, nothing else. The same operations under /v4, as
// documented, and under /v3, where the first-party SDK calls them [butterflymx.md §6].

import { actingFor, organizationHeader, owners } from "../../auth/authorize.ts";
import { BelfryError } from "../../errors.ts";
import type { Log } from "../../log.ts";
import type { Authenticator } from "../../auth/authenticator-port.ts";
import { jsonBody, utf8Text } from "../../http/json-body.ts";
import type { HttpReply, HttpRequest, HttpScope } from "../../http/scope.ts";
import { answerTo, internalFault, notFound } from "./error-responses.ts";
import { show } from "./integration.ts";
import { integrationDocuments } from "./openapi/integrations.ts";
import { formType, jsonTypes } from "./openapi/requests.ts";
import type { IntegrationContext, Integrations } from "./integrations.ts";
import { pageOf } from "./page.ts";
import type { RestCall, RestRoute } from "./rest-route.ts";

export interface RestApiDeps {
  readonly integrations: Integrations;
  readonly authenticator: Authenticator;
  readonly log?: Log;
  /** What else is served here. */
  readonly routes: readonly RestRoute[];
}

type Params = { Params: { parent: string; id: string } };

const [plainJson, jsonApi] = jsonTypes;
const bodyLimit = 64 * 1024;

export async function restApi(scope: HttpScope, { integrations, authenticator, log, routes: more }: RestApiDeps) {
  await scope.register(async (routes) => {
    jsonBody(routes, [plainJson, jsonApi]);
    // An older client opens doors by a form, and some send an empty one with everything.
    routes.addContentTypeParser(formType, { parseAs: "buffer", bodyLimit }, (_, bytes, done) => {
      try {
        done(null, Object.fromEntries(new URLSearchParams(utf8Text(bytes as Buffer))));
      } catch (error) {
        done(error as Error);
      }
    });

    // Before the body is even read.
    routes.addHook("onRequest", async (request) => {
      const who = await authenticator.principal(bearer(request.headers.authorization), request.ip);
      if (who === null) throw new BelfryError("UNAUTHENTICATED", "Unauthorized");
      // Roles that change nothing here hear what they would hear of a thing that is not there, and send no body for it.
      if (request.method !== "GET" && request.method !== "HEAD" && !owners.includes(who.role)) throw notFound();
      request.who = actingFor(who, request.headers[organizationHeader]);
    });

    routes.setErrorHandler((error, request, reply) => {
      const known = answerTo(error);
      if (known === null || known.status >= 500) {
        log?.error("request.failed", { err: error, request: request.id }, "A request to the ButterflyMX API failed.");
      }
      if (known?.status === 401) reply.header("www-authenticate", "Bearer");
      return answer(request, reply, known?.status ?? 500, { errors: known?.errors ?? internalFault });
    });

    for (const { method, path, document, handle } of more) {
      routes.route({
        method,
        url: path,
        bodyLimit,
        config: { document: { media: jsonTypes, ...document } },
        handler: async (request, reply) => {
          const { status, body = null } = await handle({
            who: request.who!,
            params: members(request.params) as RestCall["params"],
            query: members(request.query),
            body: request.body ?? {},
            origin: `${request.protocol}://${request.host}`,
          });
          return body === null ? reply.code(status).send() : answer(request, reply, status, body);
        },
      });
    }
    for (const version of ["v4", "v3"]) {
      // Whatever else is asked for in the vendor's space is answered in its form, a method that it does not document too.
      routes.all(`/${version}/*`, () => {
        throw notFound();
      });
      for (const kind of ["building", "tenant"] as const) {
        const all = `/${version}/${kind}s/:parent/integrations`;
        const one = `${all}/:id`;
        const contextOf = (request: HttpRequest & { readonly params: Params["Params"] }): IntegrationContext => ({
          who: request.who!,
          kind,
          parent: request.params.parent,
        });

        routes.get<Params>(all, documented("list"), async (request, reply) => {
          const { data, page_info } = pageOf(await integrations.list(contextOf(request)), members(request.query));
          return answer(request, reply, 200, { data: data.map((item) => show(item)), page_info });
        });
        // 200 and not 201 [OpenAPI of the vendor].
        routes.post<Params>(all, documented("create"), async (request, reply) => {
          const { subscription, secret } = await integrations.create(contextOf(request), bodyOf(request));
          return answer(request, reply, 200, { data: show(subscription, secret) });
        });
        routes.get<Params>(one, documented("show"), async (request, reply) => {
          const subscription = await integrations.show(contextOf(request), request.params.id);
          return answer(request, reply, 200, { data: show(subscription) });
        });
        routes.put<Params>(one, documented("replace"), async (request, reply) => {
          const { id } = request.params;
          const { subscription, secret } = await integrations.replace(contextOf(request), id, bodyOf(request));
          return answer(request, reply, 200, { data: show(subscription, secret) });
        });
        routes.delete<Params>(one, documented("remove"), async (request, reply) => {
          await integrations.remove(contextOf(request), request.params.id);
          return reply.code(204).send();
        });
      }
    }
  });
}

const documented = (operation: keyof typeof integrationDocuments) => ({
  bodyLimit,
  config: { document: { media: jsonTypes, ...integrationDocuments[operation] } },
});

/** The vendor's OpenAPI puts the bare token into the header, its guide says Bearer. */
const bearer = (header: string | undefined): string | undefined =>
  header === undefined || header.includes(" ") ? header : `Bearer ${header}`;

function bodyOf(request: HttpRequest): unknown {
  if (request.body === undefined)
    throw new BelfryError("UNREADABLE_BODY", "The body is not JSON. Send one JSON object.");
  return request.body;
}

/** In kind: in the media type that the request asked for, else in the one it was written in. */
function answer(request: HttpRequest, reply: HttpReply, status: number, body: object): HttpReply {
  const accept = request.headers.accept ?? "";
  const wanted =
    accept.includes(jsonApi) || accept.includes(plainJson) ? accept : (request.headers["content-type"] ?? "");
  const type = wanted.includes(jsonApi) && !wanted.includes(plainJson) ? jsonApi : `${plainJson}; charset=utf-8`;
  // As bytes: for text the library would add a charset, which JSON:API forbids.
  return reply
    .code(status)
    .header("content-type", type)
    .send(Buffer.from(JSON.stringify(body)));
}

const members = (query: unknown): Readonly<Record<string, unknown>> => Object(query) as Record<string, unknown>;

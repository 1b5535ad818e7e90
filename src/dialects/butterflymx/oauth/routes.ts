// The routes of sign-in. Machines are answered in OAuth's JSON, people with pages.

import { BelfryError } from "../../../errors.ts";
import type { HttpReply, HttpRequest, HttpScope } from "../../../http/scope.ts";
import { answer, invalidRequest, later } from "./answers.ts";
import { signInDocuments } from "../openapi/sign-in.ts";
import { showConsent, takeConsent } from "./authorize.ts";
import type { OauthDeps } from "./deps.ts";
import { messagePage, sendPage } from "./page/page.ts";
import { readBody, readForm } from "./parameters.ts";
import { answerToken } from "./token.ts";
import { answerIntrospect, answerRevoke } from "./token-state.ts";

const form = "application/x-www-form-urlencoded";
const bodyLimit = 16 * 1024;

export async function oauthRoutes(scope: HttpScope, deps: OauthDeps): Promise<void> {
  await scope.register(async (machines) => {
    readBytes(machines, [form, "application/json"]);
    machines.setErrorHandler((error, request, reply) => answerError(deps, error, request, reply));
    machines.post("/oauth/token", { config: { document: signInDocuments.token } }, (request, reply) =>
      withBody(request, reply, (parameters) =>
        answerToken({ deps, parameters, address: request.ip, reply }, request.headers.authorization),
      ),
    );
    for (const [path, respond] of [
      ["revoke", answerRevoke],
      ["introspect", answerIntrospect],
    ] as const) {
      machines.post(`/oauth/${path}`, { config: { document: signInDocuments[path] } }, (request, reply) =>
        withBody(request, reply, (parameters) =>
          respond(deps, parameters, request.headers.authorization, request.ip, reply),
        ),
      );
    }
  });
  await scope.register(async (people) => {
    readBytes(people, [form]);
    people.setErrorHandler((error, request, reply) => showError(deps, error, request, reply));
    people.get("/oauth/authorize", { config: { document: signInDocuments.page } }, (request, reply) =>
      showConsent(deps, request, reply),
    );
    people.post("/oauth/authorize", { config: { document: signInDocuments.consent } }, (request, reply) =>
      takeConsent(deps, readForm((request.body as Buffer | undefined)?.toString("utf8") ?? ""), request, reply),
    );
  });
}

/** One address takes two forms, so bytes come through and are read by the route. */
function readBytes(scope: HttpScope, mediaTypes: string[]): void {
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser(mediaTypes, { parseAs: "buffer", bodyLimit }, (_, bytes, done) => done(null, bytes));
}

function withBody(
  { body, headers }: HttpRequest,
  reply: HttpReply,
  respond: (parameters: ReadonlyMap<string, string>) => Promise<HttpReply>,
): Promise<HttpReply> | HttpReply {
  const parameters = readBody(body as Buffer | undefined, headers["content-type"] ?? "");
  if (parameters !== null) return respond(parameters);
  return invalidRequest(reply, "The body cannot be read, or has a parameter twice. Send a form or a JSON object.");
}

function statusOf(error: unknown): number {
  if (error instanceof BelfryError) return error.status;
  return error instanceof Error && "statusCode" in error ? Number(error.statusCode) : 500;
}

function note({ log }: OauthDeps, error: unknown, request: HttpRequest): void {
  log?.error("request.failed", { err: error, request: request.id }, "A request to sign in failed.");
}

function answerError(deps: OauthDeps, error: unknown, request: HttpRequest, reply: HttpReply): HttpReply {
  const status = statusOf(error);
  // Too many guesses, or a full disk.
  if (error instanceof BelfryError && (status === 429 || status === 503)) return later(reply, status, error.message);
  if (status >= 400 && status < 500) {
    return invalidRequest(reply, `Send the parameters as ${form} or as application/json.`, status);
  }
  note(deps, error, request);
  return answer(reply, 500, {
    error: "server_error",
    error_description: "Something went wrong here. Try again later.",
  });
}

function showError(deps: OauthDeps, error: unknown, request: HttpRequest, reply: HttpReply): HttpReply {
  const status = statusOf(error);
  if (status >= 400 && status < 500) {
    return sendPage(reply, messagePage(status, "This cannot be read", "Go back to the app and sign in again."));
  }
  note(deps, error, request);
  return sendPage(reply, messagePage(status, "Something went wrong here", "Try again later."));
}

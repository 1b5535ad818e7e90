// GET and POST /oauth/authorize: the page on which a person signs in with a key, and what follows. There is no session: each
// sign-in shows the key, so a foreign page has nothing to ride on.

import { checks, parseKey } from "../../../auth/api-keys.ts";
import { outOfBand, withParameters } from "../../../auth/redirects.ts";
import { BelfryError } from "../../../errors.ts";
import type { HttpReply, HttpRequest } from "../../../http/scope.ts";
import { type AuthorizeRequest, type Judged, judgeRequest } from "./authorize-request.ts";
import type { OauthDeps } from "./deps.ts";
import { isTicket, makeTicket } from "./form-ticket.ts";
import { codePage } from "./page/code-page.ts";
import { consentPage, type Refusal } from "./page/consent-page.ts";
import { html } from "./page/html.ts";
import { messagePage, sendPage } from "./page/page.ts";
import { type Parameters, readForm } from "./parameters.ts";

export async function showConsent(deps: OauthDeps, request: HttpRequest, reply: HttpReply): Promise<HttpReply> {
  const query = request.url.includes("?") ? request.url.slice(request.url.indexOf("?") + 1) : "";
  const judged = await judgeRequest(readForm(query), deps.redirects, deps.signIns.knows);
  return judged.kind === "good" ? ask(deps, judged.request, null, reply) : tell(judged, reply);
}

export async function takeConsent(
  deps: OauthDeps,
  parameters: Parameters | null,
  request: HttpRequest,
  reply: HttpReply,
): Promise<HttpReply> {
  if (!isFromOurPage(request)) {
    return sendPage(
      reply,
      messagePage(403, "This form came from another page", "Go back to the app and sign in again."),
    );
  }
  // Judged anew: a form is only what a browser says that it was.
  const judged = await judgeRequest(parameters, deps.redirects, deps.signIns.knows);
  if (judged.kind !== "good" || parameters === null) return tell(judged as Exclude<Judged, { kind: "good" }>, reply);
  const asked = judged.request;
  if (!isTicket(deps.formKey, asked, parameters.get("ticket") ?? "", deps.clock.now())) {
    return sendPage(reply, messagePage(400, "This page is too old", "Go back to the app and sign in again."));
  }
  if (parameters.get("decision") === "deny") {
    const error = { error: "access_denied", error_description: "The person did not allow it." };
    return tell({ kind: "sent", redirect: asked.redirect, state: asked.state, error }, reply);
  }
  const code = await consent(deps, asked, parameters, request.ip);
  return typeof code === "string" ? give(asked, code, reply) : ask(deps, asked, code, reply);
}

/** The code, or why there is none. */
async function consent(
  { signIns }: OauthDeps,
  asked: AuthorizeRequest,
  parameters: Parameters,
  address: string,
): Promise<string | Refusal> {
  const credentials = credentialsOf(parameters);
  if (credentials === null) return wrongKey;
  try {
    return (await signIns.consent(asked, credentials, address)) ?? wrongKey;
  } catch (error) {
    if (error instanceof BelfryError && error.status === 429) {
      return { status: 429, sentence: "Too many attempts. Wait a minute, then try again." };
    }
    if (error instanceof BelfryError && error.status === 503) {
      return { status: 503, sentence: "Belfry cannot sign anybody in at the moment. Try again later." };
    }
    throw error;
  }
}

const wrongKey: Refusal = {
  status: 422,
  sentence: "This key does not work: it is incomplete, unknown or revoked. Copy the whole key and try again.",
};

/** A key as one text, else an id and a secret. Null: mistyped. */
function credentialsOf(parameters: Parameters): { readonly id: string; readonly secret: string } | null {
  const key = parameters.get("key")?.trim() ?? "";
  if (key !== "") return parseKey(key);
  const credentials = { id: parameters.get("id")?.trim() ?? "", secret: parameters.get("secret")?.trim() ?? "" };
  return checks(credentials) ? credentials : null;
}

function ask(deps: OauthDeps, request: AuthorizeRequest, refusal: Refusal | null, reply: HttpReply): HttpReply {
  return sendPage(reply, consentPage(request, makeTicket(deps.formKey, request, deps.clock.now()), refusal));
}

function give({ redirect, state }: AuthorizeRequest, code: string, reply: HttpReply): HttpReply {
  if (redirect === outOfBand) return sendPage(reply, codePage(code));
  return send(reply, redirect, { code, ...(state === null ? {} : { state }) });
}

function tell(judged: Exclude<Judged, { kind: "good" }>, reply: HttpReply): HttpReply {
  if (judged.kind === "shown") {
    const detail = judged.detail === undefined ? [] : [html`<code class="address">${judged.detail}</code>`];
    return sendPage(reply, messagePage(400, "This app cannot sign in", judged.sentence, ...detail));
  }
  const { redirect, state, error } = judged;
  if (redirect !== outOfBand) return send(reply, redirect, { ...error, ...(state === null ? {} : { state }) });
  if (error.error === "access_denied") {
    return sendPage(reply, messagePage(200, "Cancelled", "The app got no access. You can close this page."));
  }
  return sendPage(reply, messagePage(400, "This app cannot sign in", error.error_description));
}

function send(reply: HttpReply, redirect: string, parameters: Readonly<Record<string, string>>): HttpReply {
  return reply
    .code(302)
    .headers({
      location: withParameters(redirect, parameters),
      "cache-control": "no-store",
      pragma: "no-cache",
      "referrer-policy": "no-referrer",
    })
    .send();
}

/** Browsers say where a form comes from: those of today in sec-fetch-site, all of them in origin when it is another site. */
function isFromOurPage({ headers }: HttpRequest): boolean {
  const site = headers["sec-fetch-site"];
  if (site !== undefined) return site === "same-origin";
  const { origin, host } = headers;
  if (origin === undefined) return true;
  return URL.canParse(origin) && new URL(origin).host === host;
}

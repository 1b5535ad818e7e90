// The vendor's token endpoint, for the grant that a server-side client needs: client credentials, form-encoded or JSON,
// in the body or as Basic [butterflymx.md §1, RFC 6749 §4.4]. Errors in OAuth's own form.

import type { Clock } from "../../clock.ts";
import { BelfryError } from "../../errors.ts";
import type { Log } from "../../log.ts";
import type { Authenticator } from "../../auth/authenticator-port.ts";
import { readJson, utf8Text } from "../../http/json-body.ts";
import type { HttpReply, HttpScope } from "../../http/scope.ts";

export interface OauthDeps {
  readonly authenticator: Authenticator;
  readonly clock: Clock;
  readonly log?: Log;
}

interface BasicCredentials {
  readonly id: string;
  readonly secret: string;
}

const form = "application/x-www-form-urlencoded";
const bodyLimit = 16 * 1024;

export async function tokenRoute(scope: HttpScope, { authenticator, clock, log }: OauthDeps): Promise<void> {
  await scope.register(async (routes) => {
    // One URL takes two forms, so bytes come through and are read below.
    routes.removeAllContentTypeParsers();
    routes.addContentTypeParser([form, "application/json"], { parseAs: "buffer", bodyLimit }, (_, bytes, done) => {
      done(null, bytes);
    });

    routes.setErrorHandler((error, request, reply) => {
      // Too many guesses: the authenticator slows them down.
      if (error instanceof BelfryError && error.status < 500) {
        return refuse(reply, error.status, "temporarily_unavailable", error.message);
      }
      const status = error instanceof Error && "statusCode" in error ? Number(error.statusCode) : 500;
      if (status >= 400 && status < 500) {
        return refuse(reply, status, "invalid_request", `Send the parameters as ${form} or as application/json.`);
      }
      log?.error("request.failed", { err: error, request: request.id }, "A request for a token failed.");
      return refuse(reply, 500, "server_error", "Something went wrong here. Try again later.");
    });

    routes.post("/oauth/token", async (request, reply) => {
      const parameters = read(request.body as Buffer | undefined, request.headers["content-type"] ?? "");
      if (parameters === null) return refuse(reply, 400, "invalid_request", "The body is not a JSON object.");
      const grant = parameters.get("grant_type");
      if (grant === undefined) return refuse(reply, 400, "invalid_request", "Missing required parameter: grant_type.");
      if (grant !== "client_credentials") {
        return refuse(reply, 400, "unsupported_grant_type", "The supported grant type is client_credentials.");
      }
      const { authorization } = request.headers;
      const credentials = authorization === undefined ? inBody(parameters) : inHeader(authorization);
      const login =
        credentials === null ? null : await authenticator.login(credentials.id, credentials.secret, request.ip);
      if (login === null) {
        if (authorization !== undefined) reply.header("www-authenticate", 'Basic realm="belfry"');
        return refuse(
          reply,
          401,
          "invalid_client",
          "Client authentication failed: the client id and secret are missing, unknown or do not fit.",
        );
      }
      return answer(reply, 200, {
        access_token: login.accessToken,
        token_type: "Bearer",
        expires_in: login.expiresIn,
        scope: "public",
        created_at: Math.floor(clock.now() / 1000),
      });
    });
  });
}

/** Null: not readable. Values that are not text count as absent. */
function read(bytes: Uint8Array = new Uint8Array(), contentType = ""): ReadonlyMap<string, string> | null {
  try {
    if (!contentType.toLowerCase().startsWith("application/json")) return new Map(new URLSearchParams(utf8Text(bytes)));
    const value = readJson(bytes);
    if (typeof value !== "object" || value === null || Array.isArray(value)) return null;
    return new Map(Object.entries(value).filter((entry): entry is [string, string] => typeof entry[1] === "string"));
  } catch {
    return null;
  }
}

function inBody(parameters: ReadonlyMap<string, string>): BasicCredentials | null {
  const id = parameters.get("client_id");
  const secret = parameters.get("client_secret");
  return id === undefined || secret === undefined ? null : { id, secret };
}

/** Both parts are form-encoded before they are joined [RFC 6749 §2.3.1]. */
function inHeader(authorization: string): BasicCredentials | null {
  const encoded = /^basic +(\S+)$/i.exec(authorization)?.[1];
  if (encoded === undefined) return null;
  const [id, ...secret] = Buffer.from(encoded, "base64").toString("utf8").split(":");
  if (id === undefined || secret.length === 0) return null;
  return { id: formDecoded(id), secret: formDecoded(secret.join(":")) };
}

function formDecoded(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll("+", " "));
  } catch {
    return text;
  }
}

function refuse(reply: HttpReply, status: number, error: string, description: string): HttpReply {
  return answer(reply, status, { error, error_description: description });
}

/** Tokens and what is said about them are nobody's to keep [RFC 6749 §5.1]. */
function answer(reply: HttpReply, status: number, body: object): HttpReply {
  return reply.code(status).header("cache-control", "no-store").header("pragma", "no-cache").send(body);
}

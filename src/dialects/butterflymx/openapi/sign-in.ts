// The sign-in in the OpenAPI document [oauth/routes.ts].

import type { RouteDocument } from "../../../http/scope.ts";
import { formType } from "./requests.ts";
import { flag, integer, object, only, oneOf, open, ref, type Schema, text, told } from "./schema.ts";

const authorization = {
  client_id: told(text, "`belfry`, or the id of a key."),
  redirect_uri: told(text, "Absent: out of band, the page shows the code."),
  response_type: only("code"),
  code_challenge: { type: "string", pattern: "^[A-Za-z0-9_-]{43}$" },
  code_challenge_method: only("S256"),
  state: text,
  scope: text,
  nonce: text,
  prompt: text,
};
const needed = ["client_id", "response_type", "code_challenge", "code_challenge_method"];

const client = { client_id: told(text, "In the body, or with the secret as Basic."), client_secret: text };
const grants: Schema = {
  anyOf: [
    open({ grant_type: only("authorization_code"), code: text, code_verifier: text, redirect_uri: text, ...client }, [
      "grant_type",
      "code",
      "code_verifier",
    ]),
    open({ grant_type: only("refresh_token"), refresh_token: text, ...client }, ["grant_type", "refresh_token"]),
    open({ grant_type: only("password"), username: text, password: text, ...client }, [
      "grant_type",
      "username",
      "password",
    ]),
    open({ grant_type: only("client_credentials"), ...client }, ["grant_type"]),
  ],
};

const either = (schema: Schema) => ({ [formType]: schema, "application/json": schema });
const html = ["text/html"];

export const signInSchemas: Readonly<Record<string, Schema>> = {
  Token: object(
    {
      access_token: text,
      token_type: only("Bearer"),
      expires_in: integer,
      refresh_token: told(text, "Not for client credentials."),
      scope: only("public"),
      created_at: told(integer, "Seconds since 1970."),
    },
    ["refresh_token"],
  ),
  OauthError: object({ error: text, error_description: text }),
};

export const signInDocuments = {
  page: {
    summary: "The page on which a person enters a key and allows the app.",
    isOpen: true,
    media: html,
    query: open(authorization, needed),
    answers: { 200: text, 302: null },
  },
  consent: {
    summary: "Takes the form of that page: shows the code, or sends it to the app.",
    isOpen: true,
    media: html,
    body: {
      [formType]: open(
        { ...authorization, ticket: text, decision: oneOf("allow", "deny"), key: text, id: text, secret: text },
        [...needed, "ticket"],
      ),
    },
    answers: { 200: text, 302: null },
  },
  token: {
    summary: "Trades a code, a refresh token, or a key's id and secret for an access token.",
    isOpen: true,
    body: either(grants),
    answers: { 200: ref("Token") },
  },
  revoke: {
    summary: "Ends a sign-in by either of its tokens, or the one token of client credentials.",
    isOpen: true,
    body: either(open({ token: text, token_type_hint: text, ...client }, ["token"])),
    answers: { 200: object({}) },
  },
  introspect: {
    summary: "Says of a token whether it counts, to its key and to the app that it was given to.",
    isOpen: true,
    body: either(open({ token: text, token_type_hint: text, ...client }, ["token"])),
    answers: {
      200: object(
        {
          active: flag,
          scope: text,
          client_id: text,
          sub: text,
          token_type: oneOf("Bearer", "refresh_token"),
          iat: integer,
          exp: integer,
        },
        ["scope", "client_id", "sub", "token_type", "iat", "exp"],
      ),
    },
  },
} as const satisfies Readonly<Record<string, RouteDocument>>;

export const pictureDocument: RouteDocument = {
  summary: "The QR code of a key, at the address in its qr_code_url.",
  isOpen: true,
  media: ["image/png"],
  answers: { 200: { type: "string", contentMediaType: "image/png" } },
};

// POST /oauth/token: the four grants that clients of the vendor use [butterflymx.md §1, RFC 6749 §4 to §6].

import type { HttpReply } from "../../../http/scope.ts";
import { isVerifier } from "../../../auth/pkce.ts";
import { publicClient } from "../../../auth/public-client.ts";
import { outOfBand } from "../../../auth/redirects.ts";
import type { Granted } from "../../../auth/sign-ins.ts";
import { grant, invalidRequest, refuse } from "./answers.ts";
import type { OauthDeps } from "./deps.ts";
import { type ClientAuthentication, type Parameters, readClient } from "./parameters.ts";

interface TokenRequest {
  readonly deps: OauthDeps;
  readonly parameters: Parameters;
  readonly address: string;
  readonly reply: HttpReply;
}

/** Parameters without which a grant cannot be answered. */
const required: Readonly<Record<string, readonly string[]>> = {
  authorization_code: ["code", "code_verifier"],
  refresh_token: ["refresh_token"],
  password: ["username", "password"],
  client_credentials: [],
};

export async function answerToken(request: TokenRequest, authorization: string | undefined): Promise<HttpReply> {
  const { parameters, reply } = request;
  const type = parameters.get("grant_type");
  if (type === undefined) return invalidRequest(reply, "Missing required parameter: grant_type.");
  const needed = Object.hasOwn(required, type) ? required[type] : undefined;
  if (needed === undefined) return refuse(reply, "unsupported_grant_type");
  const missing = needed.find((name) => !parameters.has(name));
  if (missing !== undefined) return invalidRequest(reply, `Missing required parameter: ${missing}.`);
  const named = readClient(parameters, authorization);
  // The password grant proves who signs in by itself.
  const client = named ?? (type === "password" ? { id: publicClient, secret: null } : null);
  if (client === null || client === "unreadable") return refuse(reply, "invalid_client");
  return type === "client_credentials" ? clientCredentials(request, client) : personal(request, type, client);
}

async function clientCredentials(
  { deps, reply, address }: TokenRequest,
  { id, secret }: ClientAuthentication,
): Promise<HttpReply> {
  const login = secret === null ? null : await deps.authenticator.login(id, secret, address);
  if (login === null) return refuse(reply, "invalid_client");
  return grant(reply, { ...login, refreshToken: null }, deps.clock.now());
}

async function personal(request: TokenRequest, type: string, client: ClientAuthentication): Promise<HttpReply> {
  const { deps, reply, address } = request;
  if (!(await deps.signIns.isClient(client.id, client.secret, address))) return refuse(reply, "invalid_client");
  const granted = await trade(request, type, client.id);
  return granted === null ? refuse(reply, "invalid_grant") : grant(reply, granted, deps.clock.now());
}

async function trade(
  { deps, parameters, address }: TokenRequest,
  type: string,
  client: string,
): Promise<Granted | null> {
  const of = (name: string): string => parameters.get(name)!;
  if (type === "refresh_token") return deps.signIns.refresh(of("refresh_token"), client, address);
  if (type === "password") {
    return deps.signIns.signIn(client, { id: of("username"), secret: of("password") }, address);
  }
  const verifier = of("code_verifier");
  if (!isVerifier(verifier)) return null;
  const redirect = parameters.get("redirect_uri") ?? outOfBand;
  return deps.signIns.redeem({ code: of("code"), client, redirect, verifier }, address);
}

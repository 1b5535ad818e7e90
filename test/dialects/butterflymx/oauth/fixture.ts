// The sign-in behind the real server, over a real store: two tenants' keys, one of an operator, and an app that follows the
// documented steps.

import { createHash } from "node:crypto";
import { createKeyMaker, type IssuedKey } from "../../../../src/auth/api-keys.ts";
import { createAuthenticator } from "../../../../src/auth/authenticator.ts";
import { systemRandom } from "../../../../src/clock.ts";
import { oauthRoutes } from "../../../../src/dialects/butterflymx/oauth/routes.ts";
import { butterflymxApi } from "../../../../src/dialects/butterflymx/openapi/document.ts";
import { openApi } from "../../../../src/http/openapi.ts";
import { createHttpServer } from "../../../../src/http/server.ts";
import type { SignInStore } from "../../../../src/store/sign-ins.ts";
import { openTestStore } from "../../../fixtures/test-store.ts";
import { type Contract, createContract, type OpenApiDocument } from "../../../fixtures/contract.ts";
import { notingLog } from "../../../fixtures/noted-log.ts";
import { createSteeredClock } from "../../../fixtures/steered-clock.ts";

export const outOfBand = "urn:ietf:wg:oauth:2.0:oob";
export const redirects = [
  "com.example.app://oauth",
  "https://hub.example/back?from=belfry",
  "http://127.0.0.1/back",
  "http://[::1]:4000/back",
];
/** The example of RFC 7636, appendix B. */
export const verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
export const challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

const day = 86_400_000;

export type Fields = Readonly<Record<string, string | undefined>>;
export type House = Awaited<ReturnType<typeof openHouse>>;
export type Answered = Awaited<ReturnType<House["call"]>>;

/** One for all houses of a file, whose documents are the same. */
let contract: Contract | null = null;

/** `over`: operations of the store to be replaced. */
export async function openHouse(over: (store: SignInStore) => Partial<SignInStore> = () => ({})) {
  const clock = createSteeredClock(Date.UTC(2026, 5, 17, 10));
  const store = await openTestStore({ directory: null, masterKey: new Uint8Array(32).fill(7), clock });
  const { registry } = store;
  const audit = { at: clock.now(), actor: "system", action: "organization.create", object: "org", detail: null };
  await registry.ensureOrganization("org", "Organization", audit);
  const keys = createKeyMaker({ registry, pepper: new Uint8Array(32).fill(1), clock, random: systemRandom });
  const tenant = (id: string) => keys.issue({ role: "tenant", organization: "org", targets: [id] }, "test");
  const [kim, alex] = [await tenant("kim"), await tenant("alex")];
  const signInStore = { ...store.signIns, ...over(store.signIns) };
  const authenticator = createAuthenticator({
    registry,
    signIns: signInStore,
    keys,
    tokenKey: new Uint8Array(32).fill(2),
    home: async () => null,
    clock,
    random: systemRandom,
    signInMs: 100 * day,
  });
  const logged: object[] = [];
  const log = notingLog(({ facts }) => logged.push(facts));
  const server = createHttpServer({ host: "127.0.0.1", port: 0, log, clock });
  const { signIns } = authenticator;
  const formKey = new Uint8Array(32).fill(3);
  server.mount((scope) => oauthRoutes(scope, { authenticator, signIns, redirects, formKey, clock, log }));
  await server.scope.ready();

  contract ??= createContract(openApi(server.routes, butterflymxApi("1.2.3")) as OpenApiDocument);
  const check = contract;
  const call = async (method: "GET" | "POST", url: string, options: { form?: string; headers?: object } = {}) => {
    const { form, headers = {} } = options;
    const answer = await server.scope.inject({
      method,
      url,
      headers: {
        ...(form === undefined ? {} : { "content-type": "application/x-www-form-urlencoded" }),
        ...headers,
      },
      ...(form === undefined ? {} : { payload: form }),
    });
    check({
      method,
      url,
      ...(form === undefined ? {} : { sent: { type: "application/x-www-form-urlencoded", text: form } }),
      status: answer.statusCode,
      type: answer.headers["content-type"] ?? null,
      text: answer.body,
    });
    const isJson = String(answer.headers["content-type"]).includes("json");
    return {
      status: answer.statusCode,
      headers: answer.headers,
      text: answer.body,
      body: isJson ? JSON.parse(answer.body) : null,
    };
  };
  const post = (path: string, fields: Fields, headers: object = {}) =>
    call("POST", path, { form: encode(fields), headers });

  return {
    clock,
    store,
    registry,
    keys,
    authenticator,
    server,
    logged,
    kim,
    alex,
    call,
    post,
    token: (fields: Fields, headers: object = {}) => post("/oauth/token", fields, headers),
    /** Whom an access token lets in; null: nobody. */
    whoIs: async (accessToken: string) =>
      (await authenticator.principal(`Bearer ${accessToken}`, "127.0.0.9"))?.key ?? null,
    async revokeKey(id: string) {
      await registry.revokeKey(id, { at: clock.now(), actor: "test", action: "key.revoke", object: id, detail: null });
      authenticator.forget(id);
    },
    async close() {
      await server.stop();
      await store.close();
    },
  };
}

export function encode(fields: Fields): string {
  return new URLSearchParams(
    Object.entries(fields).filter((entry): entry is [string, string] => entry[1] !== undefined),
  ).toString();
}

/** The parameters of a good request, with those that a test cares about; undefined leaves one out. */
export const asked = (more: Fields = {}): Fields => ({
  client_id: "belfry",
  redirect_uri: outOfBand,
  response_type: "code",
  code_challenge: challenge,
  code_challenge_method: "S256",
  ...more,
});

export const openPage = (house: House, more: Fields = {}) =>
  house.call("GET", `/oauth/authorize?${encode(asked(more))}`);

/** The hidden fields of the form of a page. */
export function hiddenOf(page: string): Fields {
  const found = page.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)"/g);
  return Object.fromEntries([...found].map(([, name, value]) => [name!, unescaped(value!)]));
}

export function unescaped(text: string): string {
  const named: Readonly<Record<string, string>> = {
    "&lt;": "<",
    "&gt;": ">",
    "&quot;": '"',
    "&#39;": "'",
    "&amp;": "&",
  };
  return text.replaceAll(/&(?:lt|gt|quot|#39|amp);/g, (entity) => named[entity]!);
}

/** As a person does: opens the page, types the key and allows. */
export async function allow(house: House, key: IssuedKey, more: Fields = {}): Promise<Answered> {
  const page = await openPage(house, more);
  return house.post("/oauth/authorize", { ...hiddenOf(page.text), key: key.key, decision: "allow" });
}

/** The code on the page for copying. */
export const codeOn = (page: Answered): string =>
  /<code class="code" id="authorization_code">([0-9A-Za-z]+)<\/code>/.exec(page.text)![1]!;

export async function codeFor(house: House, key: IssuedKey, more: Fields = {}): Promise<string> {
  return codeOn(await allow(house, key, more));
}

export const redeeming = (code: string, more: Fields = {}): Fields => ({
  grant_type: "authorization_code",
  code,
  client_id: "belfry",
  code_verifier: verifier,
  redirect_uri: outOfBand,
  ...more,
});

export const refreshing = (refresh_token: string, more: Fields = {}): Fields => ({
  grant_type: "refresh_token",
  refresh_token,
  client_id: "belfry",
  ...more,
});

/** Tokens for a key, by all steps. */
export async function signIn(house: House, key: IssuedKey, more: Fields = {}) {
  const { status, body } = await house.token(redeeming(await codeFor(house, key, more), more));
  if (status !== 200) throw new Error(JSON.stringify(body));
  return body as { access_token: string; refresh_token: string };
}

export const challengeFor = (text: string): string => createHash("sha256").update(text).digest("base64url");
